//! One port for all of Twilio's hosts.

use crate::Probe;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[
    ("server.host.named", a_host_that_is_named_is_the_one_that_answers),
    ("server.host.elsewhere", a_host_answers_for_nothing_of_anothers),
];

fn a_host_that_is_named_is_the_one_that_answers() {
    let api = Api::start();
    let services = api.get("/_host/chat.twilio.com/v2/Services").is(200);
    assert_eq!(services.body["meta"]["key"], "services");
}

fn a_host_answers_for_nothing_of_anothers() {
    let api = Api::start();
    api.get("/_host/chat.twilio.com/v1/Channels").refuses(404, 20404);
    api.get("/_host/verify.twilio.com/v2/Services").refuses(404, 20404);
}
