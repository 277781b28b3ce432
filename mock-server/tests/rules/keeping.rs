//! What the mock keeps, where it was told not to keep everything.

use std::num::NonZeroUsize;

use mock_server::world::Caps;
use mock_server::{Config, Limits};

use crate::Probe;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[("chat.message.retained", the_oldest_message_is_forgotten)];

fn the_oldest_message_is_forgotten() {
    let caps = Caps { retained_messages: NonZeroUsize::new(2), ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("jane")));
    for _ in 0..3 {
        api.post(&messages, &[("Body", "x")]).is(201);
    }
    let list = api.get(&messages).is(200);
    assert_eq!(list.body["messages"][0]["index"], 1);
    assert_eq!(list.headers["x-mock-first-index"], "1");
}
