//! `/v2/Services`: the service, its settings and their bounds.

use mock_server::{Caps, Config, Limits};

use crate::Probe;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[
    ("chat.service.create", a_service_is_made),
    ("chat.service.create.parameters", a_service_needs_a_name),
    ("chat.service.fetch", the_flex_chat_service_has_the_documented_limits),
    ("chat.service.full", a_mock_holds_so_many_services),
    ("chat.service.list", services_are_listed),
    ("chat.service.unknown", an_unknown_service_is_not_found),
    ("chat.service.delete", a_deleted_service_is_gone),
    ("chat.service.update", settings_change),
    ("chat.service.update.parameters", a_setting_must_be_well_formed),
    ("chat.service.update.empty", an_update_must_say_something),
    ("chat.service.update.channel-limit", a_user_has_1000_channels_at_most),
    ("chat.service.update.member-limit", a_channel_has_1000_members_at_most),
    ("chat.service.update.typing-timeout", a_typing_timeout_is_a_number),
    ("chat.service.update.report-interval", a_report_interval_is_a_number),
    ("chat.service.update.webhook-method", a_webhook_method_is_get_or_post),
    ("chat.service.update.pre-webhook-url", a_pre_webhook_has_a_url),
    ("chat.service.update.post-webhook-url", a_post_webhook_has_a_url),
    ("chat.service.update.retry-count", webhooks_are_tried_again_three_times_at_most),
    ("chat.service.update.template-long", a_template_has_1024_characters_at_most),
    ("chat.service.update.sound-long", a_sound_has_256_characters_at_most),
];

fn a_service_is_made() {
    let api = Api::start();
    let made = api.post("/v2/Services", &[("FriendlyName", "two")]).is(201);
    assert!(made.text("sid").starts_with("IS"));
    assert_eq!(
        (made.text("friendly_name"), made.text("account_sid")),
        ("two".into(), api.credentials().account_sid.to_string())
    );
}

fn a_service_needs_a_name() {
    Api::start().post("/v2/Services", &[]).refuses(400, 50000);
}

fn the_flex_chat_service_has_the_documented_limits() {
    let api = Api::start();
    let service = api.get(&api.service("")).is(200);
    assert_eq!(service.body["limits"]["channel_members"], 100);
    assert_eq!(service.body["limits"]["user_channels"], 250);
    assert_eq!(service.body["typing_indicator_timeout"], 5);
    assert_eq!(service.text("url"), format!("{}{}", api.mock.url(), api.service("")));
}

fn a_mock_holds_so_many_services() {
    let caps = Caps { services: 1, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    api.post("/v2/Services", &[("FriendlyName", "two")]).refuses(503, 20503);
}

fn services_are_listed() {
    let api = Api::start();
    let made = api.post("/v2/Services", &[("FriendlyName", "two")]).is(201);
    let listed = api.get("/v2/Services").is(200);
    assert_eq!((&listed.body["services"][1], &listed.body["meta"]["key"]), (&made.body, &"services".into()));
}

fn an_unknown_service_is_not_found() {
    let api = Api::start();
    for below in ["", "/Channels", "/Users"] {
        api.get(&format!("/v2/Services/IS00000000000000000000000000000000{below}")).refuses(404, 20404);
    }
}

fn a_deleted_service_is_gone() {
    let api = Api::start();
    let sid = api.post("/v2/Services", &[("FriendlyName", "two")]).is(201).text("sid");
    let path = format!("/v2/Services/{sid}");
    assert!(api.delete(&path).is(204).body.is_null());
    api.get(&path).refuses(404, 20404);
    api.delete(&path).refuses(404, 20404);
}

fn settings_change() {
    let api = Api::start();
    let changes =
        [("Limits.UserChannels", "3"), ("ReachabilityEnabled", "true"), ("TypingIndicatorTimeout", "7")];
    let after = api.post(&api.service(""), &changes).is(200).body;
    assert_eq!(
        (&after["limits"]["user_channels"], &after["typing_indicator_timeout"]),
        (&3.into(), &7.into())
    );
    assert_eq!(after["reachability_enabled"], true);
    assert_eq!(api.get(&api.service("")).is(200).body, after);
}

/// That a setting is refused with this code, and kept as it was.
#[track_caller]
fn refuses(name: &str, value: &str, code: u64) {
    let api = Api::start();
    let before = api.get(&api.service("")).is(200).body;
    api.post(&api.service(""), &[(name, value)]).refuses(400, code);
    assert_eq!(api.get(&api.service("")).is(200).body, before);
}

fn a_setting_must_be_well_formed() {
    refuses("ReadStatusEnabled", "perhaps", 20001);
    refuses("DefaultServiceRoleSid", "nonsense", 20001);
}

fn an_update_must_say_something() {
    let api = Api::start();
    api.post(&api.service(""), &[]).refuses(400, 20161);
    api.post(&api.service(""), &[("Foo", "x")]).refuses(400, 20161);
}

fn a_user_has_1000_channels_at_most() {
    refuses("Limits.UserChannels", "1001", 50060);
}

fn a_channel_has_1000_members_at_most() {
    refuses("Limits.ChannelMembers", "1001", 50061);
}

fn a_typing_timeout_is_a_number() {
    refuses("TypingIndicatorTimeout", "soon", 50053);
}

fn a_report_interval_is_a_number() {
    refuses("ConsumptionReportInterval", "soon", 50052);
}

fn a_webhook_method_is_get_or_post() {
    refuses("WebhookMethod", "PUT", 50055);
}

fn a_pre_webhook_has_a_url() {
    refuses("PreWebhookUrl", "nowhere", 50077);
}

fn a_post_webhook_has_a_url() {
    refuses("PostWebhookUrl", "nowhere", 50078);
}

fn webhooks_are_tried_again_three_times_at_most() {
    refuses("PreWebhookRetryCount", "4", 50065);
    refuses("PostWebhookRetryCount", "4", 50065);
}

fn a_template_has_1024_characters_at_most() {
    refuses("Notifications.NewMessage.Template", &"x".repeat(1025), 50058);
}

fn a_sound_has_256_characters_at_most() {
    refuses("Notifications.NewMessage.Sound", &"x".repeat(257), 50059);
}
