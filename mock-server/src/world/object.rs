//! The Sync objects that show the world to the Chat SDK.
//!
//! A channel is seen through a document, a list of messages and a map of members; a user through a map of the
//! channels joined and a map of facts. None of them is stored: they are views of channels and users, and their
//! SIDs are those of the channel or user with another prefix and one byte changed, so no register is needed.

use wire::sid::{ChannelSid, DocumentSid, ListSid, MapSid, UserSid};
use wire::sync::{Name, ObjectSid, ObjectType};

/// The second byte of every SID of a mock; replaced in the SIDs of maps to say which map.
const MARK: u8 = 0xe0;
const ROSTER: u8 = 0xe1;
const CHANNELS: u8 = 0xe2;
const INFO: u8 = 0xe3;
const SESSION: u8 = 0xe4;

/// One Sync object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Object {
    /// `CH….channel`: the channel itself.
    Document(ChannelSid),
    /// `CH….messages`.
    Messages(ChannelSid),
    /// `CH….roster`: the members.
    Roster(ChannelSid),
    /// `{identity}.channels`: the channels a user is in.
    Channels(UserSid),
    /// `US….info`: name, attributes, reachability.
    Info(UserSid),
    /// What a device of an older generation gives its commands by. The one kind that is stored, under its own SID.
    Session(ListSid),
}

impl Object {
    /// Which of its owner's objects it is.
    pub(crate) const fn slot(self) -> usize {
        match self {
            Self::Document(_) | Self::Channels(_) | Self::Session(_) => 0,
            Self::Messages(_) | Self::Info(_) => 1,
            Self::Roster(_) => 2,
        }
    }

    /// Its SID: `ET…`, `ES…` or `MP…`.
    pub(crate) fn sid(self) -> ObjectSid {
        match self {
            Self::Document(channel) => DocumentSid::from_bytes(channel.bytes()).into(),
            Self::Messages(channel) => ListSid::from_bytes(channel.bytes()).into(),
            Self::Session(list) => list.into(),
            Self::Roster(_) | Self::Channels(_) | Self::Info(_) => self.map_sid().into(),
        }
    }

    /// The SID of a map; of a list or document the bytes under the wrong prefix, so ask only maps.
    pub(crate) fn map_sid(self) -> MapSid {
        let (mut bytes, which) = match self {
            Self::Roster(channel) => (channel.bytes(), ROSTER),
            Self::Channels(user) => (user.bytes(), CHANNELS),
            Self::Info(user) => (user.bytes(), INFO),
            Self::Document(channel) | Self::Messages(channel) => (channel.bytes(), MARK),
            Self::Session(list) => (list.bytes(), SESSION),
        };
        bytes[1] = which;
        MapSid::from_bytes(bytes)
    }

    /// The object with this SID, if it could be one; whether its owner exists is another question.
    pub(crate) fn from_sid(sid: ObjectSid) -> Option<Self> {
        let mut bytes = match sid {
            ObjectSid::Document(sid) => return Some(Self::Document(ChannelSid::from_bytes(sid.bytes()))),
            ObjectSid::List(sid) if sid.bytes()[1] == SESSION => return Some(Self::Session(sid)),
            ObjectSid::List(sid) => return Some(Self::Messages(ChannelSid::from_bytes(sid.bytes()))),
            ObjectSid::Map(sid) => sid.bytes(),
        };
        match std::mem::replace(&mut bytes[1], MARK) {
            ROSTER => Some(Self::Roster(ChannelSid::from_bytes(bytes))),
            CHANNELS => Some(Self::Channels(UserSid::from_bytes(bytes))),
            INFO => Some(Self::Info(UserSid::from_bytes(bytes))),
            _ => None,
        }
    }

    /// The object with this unique name; `user_of` finds an identity.
    pub(crate) fn from_name(name: Name<'_>, user_of: impl FnOnce(&str) -> Option<UserSid>) -> Option<Self> {
        Some(match name {
            Name::Channel(channel) => Self::Document(channel),
            Name::Messages(channel) => Self::Messages(channel),
            Name::Roster(channel) => Self::Roster(channel),
            Name::UserInfo(user) => Self::Info(user),
            Name::MyChannels(identity) => Self::Channels(user_of(identity)?),
        })
    }

    /// The `n`th session list of a mock.
    pub(crate) fn session(seed: u64, n: u64) -> ListSid {
        let mut bytes = ListSid::mock(seed, n).bytes();
        bytes[1] = SESSION;
        ListSid::from_bytes(bytes)
    }

    /// Its unique name, if it has one; `identity` is that of its owner where that is a user.
    pub(crate) const fn name(self, identity: &str) -> Option<Name<'_>> {
        Some(match self {
            Self::Document(channel) => Name::Channel(channel),
            Self::Messages(channel) => Name::Messages(channel),
            Self::Roster(channel) => Name::Roster(channel),
            Self::Channels(_) => Name::MyChannels(identity),
            Self::Info(user) => Name::UserInfo(user),
            Self::Session(_) => return None,
        })
    }
}

/// Sync's code for an object of this type that does not exist.
pub(crate) const fn not_found(object: ObjectType) -> u32 {
    match object {
        ObjectType::Document => 54100,
        ObjectType::List => 54150,
        ObjectType::Map => 54200,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_found_again_by_its_sid_and_name() {
        let (channel, user) = (ChannelSid::mock(1, 1), UserSid::mock(1, 1));
        for object in [
            Object::Document(channel),
            Object::Messages(channel),
            Object::Roster(channel),
            Object::Channels(user),
            Object::Info(user),
        ] {
            assert_eq!(Object::from_sid(object.sid()), Some(object));
            let name = object.name("ada.b").unwrap().to_string();
            let name = Name::parse(&name).unwrap();
            assert_eq!(name.object_type(), object.sid().object_type());
            assert_eq!(Object::from_name(name, |who| (who == "ada.b").then_some(user)), Some(object));
        }
    }

    #[test]
    fn a_session_list_has_a_sid_and_no_name() {
        let object = Object::Session(Object::session(1, 1));
        assert_eq!(Object::from_sid(object.sid()), Some(object));
        assert_eq!(object.name("ada"), None);
    }

    #[test]
    fn what_no_mock_made_is_no_object() {
        assert_eq!(Object::from_sid(MapSid::from_bytes([0; 16]).into()), None);
    }
}
