//! Chat services: the rooms that channels and users live in.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use wire::identity::Identity;
use wire::service::{CreateService, Limits, Links, Media, Notifications, Service as View};
use wire::sid::{ChannelSid, ChatServiceSid, RoleSid};

use super::binding::Bindings;
use super::channel::Channel;
use super::page::{Ordered, Page, PageRequest};
use super::role::{First, Roles};
use super::shard::Sharded;
use super::user::User;
use super::{World, check, lock};
use crate::basis::{Refused, rules};
use crate::fault::Plan;

rules! {
    pub(super) UNKNOWN = "chat.service.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown service is 404, 20404";
    FULL = "chat.service.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many services as it may, one more is 503, 20503";
}

/// A Chat service and what is found in it by name.
pub(crate) struct Service {
    pub(crate) sid: ChatServiceSid,
    pub(super) nth: u64,
    /// What goes wrong on purpose with what happens here.
    pub(crate) faults: Arc<Plan>,
    view: Mutex<View>,
    deleted: AtomicBool,
    /// Unique names of channels.
    pub(super) names: Mutex<HashMap<Arc<str>, ChannelSid>>,
    pub(crate) identities: Sharded<Identity, Arc<User>>,
    pub(crate) users: Ordered<User>,
    pub(super) public: Ordered<Channel>,
    pub(super) private: Ordered<Channel>,
    pub(super) roles: Roles,
    pub(super) bindings: Bindings,
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
    pub(super) fn lock(&self) -> MutexGuard<'_, View> {
        lock(&self.view)
    }

    pub(crate) fn view(&self) -> View {
        self.lock().clone()
    }

    /// Whether it was deleted. To be asked by who has just put something into it.
    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Relaxed)
    }

    /// A unique name of a channel that is as `wanted` says, among so many.
    pub(crate) fn name_like(&self, among: usize, wanted: impl Fn(&str) -> bool) -> Option<Arc<str>> {
        lock(&self.names).keys().take(among).find(|name| wanted(name)).cloned()
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
        self.add_service(sid, None, new)
    }

    /// Makes the Flex Chat Service, whose SID is given.
    pub(super) fn add_flex_service(&self, sid: ChatServiceSid) {
        let new = CreateService { friendly_name: "Flex Chat Service".to_owned() };
        // Its name is no longer than a name may be, and a world that is being made holds few.
        let _ = self.add_service(sid, None, new);
        if let Ok(service) = self.find_service(sid) {
            // Flex shows which customers are there.
            service.lock().reachability_enabled = true;
        }
    }

    pub(super) fn add_service(
        &self,
        sid: ChatServiceSid,
        number: Option<u64>,
        new: CreateService,
    ) -> Result<View, Refused> {
        check::friendly_name(Some(&new.friendly_name))?;
        self.service_count.take(1, self.caps().services, "Chat services", FULL)?;
        let nth = number.unwrap_or_else(|| self.next());
        let (roles, first) = Roles::first(self);
        let view = self.new_service(sid, &first, new);
        let service = Arc::new(Service {
            sid,
            nth,
            faults: self.faults().clone(),
            view: Mutex::new(view.clone()),
            deleted: AtomicBool::new(false),
            names: Mutex::default(),
            identities: Sharded::default(),
            users: Ordered::default(),
            public: Ordered::default(),
            private: Ordered::default(),
            roles,
            bindings: Bindings::default(),
        });
        self.services.insert(sid, service.clone());
        self.service_order.insert(nth, service);
        Ok(view)
    }

    fn new_service(&self, sid: ChatServiceSid, roles: &First, new: CreateService) -> View {
        let now = self.now();
        let url = View::url(self.base(), sid);
        View {
            sid,
            account_sid: self.account(),
            friendly_name: Some(new.friendly_name),
            date_created: now,
            date_updated: now,
            default_service_role_sid: Some(roles.user),
            default_channel_role_sid: Some(roles.member),
            default_channel_creator_role_sid: Some(roles.creator),
            read_status_enabled: true,
            reachability_enabled: false,
            typing_indicator_timeout: 5,
            consumption_report_interval: 10,
            limits: Limits::default(),
            pre_webhook_url: None,
            post_webhook_url: None,
            webhook_method: None,
            webhook_filters: None,
            pre_webhook_retry_count: 0,
            post_webhook_retry_count: 0,
            notifications: Some(Notifications::default()),
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
        self.services.get(&sid).filter(|service| !service.is_deleted()).ok_or(Refused::not_found(UNKNOWN))
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
        self.shelf.remove_all_of(service.sid);
    }
}

/// Writes over `place` if there is something to write.
pub(super) fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
