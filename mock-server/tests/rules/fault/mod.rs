//! Faults: what a client sees of each, and the counter that planted it.

use mock_server::{Config, Limits};
use serde_json::{Value, json};

use crate::api::Api;
use crate::device::Device;

pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod open;
pub(crate) mod push;
pub(crate) mod socket;

/// A mock without limits on which this goes wrong: `("delay", {"by": "50ms"})`.
fn planted(fault: &str, settings: Value) -> Api {
    let faults = serde_json::from_value(json!([{ fault: settings }])).unwrap();
    Api::with(Config { faults, limits: Limits::Off, ..Config::default() })
}

/// How often the one fault of a mock struck.
fn times(api: &Api) -> u64 {
    api.mock.counters().planted[0].times
}

/// A chat of two, each of whom hears what the other says.
///
/// The devices come first: a mock waits for those that are there when it stops.
struct Chat {
    ada: Device,
    bob: Device,
    channel: String,
    api: Api,
}

impl Chat {
    fn with(fault: &str, settings: Value) -> Self {
        let api = planted(fault, settings);
        let channel = api.open("ada");
        api.post(&api.service(&format!("/Channels/{channel}/Members")), &[("Identity", "bob")]).is(201);
        let device = |identity| {
            let mut device = Device::login(&api, identity);
            device.follow("Lists", &format!("{channel}.messages"));
            device
        };
        let (ada, bob) = (device("ada"), device("bob"));
        Self { api, channel, ada, bob }
    }

    fn messages(&self) -> String {
        self.api.service(&format!("/Channels/{}/Messages", self.channel))
    }

    /// Posts a message: the index it is acknowledged with.
    #[track_caller]
    fn says(&self, who: &str, text: &str) -> u64 {
        let reply = self.api.post(&self.messages(), &[("From", who), ("Body", text)]).is(201);
        reply.body["index"].as_u64().unwrap()
    }

    /// Index and text of each message in history, in its order.
    fn history(&self) -> Vec<(u64, String)> {
        let list = self.api.get(&self.messages()).is(200);
        let told = |message: &Value| {
            (message["index"].as_u64().unwrap(), message["body"].as_str().unwrap().to_owned())
        };
        list.body["messages"].as_array().unwrap().iter().map(told).collect()
    }
}

/// Index and text of each message a device has heard of by now, in the order it did.
fn heard(device: &mut Device, identity: &str) -> Vec<(u64, String)> {
    // What is pushed before a reply comes before it.
    device.sync(&format!("/Maps/{identity}.channels"));
    let heard = device.heard();
    let messages = heard.iter().filter(|frame| frame.kind() == "list_item_added");
    messages
        .map(|frame| &frame.payload["events"][0])
        .map(|event| {
            let text = event["item_data"]["text"].as_str().unwrap().to_owned();
            (event["item_index"].as_u64().unwrap(), text)
        })
        .collect()
}

/// The same, written short.
fn told(messages: &[(u64, &str)]) -> Vec<(u64, String)> {
    messages.iter().map(|(index, text)| (*index, (*text).to_owned())).collect()
}
