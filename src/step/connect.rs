//! `connect`: the customer's device logs in.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;
use crate::flex::sdk::Reached;

use super::options::network_step;
use schemars::JsonSchema;
use serde::Deserialize;

/// How much of the SDK's login is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Everything the real SDK asks for, in its order.
    #[default]
    Faithful,
    /// Only what messages need: cheaper for the generator, and not what a device does.
    Lean,
}

network_step! {
    /// Opens the customer's own connection and logs in with the token.
    pub struct Connect {
        /// How much of the SDK's login is done.
        #[serde(default)]
        pub login: Login,
    }
}

impl Connect {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let context = std::rc::Rc::clone(customer.context());
        let how = match self.login {
            Login::Faithful => &context.faithful,
            Login::Lean => &context.lean,
        };
        // Parts are in the order of the metric catalogue: dns, tcp, tls, init, ready.
        let tell = |reached: Reached| {
            reached.took().into_iter().enumerate().for_each(|(part, took)| turn.over.note(part, took));
        };
        let login = customer.connect(how, turn.deadline, tell).await;
        let times = login.inspect_err(|_| turn.give_up(customer))?;
        let marks = [times.dialed, times.dns, times.tcp, times.tls, times.init, times.ready];
        for (part, mark) in marks.windows(2).enumerate() {
            turn.part(customer, part, mark[1].saturating_duration_since(mark[0]));
        }
        Ok(times.ready)
    }
}
