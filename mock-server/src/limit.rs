//! The rate limits: so many of an operation a second for the account, so many actions a second on a channel
//! or on the service.
//!
//! A window slides in twentieths of its length: what is counted lies between 19/20 of it and all of it. So a
//! client that keeps exactly to a limit is not refused for a few milliseconds of jitter, and a window costs
//! the same few bytes whatever the limit.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use wire::sid::{ChannelSid, ChatServiceSid};

use crate::basis::{Refused, RuleId, rules};
use crate::operation::Operation;

mod window;

use window::{Each, Single};

rules! {
    FLEX = "limit.flex", Inferred("the limits page gives numbers and 429; 45010 is the catalogue's title for it, 20429 would do too"),
        "Flex v1 refuses more than the documented requests per second of an endpoint with 429, code 45010";
    CHANNEL = "limit.channel-actions", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "more than 30 actions a second on one channel, over 5 seconds, are 429, code 50063";
    SERVICE = "limit.service-actions", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "more than 30 actions a second on channels and users of one service, over 5 seconds, are 429, code 50074";
}

/// Which limits hold: `documented`, `off`, or a map of those that differ from the documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::large_enum_variant, reason = "one in a process: being Copy is worth more")]
pub enum Limits {
    /// Those of Twilio's documentation.
    #[default]
    Documented,
    /// None.
    Off,
    /// Each as given here.
    Custom(Table),
}

/// So many in so much time; `None` is no limit.
pub type Allowance = Option<Rate>;

/// So many in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In this time.
    pub per: Duration,
}

impl Rate {
    /// So many a second.
    #[must_use]
    pub const fn a_second(count: u32) -> Self {
        Self { count, per: Duration::from_secs(1) }
    }
}

/// Declares the table of limits: field, documented allowance a second, what it counts.
macro_rules! table {
    ($($name:ident: $documented:literal, $says:literal;)+) => {
        /// Every limit by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Table {
            $(#[doc = $says] pub $name: Allowance,)+
        }

        impl Table {
            /// The names a configuration may use.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Twilio's documented limits.
            #[must_use]
            pub const fn documented() -> Self {
                Self { $($name: Some(Rate::a_second($documented)),)+ }
            }

            /// No limits.
            #[must_use]
            pub const fn off() -> Self {
                Self { $($name: None,)+ }
            }

            fn set(&mut self, name: &str, allowance: Allowance) -> bool {
                match name {
                    $(stringify!($name) => self.$name = allowance,)+
                    _ => return false,
                }
                true
            }
        }
    };
}

table! {
    channels_list: 5, "`GET /v1/Channels`.";
    channels_fetch: 3, "`GET /v1/Channels/{Sid}`.";
    channels_create: 10, "`POST /v1/Channels`.";
    channels_delete: 10, "`DELETE /v1/Channels/{Sid}`.";
    flows_list: 10, "`GET /v1/FlexFlows`.";
    flows_fetch: 2, "`GET /v1/FlexFlows/{Sid}`.";
    flows_create: 2, "`POST /v1/FlexFlows`.";
    flows_update: 1, "`POST /v1/FlexFlows/{Sid}`.";
    flows_delete: 2, "`DELETE /v1/FlexFlows/{Sid}`.";
    web_channels_list: 1, "`GET /v1/WebChannels`.";
    web_channels_fetch: 1, "`GET /v1/WebChannels/{Sid}`.";
    web_channels_create: 5, "`POST /v1/WebChannels`.";
    web_channels_update: 1, "`POST /v1/WebChannels/{Sid}`.";
    web_channels_delete: 1, "`DELETE /v1/WebChannels/{Sid}`.";
    channel_actions: 30, "Changes to one channel, its members and its messages, over 5 seconds.";
    service_actions: 30, "Chat channels made and deleted, users changed, on one service, over 5 seconds.";
}

impl Limits {
    /// The limits by name.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Documented => Table::documented(),
            Self::Off => Table::off(),
            Self::Custom(table) => *table,
        }
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;

        impl<'de> Visitor<'de> for Words {
            type Value = Limits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`documented`, `off`, or a map like { channels_create: 50/s }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Limits, E> {
                match text {
                    "documented" => Ok(Limits::Documented),
                    "off" => Ok(Limits::Off),
                    _ => Err(E::unknown_variant(text, &["documented", "off"])),
                }
            }

            // YAML 1.1 readers take a bare `off` for a boolean.
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Limits, E> {
                Ok(if value { Limits::Documented } else { Limits::Off })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Limits, A::Error> {
                let mut table = Table::documented();
                while let Some(name) = map.next_key::<String>()? {
                    let AllowanceText(allowance) = map.next_value()?;
                    if !table.set(&name, allowance) {
                        return Err(de::Error::unknown_field(&name, Table::NAMES));
                    }
                }
                Ok(Limits::Custom(table))
            }
        }

        deserializer.deserialize_any(Words)
    }
}

