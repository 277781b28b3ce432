//! Channel webhooks, as resources.

use serde_json::json;

use crate::Probe;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[
    ("chat.webhook.create", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.fetch", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.list", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.update", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.update.empty", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.delete", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.unknown", a_webhook_is_made_read_listed_changed_and_deleted),
    ("chat.webhook.type", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.type-missing", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.method", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.filter", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.filters-missing", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.triggers-missing", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.trigger", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.triggers", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.flow-missing", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.retry-count", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.url", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.url-missing", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.url-long", each_type_keeps_what_it_needs_and_refuses_to_lack_it),
    ("chat.webhook.create.too-many", a_channel_has_five_webhooks_at_most),
    ("flex.channel.create.studio-webhook", flex_attaches_a_webhook_where_the_flow_is_no_task),
    ("flex.channel.create.external-webhook", flex_attaches_a_webhook_where_the_flow_is_no_task),
];

const URL: (&str, &str) = ("Configuration.Url", "https://example.com/messages");
const SENT: (&str, &str) = ("Configuration.Filters", "onMessageSent");

/// The webhooks of a new channel.
fn webhooks(api: &Api) -> String {
    let sid = api.post(&api.service("/Channels"), &[]).is(201).text("sid");
    api.service(&format!("/Channels/{sid}/Webhooks"))
}

fn a_webhook_is_made_read_listed_changed_and_deleted() {
    let api = Api::start();
    let path = webhooks(&api);
    let more = ("Configuration.Filters", "onChannelUpdated");
    let made = api.post(&path, &[("Type", "webhook"), URL, SENT, more]).is(201);
    let configured = json!({
        "url": URL.1, "method": "POST", "filters": ["onMessageSent", "onChannelUpdated"], "retry_count": 0
    });
    assert_eq!(made.body["configuration"], configured);
    assert_eq!(made.text("type"), "webhook");
    let one = format!("{path}/{}", made.text("sid"));
    assert_eq!(made.text("url"), format!("{}{one}", api.mock.url()));
    assert_eq!(api.get(&one).is(200).body, made.body);
    let listed = api.get(&path).is(200);
    assert_eq!(listed.body["webhooks"], json!([made.body]));
    assert_eq!(listed.body["meta"]["page_size"], 5);
    let changed =
        api.post(&one, &[("Configuration.Method", "GET"), ("Configuration.RetryCount", "3")]).is(200);
    assert_eq!(changed.body["configuration"]["method"], "GET");
    assert_eq!(changed.body["configuration"]["filters"], configured["filters"]);
    api.post(&one, &[]).refuses(400, 20161);
    api.delete(&one).is(204);
    api.get(&one).refuses(404, 20404);
}

fn each_type_keeps_what_it_needs_and_refuses_to_lack_it() {
    let api = Api::start();
    let path = webhooks(&api);
    let flow = api.credentials().studio_sid.to_string();
    let flow = ("Configuration.FlowSid", flow.as_str());
    let word = ("Configuration.Triggers", "help");
    let trigger = api.post(&path, &[("Type", "trigger"), URL, word, SENT, flow]).is(201);
    let configured = json!({ "url": URL.1, "method": "POST", "triggers": ["help"], "retry_count": 0 });
    assert_eq!(trigger.body["configuration"], configured);
    let studio = api.post(&path, &[("Type", "studio"), flow, URL]).is(201);
    assert_eq!(studio.body["configuration"], json!({ "flow_sid": flow.1 }));
    for (parameters, code) in [
        (&[][..], 50328),
        (&[("Type", "email")], 50324),
        (&[("Type", "studio")], 50327),
        (&[("Type", "studio"), ("Configuration.FlowSid", "FW0")], 50327),
        (&[("Type", "webhook"), SENT], 50329),
        (&[("Type", "webhook"), ("Configuration.Url", "nowhere"), SENT], 50054),
        (&[("Type", "webhook"), URL], 50330),
        (&[("Type", "webhook"), URL, ("Configuration.Filters", "onSunset")], 50325),
        (&[("Type", "webhook"), URL, SENT, ("Configuration.Method", "PUT")], 50055),
        (&[("Type", "webhook"), URL, SENT, ("Configuration.RetryCount", "4")], 50065),
        (&[("Type", "webhook"), URL, SENT, ("Configuration.RetryCount", "-1")], 50065),
        (&[("Type", "trigger"), URL], 50331),
        (&[("Type", "trigger"), URL, ("Configuration.Triggers", "")], 50326),
    ] {
        api.post(&path, parameters).refuses(400, code);
    }
    let long = format!("https://example.com/{}", "x".repeat(2048));
    api.post(&path, &[("Type", "webhook"), ("Configuration.Url", &long), SENT]).refuses(400, 50332);
    api.post(&path, &[&[("Type", "trigger"), URL][..], &[word; 6]].concat()).refuses(403, 50322);
}

fn a_channel_has_five_webhooks_at_most() {
    let api = Api::start();
    let path = webhooks(&api);
    for _ in 0..5 {
        api.post(&path, &[("Type", "webhook"), URL, SENT]).is(201);
    }
    api.post(&path, &[("Type", "webhook"), URL, SENT]).refuses(403, 50321);
}

fn flex_attaches_a_webhook_where_the_flow_is_no_task() {
    let api = Api::start();
    let attached = |flow: &str, identity: &str| {
        let sid = api.post("/v1/Channels", &api.create(flow, identity)).is(201).text("sid");
        api.get(&api.service(&format!("/Channels/{sid}/Webhooks"))).is(200).body["webhooks"].clone()
    };
    let flows = api.credentials();
    let studio = attached(&flows.studio_flow_sid.text(), "ada");
    assert_eq!(studio[0]["type"], "studio");
    let configured = json!({ "flow_sid": flows.studio_sid, "retry_count": 3 });
    assert_eq!(studio[0]["configuration"], configured);
    let external = attached(&flows.external_flow_sid.text(), "bob");
    assert_eq!(external[0]["type"], "webhook");
    assert_eq!(external[0]["configuration"]["filters"], json!(["onMessageSent"]));
    assert_eq!(attached(&flows.task_flow_sid.text(), "eve"), json!([]));
}
