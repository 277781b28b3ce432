//! Sync objects and their items, as requests for them are answered.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::{HOST, ObjectSid, ObjectType};
use crate::{
    sid::{AccountSid, ChatServiceSid, DocumentSid, ListSid, MapSid},
    text::{At, Text},
    time::Timestamp,
};

/// What objects of all kinds, and their items, say about themselves.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The service it belongs to.
    pub service_sid: ChatServiceSid,
    /// Counts its changes.
    pub revision: u64,
    /// The id of its last event, -1 before the first.
    pub last_event_id: i64,
    /// When it was made.
    pub date_created: Timestamp,
    /// When it changed last.
    pub date_updated: Timestamp,
    /// `system`, or an identity.
    pub created_by: &'a str,
}

/// The URL of an object.
#[derive(Clone, Copy)]
pub(super) struct Url(pub(super) ChatServiceSid, pub(super) ObjectSid);

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(service, object) = self;
        write!(f, "https://{HOST}/v3/Services/{service}/{}/{object}", object.object_type().collection())
    }
}

impl About<'_> {
    fn head<M: SerializeMap>(&self, map: &mut M, url: impl fmt::Display) -> Result<(), M::Error> {
        map.serialize_entry("account_sid", &self.account_sid)?;
        map.serialize_entry("service_sid", &self.service_sid)?;
        map.serialize_entry("url", &Text(url))?;
        map.serialize_entry("revision", &Text(self.revision))?;
        map.serialize_entry("last_event_id", &self.last_event_id)?;
        map.serialize_entry("date_expires", &())?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry("date_updated", &At(self.date_updated))?;
        map.serialize_entry("created_by", self.created_by)
    }
}

fn start<S: Serializer>(
    serializer: S,
    sid: ObjectSid,
    unique_name: Option<&str>,
    about: &About<'_>,
) -> Result<S::SerializeMap, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("sid", &sid)?;
    map.serialize_entry("unique_name", &unique_name)?;
    about.head(&mut map, Url(about.service_sid, sid))?;
    Ok(map)
}

/// A document, written with its data.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a, D: ?Sized> {
    /// Which.
    pub sid: DocumentSid,
    /// Its name.
    pub unique_name: &'a str,
    /// What it says about itself.
    pub about: About<'a>,
    /// What it holds.
    pub data: &'a D,
}

impl<D: Serialize + ?Sized> Serialize for Document<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = start(serializer, self.sid.into(), Some(self.unique_name), &self.about)?;
        map.serialize_entry("data", self.data)?;
        map.serialize_entry("type", &ObjectType::Document)?;
        map.end()
    }
}

/// A list, written with links to its items and its context.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Which.
    pub sid: ListSid,
    /// Its name; session lists have none.
    pub unique_name: Option<&'a str>,
    /// What it says about itself.
    pub about: About<'a>,
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Links {
            items: Text<Below>,
            context: Text<Below>,
        }

        let url = Url(self.about.service_sid, self.sid.into());
        let links = Links { items: Text(Below(url, "Items")), context: Text(Below(url, "Context")) };
        let mut map = start(serializer, self.sid.into(), self.unique_name, &self.about)?;
        map.serialize_entry("links", &links)?;
        map.serialize_entry("type", &ObjectType::List)?;
        map.end()
    }
}

struct Below(Url, &'static str);

impl fmt::Display for Below {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

/// A map, written with a link to its items, and with the items themselves if asked for (`Include=items`).
#[derive(Clone, Copy, Debug)]
pub struct Map<'a, D: ?Sized> {
    /// Which.
    pub sid: MapSid,
    /// Its name.
    pub unique_name: &'a str,
    /// What it says about itself.
    pub about: About<'a>,
    /// Its items.
    pub items: Option<&'a [MapItem<'a, D>]>,
}

impl<D: Serialize + ?Sized> Serialize for Map<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Links {
            items: Text<Below>,
        }

        let url = Url(self.about.service_sid, self.sid.into());
        let mut map = start(serializer, self.sid.into(), Some(self.unique_name), &self.about)?;
        map.serialize_entry("links", &Links { items: Text(Below(url, "Items")) })?;
        map.serialize_entry("type", &ObjectType::Map)?;
        if let Some(items) = self.items {
            map.serialize_entry("items", items)?;
        }
        map.end()
    }
}