/// `50/s`, `500/m`, `1200/h`, or `off`.
struct AllowanceText(Allowance);

impl<'de> Deserialize<'de> for AllowanceText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;

        impl Visitor<'_> for Words {
            type Value = AllowanceText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate in whole numbers like 50/s, 500/m or 1200/h, or `off`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<AllowanceText, E> {
                if text == "off" {
                    return Ok(AllowanceText(None));
                }
                let rate = text.split_once('/').and_then(|(count, unit)| {
                    let per = match unit {
                        "s" => 1,
                        "m" => 60,
                        "h" => 3600,
                        _ => return None,
                    };
                    Some(Rate { count: count.parse().ok()?, per: Duration::from_secs(per) })
                });
                rate.map(|rate| AllowanceText(Some(rate)))
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<AllowanceText, E> {
                if value {
                    Err(E::invalid_type(de::Unexpected::Bool(value), &self))
                } else {
                    Ok(AllowanceText(None))
                }
            }
        }

        deserializer.deserialize_any(Words)
    }
}

/// The limits of one mock, and what has been used of them. Ask it with the time since the mock's start.
#[derive(Debug)]
pub struct Limiter {
    flex: [(Operation, Single); 14],
    channel: Each,
    service: Each,
}

impl Limiter {
    /// Nothing used yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let table = limits.table();
        let flex = [
            (Operation::OpenChannel, table.channels_create),
            (Operation::FetchFlexChannel, table.channels_fetch),
            (Operation::ListFlexChannels, table.channels_list),
            (Operation::DeleteFlexChannel, table.channels_delete),
            (Operation::CreateFlow, table.flows_create),
            (Operation::FetchFlow, table.flows_fetch),
            (Operation::ListFlows, table.flows_list),
            (Operation::UpdateFlow, table.flows_update),
            (Operation::DeleteFlow, table.flows_delete),
            (Operation::OpenWebChannel, table.web_channels_create),
            (Operation::FetchWebChannel, table.web_channels_fetch),
            (Operation::ListWebChannels, table.web_channels_list),
            (Operation::UpdateWebChannel, table.web_channels_update),
            (Operation::DeleteWebChannel, table.web_channels_delete),
        ];
        Self {
            flex: flex.map(|(operation, allowance)| (operation, Single::new(allowance))),
            channel: Each::new(table.channel_actions),
            service: Each::new(table.service_actions),
        }
    }

    /// A request to Flex v1: counted for its endpoint, of the one account. Other operations pass.
    ///
    /// # Errors
    /// 429 with the code of Flex when the endpoint's limit is reached.
    pub fn flex(&self, operation: Operation, at: Duration) -> Result<(), Refused> {
        let limited = self.flex.iter().find(|(known, _)| *known == operation);
        let admitted = limited.is_none_or(|(_, single)| single.admit(at));
        admitted.then_some(()).ok_or_else(|| too_many(45010, "Rate Limit Exceeded", FLEX))
    }

    /// A change to a channel, its members or its messages, by REST or through the socket.
    ///
    /// # Errors
    /// 429 with code 50063 when the channel's limit is reached.
    pub fn channel_action(&self, channel: ChannelSid, at: Duration) -> Result<(), Refused> {
        let admitted = self.channel.admit(channel.bytes(), at);
        admitted.then_some(()).ok_or_else(|| too_many(50063, "Actions per second limit exceeded", CHANNEL))
    }

    /// A Chat channel made or deleted, or a user changed, by REST or through the socket.
    ///
    /// # Errors
    /// 429 with code 50074 when the service's limit is reached.
    pub fn service_action(&self, service: ChatServiceSid, at: Duration) -> Result<(), Refused> {
        let admitted = self.service.admit(service.bytes(), at);
        admitted
            .then_some(())
            .ok_or_else(|| too_many(50074, "Global actions per second limit exceeded", SERVICE))
    }
}

