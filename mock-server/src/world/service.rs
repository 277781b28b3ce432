//! Chat services: the rooms that channels and users live in.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use wire::identity::Identity;
use wire::service::{CreateService, Limits, Links, Media, Service as View, UpdateService};
use wire::sid::{ChannelSid, ChatServiceSid, RoleSid};
use wire::time::Timestamp;

use super::channel::Channel;
use super::page::{Ordered, Page, PageRequest};
use super::shard::Sharded;
use super::user::User;
use super::{World, check, lock};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "chat.service.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown service is 404, 20404";
    MEMBER_LIMIT = "chat.service.update.member-limit", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "a limit of more than 1000 members is 400, 50061";
    CHANNEL_LIMIT = "chat.service.update.channel-limit", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "a limit of more than 1000 channels is 400, 50060";
    FULL = "chat.service.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many services as it may, one more is 503, 20503";
}

/// The most that a service's limits can be raised to.
const HIGHEST_LIMIT: u32 = 1_000;

/// A Chat service and what is found in it by name.
pub(crate) struct Service {
    pub(crate) sid: ChatServiceSid,
    pub(super) nth: u64,
    view: Mutex<View>,
    deleted: AtomicBool,
    /// Unique names of channels.
    pub(super) names: Mutex<HashMap<Arc<str>, ChannelSid>>,
    pub(super) identities: Sharded<Identity, Arc<User>>,
    pub(super) users: Ordered<User>,
    pub(super) public: Ordered<Channel>,
    pub(super) private: Ordered<Channel>,
}

/// What new users and members of a service get, and how many of each it allows.
#[derive(Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) limits: Limits,
    pub(crate) user_role: Option<RoleSid>,
    pub(crate) member_role: Option<RoleSid>,
    pub(crate) creator_role: Option<RoleSid>,
    pub(crate) typing_seconds: u32,
    pub(crate) reachability: bool,
}

impl Service {
    fn lock(&self) -> MutexGuard<'_, View> {
        lock(&self.view)
    }

    pub(crate) fn view(&self) -> View {
        self.lock().clone()
    }

    pub(crate) fn defaults(&self) -> Defaults {
        let view = self.lock();
        Defaults {
            limits: view.limits,
            user_role: view.default_service_role_sid,
            member_role: view.default_channel_role_sid,
            creator_role: view.default_channel_creator_role_sid,
            typing_seconds: view.typing_indicator_timeout,
            reachability: view.reachability_enabled,
        }
    }
}

impl World {
    /// Makes a service.
    ///
    /// # Errors
    /// If the mock holds too many.
    pub fn create_service(&self, new: CreateService) -> Result<View, Refused> {
        let sid = ChatServiceSid::mock(self.seed(), self.next());
        self.add_service(sid, new)
    }

    /// Makes a service whose SID is given: how a world gets the one its credentials name.
    pub(crate) fn add_service(&self, sid: ChatServiceSid, new: CreateService) -> Result<View, Refused> {
        check::friendly_name(Some(&new.friendly_name))?;
        self.service_count.take(1, self.caps().services, "Chat services", FULL)?;
        let nth = self.next();
        let view = self.new_service(sid, nth, new);
        let service = Arc::new(Service {
            sid,
            nth,
            view: Mutex::new(view.clone()),
            deleted: AtomicBool::new(false),
            names: Mutex::default(),
            identities: Sharded::default(),
            users: Ordered::default(),
            public: Ordered::default(),
            private: Ordered::default(),
        });
        self.services.insert(sid, service.clone());
        self.service_order.insert(nth, service);
        Ok(view)
    }

    fn new_service(&self, sid: ChatServiceSid, nth: u64, new: CreateService) -> View {
        let now = self.now();
        let url = View::url(self.base(), sid);
        let role = |which: u64| Some(RoleSid::mock(self.seed(), nth << 8 | which));
        View {
            sid,
            account_sid: self.account(),
            friendly_name: Some(new.friendly_name),
            date_created: now,
            date_updated: now,
            default_service_role_sid: role(1),
            default_channel_role_sid: role(2),
            default_channel_creator_role_sid: role(3),
            read_status_enabled: true,
            reachability_enabled: true,
            typing_indicator_timeout: 5,
            consumption_report_interval: 10,
            limits: Limits::default(),
            pre_webhook_url: None,
            post_webhook_url: None,
            webhook_method: None,
            webhook_filters: None,
            pre_webhook_retry_count: 0,
            post_webhook_retry_count: 0,
            notifications: serde_json::Value::Object(serde_json::Map::new()),
            media: Some(Media {
                size_limit_mb: 150,
                compatibility_message: "Media messages are not supported by your client".to_owned(),
            }),
            links: Links::of(&url),
            url,
        }
    }

    /// The service with this SID, for acting in it.
    pub(crate) fn find_service(&self, sid: ChatServiceSid) -> Result<Arc<Service>, Refused> {
        self.services
            .get(&sid)
            .filter(|service| !service.deleted.load(Ordering::Relaxed))
            .ok_or(Refused::not_found(UNKNOWN))
    }

    /// Reads a service.
    ///
    /// # Errors
    /// If there is none.
    pub fn service(&self, sid: ChatServiceSid) -> Result<View, Refused> {
        Ok(self.find_service(sid)?.view())
    }

    /// Lists the services.
    #[must_use]
    pub fn services(&self, page: PageRequest) -> Page<View> {
        self.service_order.page(page).map(|service| service.view())
    }

    /// Changes a service.
    ///
    /// # Errors
    /// If there is none, or a limit is beyond what Twilio allows.
    pub fn update_service(&self, sid: ChatServiceSid, change: UpdateService) -> Result<View, Refused> {
        check::friendly_name(change.friendly_name.as_deref())?;
        let service = self.find_service(sid)?;
        if change.channel_members.is_some_and(|limit| limit > HIGHEST_LIMIT) {
            return Err(Refused::new(400, 50061, "Invalid channel members limit format", MEMBER_LIMIT));
        }
        if change.user_channels.is_some_and(|limit| limit > HIGHEST_LIMIT) {
            return Err(Refused::new(400, 50060, "Invalid user channels limit format", CHANNEL_LIMIT));
        }
        let mut view = service.lock();
        apply(&mut view, change, self.now());
        Ok(view.clone())
    }

    /// Deletes a service. What is in it can no longer be reached through it.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_service(&self, sid: ChatServiceSid) -> Result<(), Refused> {
        let service = self.find_service(sid)?;
        if service.deleted.swap(true, Ordering::Relaxed) {
            return Err(Refused::not_found(UNKNOWN));
        }
        self.services.remove(&sid);
        self.service_order.remove(service.nth);
        self.service_count.give_back(1);
        self.empty_service(&service);
        Ok(())
    }

    /// Deletes the channels and users of a service that is gone.
    fn empty_service(&self, service: &Arc<Service>) {
        const STEP: PageRequest = PageRequest::first(100);
        for channels in [&service.public, &service.private] {
            loop {
                let page = channels.page(STEP).items;
                if page.is_empty() {
                    break;
                }
                for channel in page {
                    self.remove_channel(&channel);
                }
            }
        }
        loop {
            let page = service.users.page(STEP).items;
            if page.is_empty() {
                break;
            }
            for user in page {
                self.remove_user(&user);
            }
        }
    }
}

/// Writes over `place` if there is something to write.
pub(super) fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
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
    set(&mut view.pre_webhook_url, change.pre_webhook_url.map(Some));
    set(&mut view.post_webhook_url, change.post_webhook_url.map(Some));
    set(&mut view.webhook_method, change.webhook_method.map(Some));
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
    view.date_updated = now;
}
