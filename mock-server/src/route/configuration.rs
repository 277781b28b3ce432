//! `/v1/Configuration`: the only operation that takes JSON.

use axum::Router;

use super::app::{Shared, get, post};
use super::call::Call;
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    FETCHED = "flex.configuration.fetch", Documented("OpenAPI flex_v1 FetchConfiguration"),
        "the account's configuration is read with 200, the same for every UiVersion";
    UPDATED = "flex.configuration.update", Documented("OpenAPI flex_v1 UpdateConfiguration: JSON"),
        "an update sets the properties it names, each as a whole: 200";
}

pub(super) fn router() -> Router<Shared> {
    let one = get(Operation::FetchConfiguration, fetch).merge(post(Operation::UpdateConfiguration, update));
    Router::new().route("/v1/Configuration", one)
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.configuration(), FETCHED))
}

fn update(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::ok(&call.world.update_configuration(call.body)?, UPDATED))
}
