//! Roles: what users of a service may do, and members of its channels. A new service has four.

use std::sync::Mutex;

use wire::role::{Kind, NewRole, Permission, Role as View, UpdateRole};
use wire::service::Service as ServiceView;
use wire::sid::{ChatServiceSid, RoleSid};
use wire::time::Timestamp;

use super::caps::full;
use super::page::{Cursor, Page, PageRequest};
use super::service::Service;
use super::{World, check, lock};
use crate::basis::{Refused, RuleId, rules};

rules! {
    UNKNOWN = "chat.role.unknown", Inferred("error catalogue 50100; the generic 20404 as for everything that is not there"),
        "an unknown role is 404, 20404";
    DEFAULTS = "chat.role.defaults", Documented("https://www.twilio.com/docs/chat/permissions: default roles and permissions"),
        "a new service has the roles service admin, service user, channel admin and channel user with their permissions";
    WRONG_PERMISSION = "chat.role.permission-type", Documented("https://www.twilio.com/docs/chat/rest/role-resource: permission values by type; error catalogue 50104"),
        "a permission that roles of this type cannot have is 400, 50104";
    NAME_LONG = "chat.role.create.friendly-name-long", Documented("OpenAPI chat_v2 CreateRole: up to 64 characters; error catalogue 50003"),
        "a role's FriendlyName of more than 64 characters is 400, 50003";
    IN_USE = "chat.role.delete.default", Inferred("a service cannot be without its default roles; 20409 is the general code of a conflict"),
        "deleting a role that is one of its service's defaults is 409, 20409";
    FULL = "chat.role.full", MockOnly("a mock must not grow without bound"),
        "when a service has as many roles as it may, one more is 503, 20503";
    NOT_OF_CHANNEL = "chat.role.not-of-channel", Documented("error catalogue 50101; the status as for other validation"),
        "a RoleSid for a member or an invite, or a default channel role, that names no channel role of the service is 400, 50101";
    NOT_OF_SERVICE = "chat.role.not-of-service", Documented("error catalogue 50102; the status as for other validation"),
        "a RoleSid for a user, or a default service role, that names no deployment role of the service is 400, 50102";
    NOT_OF_CREATOR = "chat.role.not-of-creator", Documented("error catalogue 50106; the status as for other validation"),
        "a default channel creator role that names no channel role of the service is 400, 50106";
}

/// Characters of a role's name.
const NAME: usize = 64;

/// What a service is made with: name, kind, permissions.
const FIRST: [(&str, Kind, &[Permission]); 4] = {
    use Permission as P;
    [
        (
            "service admin",
            Kind::Deployment,
            &[
                P::CreateChannel,
                P::JoinChannel,
                P::DestroyChannel,
                P::InviteMember,
                P::RemoveMember,
                P::EditChannelName,
                P::EditChannelAttributes,
                P::AddMember,
                P::EditAnyMessage,
                P::EditAnyMessageAttributes,
                P::DeleteAnyMessage,
                P::EditAnyUserInfo,
            ],
        ),
        ("service user", Kind::Deployment, &[P::CreateChannel, P::JoinChannel, P::EditOwnUserInfo]),
        (
            "channel admin",
            Kind::Channel,
            &[
                P::SendMessage,
                P::SendMediaMessage,
                P::LeaveChannel,
                P::EditNotificationLevel,
                P::DestroyChannel,
                P::InviteMember,
                P::RemoveMember,
                P::EditChannelName,
                P::EditChannelAttributes,
                P::AddMember,
                P::EditAnyMessage,
                P::EditAnyMessageAttributes,
                P::EditAnyMemberAttributes,
                P::DeleteAnyMessage,
            ],
        ),
        (
            "channel user",
            Kind::Channel,
            &[
                P::SendMessage,
                P::SendMediaMessage,
                P::LeaveChannel,
                P::EditNotificationLevel,
                P::EditOwnMessage,
                P::EditOwnMessageAttributes,
                P::EditOwnMemberAttributes,
                P::DeleteOwnMessage,
            ],
        ),
    ]
};

/// A role as it is kept.
pub(super) struct Role {
    pub(super) sid: RoleSid,
    pub(super) nth: u64,
    pub(super) friendly_name: String,
    pub(super) kind: Kind,
    pub(super) permissions: Vec<Permission>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// The roles of a service, in the order they were made.
pub(crate) struct Roles(pub(super) Mutex<Vec<Role>>);

/// The roles that a new service gives to those who are given none.
pub(super) struct First {
    pub(super) user: RoleSid,
    pub(super) member: RoleSid,
    pub(super) creator: RoleSid,
}

/// What somebody is given a role as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Given {
    User,
    Member,
    Creator,
}

