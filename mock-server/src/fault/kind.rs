//! Which faults there are: the one list of them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::select::{Kind, Planting, Select};
use super::{Faults, http, message, open, pause, push, socket};
use crate::basis::RuleId;

/// One line a fault: its name in a configuration, which is that of its file, its type, and the list of [`Faults`]
/// that it works in.
macro_rules! kinds {
    ($($folder:ident { $($key:ident: $variant:ident in $list:ident,)+ })+) => {
        /// One thing that goes wrong. In a configuration, a map of one key: `status: { … }`.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Fault {
            $($(
                #[doc = concat!("`", stringify!($key), "`")]
                $variant($folder::$key::$variant),
            )+)+
        }

        impl Fault {
            /// The name of every fault.
            pub const NAMES: &'static [&'static str] = &[$($(stringify!($key)),+),+];

            /// Its name.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $($(Self::$variant(_) => stringify!($key),)+)+
                }
            }

            fn read<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Self, A::Error> {
                match name {
                    $($(stringify!($key) => map.next_value().map(Self::$variant),)+)+
                    // The name was looked up in the list made of the same words.
                    _ => Err(de::Error::unknown_variant(name, Self::NAMES)),
                }
            }

            /// The shared settings.
            fn select(&self) -> Select {
                match self {
                    $($(Self::$variant(fault) => Kind::select(fault),)+)+
                }
            }

            /// Puts it to work.
            pub(super) fn plant(&self, place: usize, seed: u64, faults: &mut Faults) {
                match self.clone() {
                    $($(Self::$variant(fault) => {
                        faults.$list.push(Planting::new(place, seed, Box::new(fault)));
                    })+)+
                }
            }
        }

        /// The rules of all faults.
        pub(crate) fn rules() -> Vec<RuleId> {
            let all: &[&[RuleId]] = &[$($($folder::$key::RULES),+),+];
            all.concat()
        }

        fn schemas(generator: &mut SchemaGenerator) -> Schema {
            let mut properties = serde_json::Map::new();
            $($({
                let schema = generator.subschema_for::<$folder::$key::$variant>();
                properties.insert(stringify!($key).to_owned(), schema.to_value());
            })+)+
            json_schema!({
                "description": "What the mock does wrong: a map of one key",
                "type": "object",
                "properties": properties,
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": false,
            })
        }
    };
}

kinds! {
    http {
        status: Status in http,
        delay: Delay in http,
        reset: Reset in http,
        truncate: Truncate in http,
        half_json: HalfJson in http,
        dribble: Dribble in http,
        freeze: Freeze in http,
        withhold_reply: WithholdReply in http,
    }
    pause {
        freeze_mock: FreezeMock in pauses,
    }
    socket {
        refuse_login: RefuseLogin in refusals,
        withhold_established: WithholdEstablished in withheld,
        drop_socket: DropSocket in sockets,
        close: Close in sockets,
        expire_token: ExpireToken in sockets,
    }
    push {
        duplicate_push: DuplicatePush in pushes,
        reorder_push: ReorderPush in pushes,
        drop_push: DropPush in pushes,
        delay_push: DelayPush in pushes,
        corrupt_push: CorruptPush in pushes,
    }
    message {
        forget_message: ForgetMessage in messages,
        store_twice: StoreTwice in messages,
        refuse_stored: RefuseStored in messages,
        index_gap: IndexGap in messages,
        index_clash: IndexClash in messages,
        index_diverge: IndexDiverge in messages,
        sender_order: SenderOrder in messages,
        real_time: RealTime in messages,
        forge_message: ForgeMessage in messages,
        cross_talk: CrossTalk in messages,
        former_member: FormerMember in messages,
        silent_inactive: SilentInactive in messages,
    }
    open {
        duplicate_channel: DuplicateChannel in doubles,
        task_sid_repr: TaskSidRepr in reprs,
    }
}

/// Reads the one key: what is unknown is refused at the key.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Name {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a fault")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<&'static str, E> {
        let known = Fault::NAMES.iter().copied().find(|known| *known == word);
        known.ok_or_else(|| E::unknown_variant(word, Fault::NAMES))
    }
}

/// A map of one key whatever the format: serde's derived enums would want tags in YAML.
impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneKey;
        impl<'de> Visitor<'de> for OneKey {
            type Value = Fault;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fault, like `status: { operation: send_message, status: 503, every: 3 }`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fault, A::Error> {
                let name = map
                    .next_key_seed(Name)?
                    .ok_or_else(|| de::Error::custom("the fault is empty: it has one key, its name"))?;
                let fault = Fault::read(name, &mut map)?;
                if let Some(doubt) = fault.select().doubt() {
                    return Err(de::Error::custom(format_args!("`{name}`: {doubt}")));
                }
                if let Some(more) = map.next_key::<String>()? {
                    return Err(de::Error::custom(format_args!(
                        "`{more}` beside `{name}`: a fault has one key (are the settings of `{name}` indented?)"
                    )));
                }
                Ok(fault)
            }
        }
        deserializer.deserialize_any(OneKey)
    }
}

impl JsonSchema for Fault {
    fn schema_name() -> Cow<'static, str> {
        "Fault".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schemas(generator)
    }
}
