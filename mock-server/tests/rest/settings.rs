//! What a service can be set to.

use serde_json::json;

use crate::support::Api;

#[test]
fn notifications_are_shown_as_far_as_they_are_set() {
    let api = Api::start();
    let path = api.service("");
    assert_eq!(api.get(&path).is(200).body["notifications"], json!({}));
    let set = [
        ("Notifications.LogEnabled", "true"),
        ("Notifications.NewMessage.Enabled", "True"),
        ("Notifications.NewMessage.Template", "hi"),
        ("Notifications.NewMessage.BadgeCountEnabled", "true"),
        ("Notifications.InvitedToChannel.Sound", "gong"),
    ];
    let expected = json!({
        "log_enabled": true,
        "new_message": { "enabled": true, "template": "hi", "badge_count_enabled": true },
        "invited_to_channel": { "sound": "gong" },
    });
    assert_eq!(api.post(&path, &set).is(200).body["notifications"], expected);
    api.post(&path, &[("Notifications.NewMessage.Enabled", "maybe")]).refuses(400, 20001);
    api.post(&path, &[("Notifications.AddedToChannel.Template", &"x".repeat(1025))]).refuses(400, 50058);
    api.post(&path, &[("Notifications.RemovedFromChannel.Sound", &"x".repeat(257))]).refuses(400, 50059);
}

#[test]
fn webhooks_are_set_and_taken_away() {
    let api = Api::start();
    let path = api.service("");
    let set = [
        ("PreWebhookUrl", "https://example.com/before"),
        ("PostWebhookUrl", "https://example.com/after"),
        ("WebhookMethod", "GET"),
        ("WebhookFilters", "onMessageSent"),
        ("WebhookFilters", "onChannelUpdated"),
        ("PreWebhookRetryCount", "1"),
        ("PostWebhookRetryCount", "3"),
    ];
    let changed = api.post(&path, &set).is(200);
    assert_eq!(changed.text("pre_webhook_url"), set[0].1);
    assert_eq!(changed.text("webhook_method"), "GET");
    assert_eq!(changed.body["webhook_filters"], json!(["onMessageSent", "onChannelUpdated"]));
    assert_eq!(changed.body["post_webhook_retry_count"], 3);
    assert!(api.post(&path, &[("PreWebhookUrl", "")]).is(200).body["pre_webhook_url"].is_null());
    for (name, value, code) in [
        ("PreWebhookUrl", "nowhere", 50077),
        ("PostWebhookUrl", "ftp://example.com", 50078),
        ("WebhookMethod", "PUT", 50055),
        ("PreWebhookRetryCount", "4", 50065),
        ("PostWebhookRetryCount", "x", 50065),
        ("TypingIndicatorTimeout", "soon", 50053),
        ("ConsumptionReportInterval", "-1", 50052),
        ("Limits.ChannelMembers", "1001", 50061),
        ("Limits.UserChannels", "many", 50060),
    ] {
        api.post(&path, &[(name, value)]).refuses(400, code);
    }
}

#[test]
fn reachability_is_off_in_a_new_service_and_on_in_flexs() {
    let api = Api::start();
    let new = api.post("/v2/Services", &[("FriendlyName", "two")]).is(201);
    assert_eq!(new.body["reachability_enabled"], false);
    assert_eq!(new.body["read_status_enabled"], true);
    assert_eq!(api.get(&api.service("")).is(200).body["reachability_enabled"], true);
}
