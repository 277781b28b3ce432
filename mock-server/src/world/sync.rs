//! Sync as its clients read it: objects, and their items by pages.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use wire::channel::Visibility;
use wire::sync::{About, Document, List, ListItem, Map, MapItem, Name, ObjectSid, ObjectType};
use wire::time::Timestamp;

use super::channel::{Channel, ChannelState};
use super::items::{ItemQuery, Place};
use super::log::{Log, Marks};
use super::member::{Member, member_sid};
use super::object::Object;
use super::read::{forbidden, json, page, unknown, unknown_of};
use super::service::Service;
use super::session_list::SessionList;
use super::user::{Info, InfoData, User, UserState};
use super::{World, data};
use crate::basis::Refused;

/// An object's owner.
pub(super) enum Owner {
    Channel(Arc<Channel>),
    User(Arc<User>),
    Session(Arc<SessionList>),
}

impl ChannelState {
    /// Whether somebody may read the channel's objects. It changes when they leave, hence a question to the locked
    /// channel: a former member must not get in by asking at the right moment.
    pub(super) fn readable(&self, channel: &Channel, asker: &User, object: Object) -> Result<(), Refused> {
        if self.alive().is_err() {
            return Err(unknown(object));
        }
        // Who is invited sees what to, and the SDK opens what it just made: not what is said there and by whom.
        let may_look = || self.invites.of(asker).is_some() || self.facts.created_by == asker.identity;
        let looks = || matches!(object, Object::Document(_)) && may_look();
        let may = channel.visibility == Visibility::Public || self.member_of(asker).is_some() || looks();
        if may { Ok(()) } else { Err(forbidden()) }
    }
}

impl World {
    /// The object somebody names, by SID or unique name.
    pub(crate) fn object(&self, asker: &User, kind: ObjectType, name: &str) -> Result<Object, Refused> {
        let unknown = unknown_of(kind);
        let by_name =
            |name| Object::from_name(name, |identity| Some(asker.service.identities.get(identity)?.sid));
        let object = match name.parse::<ObjectSid>() {
            Ok(sid) => Object::from_sid(sid),
            Err(_) => Name::parse(name).and_then(by_name),
        };
        object.filter(|object| object.sid().object_type() == kind).ok_or(unknown)
    }

    /// The object's owner. If that is a user, the asker may read it; a channel is to be asked once it is locked.
    pub(super) fn owner(&self, asker: &User, object: Object) -> Result<Owner, Refused> {
        let unknown = || unknown(object);
        match object {
            Object::Document(sid) | Object::Messages(sid) | Object::Roster(sid) => {
                let ours = |channel: &Arc<Channel>| channel.service.sid == asker.service.sid;
                self.channel_with(sid).filter(ours).map(Owner::Channel).ok_or_else(unknown)
            }
            Object::Channels(sid) | Object::Info(sid) => {
                let ours = |user: &Arc<User>| user.service.sid == asker.service.sid;
                let user = self.user_with(sid).filter(ours).ok_or_else(unknown)?;
                let may = user.sid == asker.sid || matches!(object, Object::Info(_));
                if may { Ok(Owner::User(user)) } else { Err(forbidden()) }
            }
            Object::Session(_) => self.session_list(asker, object).map(Owner::Session),
        }
    }

    /// A session list of the asker.
    pub(super) fn session_list(&self, asker: &User, object: Object) -> Result<Arc<SessionList>, Refused> {
        let Object::Session(sid) = object else { return Err(unknown(object)) };
        let list = self.session_list_with(sid).ok_or_else(|| unknown(object))?;
        if list.user.sid == asker.sid { Ok(list) } else { Err(forbidden()) }
    }

    /// Reads an object: JSON.
    pub(crate) fn describe(&self, asker: &User, object: Object, items: bool) -> Result<Vec<u8>, Refused> {
        match self.owner(asker, object)? {
            Owner::Channel(channel) => {
                let state = channel.lock();
                state.readable(&channel, asker, object)?;
                let about = |log: Log| self.about(&channel.service, log, state.facts.created);
                let name = object.name("").map(|name| name.to_string()).unwrap_or_default();
                Ok(match object.sid() {
                    ObjectSid::Document(sid) => json(&Document {
                        sid,
                        unique_name: &name,
                        about: about(state.document_log),
                        data: &data::document(&channel, &state),
                    }),
                    ObjectSid::List(sid) => {
                        json(&List { sid, unique_name: Some(&name), about: about(state.messages_log) })
                    }
                    ObjectSid::Map(sid) => {
                        let found = if items { roster(&channel, &state) } else { Vec::new() };
                        let found = self.items_of(&channel.service, object, &found);
                        let about = about(state.roster_log);
                        json(&Map { sid, unique_name: &name, about, items: items.then_some(&found) })
                    }
                })
            }
            Owner::User(user) => {
                let state = user.lock();
                let name = object.name(&user.identity).map(|name| name.to_string()).unwrap_or_default();
                let sid = object.map_sid();
                Ok(if let Object::Info(_) = object {
                    let found = info(&state);
                    let found = self.items_of(&user.service, object, &found);
                    let about = self.about(&user.service, state.info_log, user.created);
                    json(&Map { sid, unique_name: &name, about, items: items.then_some(&found) })
                } else {
                    let found = if items { my_channels(&state) } else { Vec::new() };
                    let found = self.items_of(&user.service, object, &found);
                    let about = self.about(&user.service, state.channels_log, user.created);
                    json(&Map { sid, unique_name: &name, about, items: items.then_some(&found) })
                })
            }
            Owner::Session(list) => Ok(self.describe_session_list(&list)),
        }
    }

