//! What a service can be set to.

use wire::service::{Notification, Service as View, UpdateService};
use wire::sid::ChatServiceSid;
use wire::time::Timestamp;

use super::role::Given;
use super::service::{Service, set};
use super::{World, check};
use crate::basis::{Refused, rules};

rules! {
    pub(crate) MEMBER_LIMIT = "chat.service.update.member-limit", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "a Limits.ChannelMembers that is no number up to 1000 is 400, 50061";
    pub(crate) CHANNEL_LIMIT = "chat.service.update.channel-limit", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "a Limits.UserChannels that is no number up to 1000 is 400, 50060";
    PRE_URL = "chat.service.update.pre-webhook-url", Documented("error catalogue 50077: provided url has the wrong format"),
        "a PreWebhookUrl that is no http or https URL is 400, 50077";
    POST_URL = "chat.service.update.post-webhook-url", Documented("error catalogue 50078: provided url has the wrong format"),
        "a PostWebhookUrl that is no http or https URL is 400, 50078";
    pub(crate) RETRIES = "chat.service.update.retry-count", Inferred("error catalogue 50065; 0 to 3 as for channel webhooks"),
        "a webhook retry count that is no number from 0 to 3 is 400, 50065";
    LONG_TEMPLATE = "chat.service.update.template-long", Inferred("error catalogue 50058; the length is not published"),
        "a notification template of more than 1024 characters is 400, 50058";
    LONG_SOUND = "chat.service.update.sound-long", Inferred("error catalogue 50059; the length is not published"),
        "a notification sound of more than 256 characters is 400, 50059";
}

/// The most that a service's limits can be raised to.
const HIGHEST_LIMIT: u32 = 1_000;

/// Attempts after the first, at most.
const RETRIES_MOST: u32 = 3;

/// Characters of a notification's text, and of its sound's name.
const TEMPLATE: usize = 1024;
const SOUND: usize = 256;

impl World {
    /// Changes a service.
    ///
    /// # Errors
    /// If there is none, or it cannot be set to this.
    pub fn update_service(&self, sid: ChatServiceSid, change: UpdateService) -> Result<View, Refused> {
        check::friendly_name(change.friendly_name.as_deref())?;
        let service = self.find_service(sid)?;
        possible(&service, &change)?;
        let mut view = service.lock();
        apply(&mut view, change, self.now());
        Ok(view.clone())
    }
}

fn possible(service: &Service, change: &UpdateService) -> Result<(), Refused> {
    let refuse = |code, rule| Err(Refused::titled(400, code, rule));
    if change.channel_members.is_some_and(|limit| limit > HIGHEST_LIMIT) {
        return refuse(50061, MEMBER_LIMIT);
    }
    if change.user_channels.is_some_and(|limit| limit > HIGHEST_LIMIT) {
        return refuse(50060, CHANNEL_LIMIT);
    }
    // Empty takes a webhook away.
    let wrong =
        |url: &Option<String>| url.as_deref().is_some_and(|url| !url.is_empty() && !check::is_url(url));
    if wrong(&change.pre_webhook_url) {
        return refuse(50077, PRE_URL);
    }
    if wrong(&change.post_webhook_url) {
        return refuse(50078, POST_URL);
    }
    let retries = [change.pre_webhook_retry_count, change.post_webhook_retry_count];
    if retries.into_iter().flatten().any(|count| count > RETRIES_MOST) {
        return refuse(50065, RETRIES);
    }
    let long =
        |text: &Option<String>, most| text.as_deref().is_some_and(|text| check::longer_than(text, most));
    if templates(change).into_iter().any(|template| long(template, TEMPLATE)) {
        return refuse(50058, LONG_TEMPLATE);
    }
    if sounds(change).into_iter().any(|sound| long(sound, SOUND)) {
        return refuse(50059, LONG_SOUND);
    }
    service.roles.check(change.default_service_role_sid, Given::User)?;
    service.roles.check(change.default_channel_role_sid, Given::Member)?;
    service.roles.check(change.default_channel_creator_role_sid, Given::Creator)
}

const fn templates(change: &UpdateService) -> [&Option<String>; 4] {
    [
        &change.new_message_template,
        &change.added_to_channel_template,
        &change.removed_from_channel_template,
        &change.invited_to_channel_template,
    ]
}

const fn sounds(change: &UpdateService) -> [&Option<String>; 4] {
    [
        &change.new_message_sound,
        &change.added_to_channel_sound,
        &change.removed_from_channel_sound,
        &change.invited_to_channel_sound,
    ]
}

fn apply(view: &mut View, change: UpdateService, now: Timestamp) {
    set(&mut view.friendly_name, change.friendly_name.map(Some));
    set(&mut view.default_service_role_sid, change.default_service_role_sid.map(Some));
    set(&mut view.default_channel_role_sid, change.default_channel_role_sid.map(Some));
    set(&mut view.default_channel_creator_role_sid, change.default_channel_creator_role_sid.map(Some));
    set(&mut view.read_status_enabled, change.read_status_enabled);
    set(&mut view.reachability_enabled, change.reachability_enabled);
    set(&mut view.typing_indicator_timeout, change.typing_indicator_timeout);
    set(&mut view.consumption_report_interval, change.consumption_report_interval);
    let url = |text: String| Some(text).filter(|text| !text.is_empty());
    set(&mut view.pre_webhook_url, change.pre_webhook_url.map(url));
    set(&mut view.post_webhook_url, change.post_webhook_url.map(url));
    set(&mut view.webhook_method, change.webhook_method.map(|method| Some(method.to_string())));
    set(&mut view.limits.channel_members, change.channel_members);
    set(&mut view.limits.user_channels, change.user_channels);
    set(&mut view.pre_webhook_retry_count, change.pre_webhook_retry_count);
    set(&mut view.post_webhook_retry_count, change.post_webhook_retry_count);
    if !change.webhook_filters.is_empty() {
        view.webhook_filters = Some(change.webhook_filters);
    }
    if let (Some(media), Some(message)) = (&mut view.media, change.compatibility_message) {
        media.compatibility_message = message;
    }
    let told = view.notifications.get_or_insert_default();
    set(&mut told.log_enabled, change.log_enabled.map(Some));
    set(&mut told.new_message.badge_count_enabled, change.new_message_badge_count.map(Some));
    notify(
        &mut told.new_message,
        change.new_message_enabled,
        change.new_message_template,
        change.new_message_sound,
    );
    notify(
        &mut told.added_to_channel,
        change.added_to_channel_enabled,
        change.added_to_channel_template,
        change.added_to_channel_sound,
    );
    notify(
        &mut told.removed_from_channel,
        change.removed_from_channel_enabled,
        change.removed_from_channel_template,
        change.removed_from_channel_sound,
    );
    notify(
        &mut told.invited_to_channel,
        change.invited_to_channel_enabled,
        change.invited_to_channel_template,
        change.invited_to_channel_sound,
    );
    view.date_updated = now;
}

fn notify(of: &mut Notification, enabled: Option<bool>, template: Option<String>, sound: Option<String>) {
    set(&mut of.enabled, enabled.map(Some));
    set(&mut of.template, template.map(Some));
    set(&mut of.sound, sound.map(Some));
}