fn too_many(code: u32, message: &'static str, rule: RuleId) -> Refused {
    Refused::new(429, code, message, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(limiter: &Limiter, operation: Operation, times: impl Iterator<Item = u64>) -> usize {
        times.filter(|&at| limiter.flex(operation, Duration::from_millis(at)).is_ok()).count()
    }

    #[test]
    fn a_burst_of_50_creates_in_a_second_sees_40_refusals() {
        let at_once = Limiter::new(&Limits::Documented);
        assert_eq!(admitted(&at_once, Operation::OpenChannel, [0; 50].into_iter()), 10);
        let spread = Limiter::new(&Limits::Documented);
        assert_eq!(admitted(&spread, Operation::OpenChannel, (0..50).map(|n| 5_000 + n * 20)), 10);
    }

    #[test]
    fn a_client_that_keeps_to_the_limit_is_not_refused_for_a_little_jitter() {
        let limiter = Limiter::new(&Limits::Documented);
        let late = [0, 9, 3, 0, 14, 2, 7];
        let times = (0..200_u64).map(|n| n * 100 + late[n as usize % late.len()]);
        assert_eq!(admitted(&limiter, Operation::OpenChannel, times), 200);
    }

    #[test]
    fn what_is_refused_is_not_counted() {
        let limiter = Limiter::new(&Limits::Documented);
        let refused = admitted(&limiter, Operation::FetchFlow, (0..100).map(|n| n * 9));
        assert_eq!(refused, 2);
        assert!(limiter.flex(Operation::FetchFlow, Duration::from_millis(1_100)).is_ok());
    }

    #[test]
    fn endpoints_do_not_share_a_limit() {
        let limiter = Limiter::new(&Limits::Documented);
        assert_eq!(admitted(&limiter, Operation::OpenChannel, [0; 20].into_iter()), 10);
        assert_eq!(admitted(&limiter, Operation::ListFlexChannels, [0; 20].into_iter()), 5);
        assert_eq!(admitted(&limiter, Operation::SendMessage, [0; 20].into_iter()), 20);
    }

    #[test]
    fn a_channel_takes_30_actions_a_second_averaged_over_5() {
        let limiter = Limiter::new(&Limits::Documented);
        let (one, other) = (ChannelSid::mock(1, 1), ChannelSid::mock(1, 2));
        let act = |channel, at| limiter.channel_action(channel, Duration::from_millis(at)).is_ok();
        assert_eq!((0..200).filter(|_| act(one, 0)).count(), 150);
        assert!(!act(one, 4_500));
        assert!(act(one, 5_000));
        assert!(act(other, 0));
        let steady = (0..3_000_u64).filter(|n| act(other, 10_000 + n * 34)).count();
        assert_eq!(steady, 3_000);
    }

    #[test]
    fn each_limit_has_its_code() {
        let limiter = Limiter::new(
            &serde_json::from_str(
                r#"{"channels_create":"0/s","channel_actions":"0/s","service_actions":"0/m"}"#,
            )
            .unwrap(),
        );
        let codes = [
            limiter.flex(Operation::OpenChannel, Duration::ZERO),
            limiter.channel_action(ChannelSid::mock(1, 1), Duration::ZERO),
            limiter.service_action(ChatServiceSid::mock(1, 1), Duration::ZERO),
        ]
        .map(|refused| refused.map_err(|refused| (refused.status, refused.code)));
        assert_eq!(codes, [Err((429, 45010)), Err((429, 50063)), Err((429, 50074))]);
    }

    #[test]
    fn limits_are_read_as_a_word_or_as_those_that_differ() {
        let read = |json: &str| serde_json::from_str::<Limits>(json).map_err(|error| error.to_string());
        assert_eq!(read("\"documented\""), Ok(Limits::Documented));
        assert_eq!(read("\"off\""), Ok(Limits::Off));
        let custom = read(r#"{"channels_create":"50/s","channel_actions":"off","flows_create":"500/m"}"#);
        let table = custom.unwrap().table();
        assert_eq!(table.channels_create, Some(Rate::a_second(50)));
        assert_eq!(table.channel_actions, None);
        assert_eq!(table.flows_create, Some(Rate { count: 500, per: Duration::from_secs(60) }));
        assert_eq!(table.channels_list, Table::documented().channels_list);
        assert!(read(r#"{"chanels_create":"50/s"}"#).unwrap_err().contains("unknown field"));
        for wrong in ["\"50\"", "\"50/d\"", "50", "\"-1/s\"", "true", "\"1.5/s\""] {
            let error = read(&format!(r#"{{"channels_create":{wrong}}}"#)).unwrap_err();
            assert!(error.contains("50/s"), "{error}");
        }
    }
}