impl Roles {
    /// Those of a service that is being made.
    pub(super) fn first(world: &World) -> (Self, First) {
        let now = world.now();
        let made = FIRST.map(|(name, kind, permissions)| {
            let nth = world.next();
            Role {
                sid: RoleSid::mock(world.seed(), nth),
                nth,
                friendly_name: name.to_owned(),
                kind,
                permissions: if DEFAULTS.follow() { permissions.to_vec() } else { Vec::new() },
                created: now,
                updated: now,
            }
        });
        let first = First { user: made[1].sid, member: made[3].sid, creator: made[2].sid };
        (Self(Mutex::new(made.into())), first)
    }

    /// Refuses a role that is none of this service's, or of another kind than is given here.
    pub(super) fn check(&self, sid: Option<RoleSid>, given: Given) -> Result<(), Refused> {
        let Some(sid) = sid else { return Ok(()) };
        let (kind, code, rule): (_, _, RuleId) = match given {
            Given::User => (Kind::Deployment, 50102, NOT_OF_SERVICE),
            Given::Member => (Kind::Channel, 50101, NOT_OF_CHANNEL),
            Given::Creator => (Kind::Channel, 50106, NOT_OF_CREATOR),
        };
        let fits = lock(&self.0).iter().any(|role| role.sid == sid && role.kind == kind);
        if fits { Ok(()) } else { Err(Refused::titled(400, code, rule)) }
    }
}

fn fitting(kind: Kind, permissions: &[Permission]) -> Result<(), Refused> {
    if permissions.iter().all(|permission| permission.fits(kind)) {
        return Ok(());
    }
    Err(Refused::titled(400, 50104, WRONG_PERMISSION))
}

impl World {
    /// Makes a role.
    ///
    /// # Errors
    /// If there is no such service, the name is too long, a permission does not fit, or there are too many.
    pub fn create_role(&self, service: ChatServiceSid, new: NewRole) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        if check::longer_than(&new.friendly_name, NAME) {
            return Err(Refused::titled(400, 50003, NAME_LONG));
        }
        fitting(new.kind, &new.permissions)?;
        let (now, nth) = (self.now(), self.next());
        let mut roles = lock(&service.roles.0);
        let most = self.caps().roles_per_service;
        if roles.len() >= most {
            return Err(full(most, "roles of one service", FULL));
        }
        let NewRole { friendly_name, kind, permissions } = new;
        let sid = RoleSid::mock(self.seed(), nth);
        let role = Role { sid, nth, friendly_name, kind, permissions, created: now, updated: now };
        let view = self.role_view(&service, &role);
        roles.push(role);
        Ok(view)
    }

    /// Reads a role.
    ///
    /// # Errors
    /// If there is no such service or role.
    pub fn role(&self, service: ChatServiceSid, sid: RoleSid) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let roles = lock(&service.roles.0);
        let role = roles.iter().find(|role| role.sid == sid).ok_or(Refused::not_found(UNKNOWN))?;
        Ok(self.role_view(&service, role))
    }

    /// Lists a service's roles.
    ///
    /// # Errors
    /// If there is no such service.
    pub fn roles(&self, service: ChatServiceSid, page: PageRequest) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        let roles = lock(&service.roles.0);
        let after = |role: &&Role| page.after.is_none_or(|Cursor(nth)| u128::from(role.nth) > nth);
        let rest = roles.iter().filter(after).map(|role| (role.nth, role));
        Ok(Page::cut(page.size, rest, |role| self.role_view(&service, role)))
    }

    /// Changes what a role allows.
    ///
    /// # Errors
    /// If there is no such service or role, or a permission does not fit.
    pub fn update_role(
        &self,
        service: ChatServiceSid,
        sid: RoleSid,
        change: UpdateRole,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let mut roles = lock(&service.roles.0);
        let role = roles.iter_mut().find(|role| role.sid == sid).ok_or(Refused::not_found(UNKNOWN))?;
        fitting(role.kind, &change.permissions)?;
        role.permissions = change.permissions;
        role.updated = self.now();
        Ok(self.role_view(&service, role))
    }

    /// Deletes a role. Those who have it keep its SID, and may do nothing by it.
    ///
    /// # Errors
    /// If there is no such service or role, or the service gives it by default.
    pub fn delete_role(&self, service: ChatServiceSid, sid: RoleSid) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let mut roles = lock(&service.roles.0);
        let place = roles.iter().position(|role| role.sid == sid).ok_or(Refused::not_found(UNKNOWN))?;
        let defaults = service.defaults();
        if [defaults.user_role, defaults.member_role, defaults.creator_role].contains(&Some(sid)) {
            let says = "The role is one of the service's default roles";
            return Err(Refused::new(409, 20409, says, IN_USE));
        }
        roles.remove(place);
        Ok(())
    }

    fn role_view(&self, service: &Service, role: &Role) -> View {
        View {
            sid: role.sid,
            account_sid: self.account(),
            service_sid: service.sid,
            friendly_name: Some(role.friendly_name.clone()),
            kind: role.kind,
            permissions: role.permissions.clone(),
            date_created: role.created,
            date_updated: role.updated,
            url: View::url(&ServiceView::url(self.base(), service.sid), role.sid),
        }
    }
}