/// An item of a map, written.
#[derive(Clone, Copy, Debug)]
pub struct MapItem<'a, D: ?Sized> {
    /// The map.
    pub map_sid: MapSid,
    /// Its name in the map.
    pub key: &'a str,
    /// What it says about itself.
    pub about: About<'a>,
    /// What it holds.
    pub data: &'a D,
}

impl<D: Serialize + ?Sized> Serialize for MapItem<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let url = Url(self.about.service_sid, self.map_sid.into());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", self.key)?;
        map.serialize_entry("map_sid", &self.map_sid)?;
        self.about.head(&mut map, format_args!("{url}/Items/{}", self.key))?;
        map.serialize_entry("data", self.data)?;
        map.end()
    }
}

/// An item of a list, written.
#[derive(Clone, Copy, Debug)]
pub struct ListItem<'a, D: ?Sized> {
    /// The list.
    pub list_sid: ListSid,
    /// Its number in the list.
    pub index: u64,
    /// What it says about itself.
    pub about: About<'a>,
    /// What it holds.
    pub data: &'a D,
}

impl<D: Serialize + ?Sized> Serialize for ListItem<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let url = Url(self.about.service_sid, self.list_sid.into());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("index", &self.index)?;
        map.serialize_entry("list_sid", &self.list_sid)?;
        self.about.head(&mut map, format_args!("{url}/Items/{}", self.index))?;
        map.serialize_entry("data", self.data)?;
        map.end()
    }
}

/// A page of items, written.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Page<'a, I> {
    /// [`MapItem`]s or [`ListItem`]s.
    pub items: &'a [I],
    /// Where the page is among the others.
    pub meta: Meta<'a>,
}

/// Where a page is among the others, written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Meta<'a> {
    /// At most this many to a page.
    pub page_size: u32,
    /// What to ask for the page after, if there is one.
    pub next_token: Option<&'a str>,
    /// What to ask for the page before, if there is one.
    pub previous_token: Option<&'a str>,
    /// The field that holds the page: `items` from Sync, nothing from the Chat service.
    pub key: Option<&'a str>,
}

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("page", &0)?;
        map.serialize_entry("page_size", &self.page_size)?;
        map.serialize_entry("next_token", &self.next_token)?;
        map.serialize_entry("previous_token", &self.previous_token)?;
        map.serialize_entry("prev_token", &self.previous_token)?;
        map.serialize_entry("direct_token", &false)?;
        map.serialize_entry("list_size", &0)?;
        if let Some(key) = self.key {
            map.serialize_entry("key", key)?;
        }
        map.end()
    }
}

/// An object of any kind, read.
#[derive(Clone, Debug, Deserialize)]
pub struct Descriptor<'a> {
    /// Which.
    pub sid: ObjectSid,
    /// Its name.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub unique_name: Option<Cow<'a, str>>,
    /// The id of its last event: where to subscribe from.
    #[serde(default)]
    pub last_event_id: Option<i64>,
    /// What a document holds.
    #[serde(borrow, default)]
    pub data: Option<&'a RawValue>,
    /// Where the items of a list or map are.
    #[serde(borrow, default)]
    pub links: Links<'a>,
    /// The items of a map, if asked for.
    #[serde(borrow, default)]
    pub items: Option<Vec<Item<'a>>>,
}

/// Links of a list or map, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Links<'a> {
    /// An absolute URL.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub items: Option<Cow<'a, str>>,
}

/// An item of a map or list, read.
#[derive(Clone, Debug, Deserialize)]
pub struct Item<'a> {
    /// Its name, in a map.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub key: Option<Cow<'a, str>>,
    /// Its number, in a list.
    #[serde(default)]
    pub index: Option<u64>,
    /// The id of its last change.
    #[serde(default)]
    pub last_event_id: Option<i64>,
    /// What it holds.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

/// A page of items, read.
#[derive(Clone, Debug, Deserialize)]
pub struct ItemPage<'a> {
    /// The items in the order asked for.
    #[serde(borrow)]
    pub items: Vec<Item<'a>>,
    /// Without it the SDK fails, so it is not optional here either.
    #[serde(borrow)]
    pub meta: Neighbours<'a>,
}

/// The pages beside a page, read.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Neighbours<'a> {
    /// What to ask for the page after, if there is one.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub next_token: Option<Cow<'a, str>>,
    /// What to ask for the page before, if there is one.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub previous_token: Option<Cow<'a, str>>,
}
