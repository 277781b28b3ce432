//! The envelope of a list: the items under a key of their own, and `meta`.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess},
    ser::SerializeMap as _,
};

/// Where a page stands in its list. Follow `next_page_url` as it is: pages cannot be asked for by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Number of the page, from 0.
    pub page: u32,
    /// How many items a page has at most.
    pub page_size: u32,
    /// The first page.
    pub first_page_url: String,
    /// The page before, if there is one.
    pub previous_page_url: Option<String>,
    /// This page.
    pub url: String,
    /// The page after, if there is one.
    pub next_page_url: Option<String>,
    /// The name the items stand under.
    pub key: Cow<'static, str>,
}

/// One page of a list of `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<T> {
    /// Where it stands.
    pub meta: Meta,
    /// What is on it.
    pub items: Vec<T>,
}

impl<T: Serialize> Serialize for Envelope<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry(&*self.meta.key, &self.items)?;
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Envelope<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list with its meta")
            }

            // The key of the items may come before the meta that names it, so whatever is not `meta` is
            // taken for the items, and compared afterwards.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<T>, A::Error> {
                let mut meta: Option<Meta> = None;
                let mut items: Option<(Cow<'de, str>, Vec<T>)> = None;
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "meta" => meta = Some(map.next_value()?),
                        _ if items.is_none() => items = Some((key, map.next_value()?)),
                        _ => return Err(de::Error::custom(format_args!("two lists, the second is `{key}`"))),
                    }
                }
                let meta = meta.ok_or_else(|| de::Error::missing_field("meta"))?;
                match items {
                    Some((key, items)) if key == meta.key => Ok(Envelope { meta, items }),
                    _ => Err(de::Error::custom(format_args!("no list `{}`, though meta names it", meta.key))),
                }
            }
        }

        deserializer.deserialize_map(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meta(key: &str) -> Meta {
        let url = "http://127.0.0.1:1/v1/Channels?PageSize=50&Page=0".to_owned();
        let key = Cow::Owned(key.to_owned());
        Meta {
            page: 0,
            page_size: 50,
            first_page_url: url.clone(),
            previous_page_url: None,
            url,
            next_page_url: None,
            key,
        }
    }

    #[test]
    fn the_items_stand_under_the_key_that_meta_names() {
        let page = Envelope { meta: meta("flex_flows"), items: vec![1, 2] };
        let json = serde_json::to_string(&page).unwrap();
        assert!(json.ends_with(r#""key":"flex_flows"},"flex_flows":[1,2]}"#), "{json}");
        let swapped =
            format!(r#"{{"flex_flows":[1,2],"meta":{}}}"#, serde_json::to_string(&page.meta).unwrap());
        assert_eq!(serde_json::from_str::<Envelope<u8>>(&swapped).unwrap(), page);
    }

    #[test]
    fn a_list_under_another_key_is_no_page() {
        let meta = serde_json::to_string(&meta("flex_flows")).unwrap();
        for bad in [format!(r#"{{"meta":{meta}}}"#), format!(r#"{{"meta":{meta},"channels":[]}}"#)] {
            assert!(serde_json::from_str::<Envelope<u8>>(&bad).is_err());
        }
        assert!(serde_json::from_str::<Envelope<u8>>(r#"{"flex_flows":[]}"#).is_err());
    }

    proptest! {
        #[test]
        fn every_page_comes_back(key in "[a-ln-z_]{1,20}", items: Vec<u32>, next: Option<String>) {
            let mut meta = meta(&key);
            meta.next_page_url = next;
            let page = Envelope { meta, items };
            let json = serde_json::to_string(&page).unwrap();
            prop_assert_eq!(serde_json::from_str::<Envelope<u32>>(&json).unwrap(), page);
        }
    }
}