    /// Reads a page of an object's items: JSON.
    pub(crate) fn items(
        &self,
        asker: &User,
        object: Object,
        query: &ItemQuery<'_>,
    ) -> Result<Vec<u8>, Refused> {
        match self.owner(asker, object)? {
            Owner::Channel(channel) => {
                let state = channel.lock();
                state.readable(&channel, asker, object)?;
                Ok(match object {
                    Object::Messages(_) => self.message_page(&channel, &state, query),
                    _ => self.map_page(&channel.service, object, &roster(&channel, &state), query),
                })
            }
            Owner::User(user) => {
                let state = user.lock();
                Ok(match object {
                    Object::Info(_) => self.map_page(&user.service, object, &info(&state), query),
                    _ => self.map_page(&user.service, object, &my_channels(&state), query),
                })
            }
            Owner::Session(list) => Ok(self.session_page(&list, query)),
        }
    }

    pub(super) fn about<'a>(&self, service: &Service, log: Log, created: Timestamp) -> About<'a> {
        About {
            account_sid: self.account(),
            service_sid: service.sid,
            revision: log.revision().into(),
            last_event_id: log.last(),
            date_created: created,
            date_updated: log.updated(),
            created_by: "system",
        }
    }

    pub(super) fn about_item<'a>(&self, service: &Service, marks: Marks, created_by: &'a str) -> About<'a> {
        About {
            account_sid: self.account(),
            service_sid: service.sid,
            revision: marks.revision.into(),
            last_event_id: marks.last.into(),
            date_created: marks.created,
            date_updated: marks.updated,
            created_by,
        }
    }

    fn items_of<'a, D>(
        &self,
        service: &Service,
        object: Object,
        found: &'a [Found<D>],
    ) -> Vec<MapItem<'a, D>> {
        let item = |found: &'a Found<D>| MapItem {
            map_sid: object.map_sid(),
            key: &found.key,
            about: self.about_item(service, found.marks, "system"),
            data: &found.data,
        };
        found.iter().map(item).collect()
    }

    fn map_page<D: Serialize>(
        &self,
        service: &Service,
        object: Object,
        found: &[Found<D>],
        query: &ItemQuery<'_>,
    ) -> Vec<u8> {
        let place = |key: &str| {
            let exactly = found.iter().position(|item| item.key == key);
            exactly.map_or_else(
                || Place::Before(found.iter().filter(|item| *item.key < *key).count()),
                Place::At,
            )
        };
        let cut = query.cut(found.len(), place);
        let mut items = self.items_of(service, object, &found[cut.range.clone()]);
        if query.descending {
            items.reverse();
        }
        page(&items, query, cut, |position| found[position].key.to_string())
    }

    fn message_page(&self, channel: &Channel, state: &ChannelState, query: &ItemQuery<'_>) -> Vec<u8> {
        let all = &state.messages;
        let place = |key: &str| {
            let index = key.parse().unwrap_or(u32::MAX);
            match all.find_index(index) {
                Ok(position) => Place::At(position),
                Err(position) => Place::Before(position),
            }
        };
        let cut = query.cut(all.len(), place);
        let object = Object::Messages(channel.sid);
        let ObjectSid::List(list_sid) = object.sid() else { return Vec::new() };
        let found: Vec<_> = all
            .range(cut.range.clone())
            .map(|message| (message, data::message(channel.sid, message)))
            .collect();
        let mut items: Vec<_> = found
            .iter()
            .map(|(message, data)| ListItem {
                list_sid,
                index: message.index.into(),
                about: self.about_item(&channel.service, message.marks, &message.author),
                data,
            })
            .collect();
        if query.descending {
            items.reverse();
        }
        page(&items, query, cut, |position| {
            all.at(position).map_or_else(String::new, |message| message.index.to_string())
        })
    }
}

/// An item of a map, about to be written.
struct Found<D> {
    key: Cow<'static, str>,
    marks: Marks,
    data: D,
}

fn roster<'a>(channel: &Channel, state: &'a ChannelState) -> Vec<Found<wire::sync::data::Member<'a>>> {
    let found = |member: &'a Member| Found {
        key: member_sid(channel.sid, member.nth).to_string().into(),
        marks: member.marks,
        data: data::member(member),
    };
    state.members.iter().map(found).collect()
}

fn my_channels(state: &UserState) -> Vec<Found<wire::sync::data::MyChannel<'_>>> {
    state
        .channels
        .iter()
        .map(|(sid, joined)| Found {
            key: sid.to_string().into(),
            marks: joined.marks,
            data: data::my_channel(*sid, joined),
        })
        .collect()
}

fn info(state: &UserState) -> Vec<Found<InfoData<'_>>> {
    let found = |which: Info| Found {
        key: which.key().into(),
        marks: state.info[which as usize],
        data: state.info_data(which),
    };
    Info::ALL.into_iter().map(found).collect()
}
