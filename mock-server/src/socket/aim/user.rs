//! Users.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wire::aim::answer::User as View;
use wire::sid::RoleSid;
use wire::sync::Meta;
use wire::user::{UpdateUser, User as Resource};

use super::super::tunnel::{Answer, Outcome, Segment};
use super::Call;
use crate::basis::rules;
use crate::operation::Operation;
use crate::world::user::Shown;

rules! {
    LIST = "aim.user.list", Library("twilio-chat 6.0.0: channel.getUserDescriptors"),
        "GET …/Users?ConversationSid= lists the users in a channel";
    READ = "aim.user", Library("twilio-chat 6.0.0: getUser, getUserDescriptor"),
        "GET …/Users/{user} reads a user by SID or identity";
    CHANGED = "aim.user.update", Library("twilio-chat 6.0.0: user.updateFriendlyName, updateAttributes"),
        "POST …/Users/{user} changes oneself: 200, and map_item_updated";
}

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    friendly_name: Option<Arc<str>>,
    #[serde(default)]
    attributes: Option<Arc<str>>,
}

#[derive(Serialize)]
struct Users<'a> {
    users: &'a [View<'a>],
    meta: Meta<'a>,
}

impl Call<'_> {
    pub(super) fn users(&self) -> Outcome {
        if self.request.method != "GET" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::ListUsers)?;
        let Some(channel) = self.request.param("ConversationSid") else { return Err(self.request.unknown()) };
        let users = self.device.users_in(Segment::plain(&channel))?;
        let users: Vec<_> = users.iter().map(|user| self.view(user)).collect();
        let meta = Meta { page_size: u32::try_from(users.len()).unwrap_or(u32::MAX), ..Meta::default() };
        Ok(Answer::new(200, &Users { users: &users, meta }, LIST))
    }

    pub(super) fn one_user(&self, name: Segment<'_>) -> Outcome {
        match self.request.method {
            "GET" => {
                self.device.guard(Operation::FetchUser)?;
                let user = self.world().user_view(&*self.device.find_user(name)?, Shown::Alone);
                Ok(Answer::new(200, &self.view(&user), READ))
            }
            "POST" => {
                self.device.guard(Operation::UpdateUser)?;
                self.device.may_change_user(name)?;
                let Update { friendly_name, attributes } = self.request.json()?;
                self.device.change_me(UpdateUser { friendly_name, attributes, role_sid: None })?;
                Ok(Answer::new(200, &self.view(&self.world().user_view(self.user(), Shown::Alone)), CHANGED))
            }
            _ => Err(self.request.wrong_method()),
        }
    }

    fn view<'s>(&self, user: &'s Resource) -> View<'s> {
        View {
            dialect: self.dialect,
            sid: user.sid,
            identity: &user.identity,
            role_sid: user.role_sid.unwrap_or_else(|| RoleSid::mock(self.world().seed(), 0)),
            friendly_name: user.friendly_name.as_deref(),
            attributes: user.attributes.as_deref().unwrap_or("{}"),
            is_online: user.is_online == Some(true),
            is_notifiable: user.is_notifiable == Some(true),
            date_created: user.date_created,
            date_updated: user.date_updated,
            account_sid: user.account_sid,
            chat_service_sid: user.service_sid,
        }
    }
}
