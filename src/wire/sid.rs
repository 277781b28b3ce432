//! Twilio's identifiers: two letters that say what it is, then 32 hex digits.
//!
//! A [`Sid<K>`] carries its kind in its type, so a channel can never be passed where a Flex Flow is meant,
//! and sixteen bytes in memory, so a million of them are cheap. Upper- and lower-case digits are read, lower
//! case is written, as Twilio does.

use std::{
    fmt,
    hash::Hash,
    marker::PhantomData,
    ops::Deref,
    str::{self, FromStr},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Length of every SID in characters: prefix and digits.
pub const LENGTH: usize = 34;

/// The first two bytes of every SID made by [`Sid::mock`]: no real object is expected to carry them, so
/// clean-up and safety checks can tell a mock's object from a real one.
const MOCK_MARK: [u8; 2] = [0xf1, 0xe0];

/// What a SID identifies.
pub trait Kind: Copy + Eq + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// The two letters in front.
    const PREFIX: &'static str;
    /// What it is, with its article: `a Flex Flow`.
    const NAME: &'static str;
}

/// The identifier of a `K`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid<K>([u8; 16], PhantomData<K>);

macro_rules! kinds {
    ($($kind:ident, $alias:ident, $prefix:literal, $name:literal;)*) => {
        $(
            #[doc = concat!("Marks the SID of ", $name, ".")]
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
            pub enum $kind {}

            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NAME: &'static str = $name;
            }

            #[doc = concat!("The SID of ", $name, " (`", $prefix, "…`).")]
            pub type $alias = Sid<$kind>;
        )*

        /// The prefixes this crate has a type for.
        const TYPED_PREFIXES: &[(&str, &str)] = &[$(($prefix, $name)),*];
    };
}

kinds! {
    Account, AccountSid, "AC", "an account";
    ApiKey, ApiKeySid, "SK", "an API key";
    ChatService, ChatServiceSid, "IS", "a Chat service";
    Channel, ChannelSid, "CH", "a channel";
    Message, MessageSid, "IM", "a message";
    Member, MemberSid, "MB", "a member";
    User, UserSid, "US", "a user";
    Role, RoleSid, "RL", "a role";
    Invite, InviteSid, "IN", "an invite";
    Webhook, WebhookSid, "WH", "a channel webhook";
    FlexFlow, FlexFlowSid, "FO", "a Flex Flow";
    Task, TaskSid, "WT", "a task";
    Workspace, WorkspaceSid, "WS", "a workspace";
    Workflow, WorkflowSid, "WW", "a workflow";
    StudioFlow, StudioFlowSid, "FW", "a Studio Flow";
    MessagingService, MessagingServiceSid, "MG", "a messaging service";
    Request, RequestSid, "RQ", "a request";
    Document, DocumentSid, "ET", "a Sync document";
    List, ListSid, "ES", "a Sync list";
    Map, MapSid, "MP", "a Sync map";
    Binding, BindingSid, "BS", "a binding";
    Credential, CredentialSid, "CR", "a push credential";
    FlexInstance, FlexInstanceSid, "GO", "a Flex instance";
    Activity, ActivitySid, "WA", "an activity";
    TaskQueue, TaskQueueSid, "WQ", "a task queue";
    MediaFile, MediaSid, "ME", "a media file";
}

/// Prefixes this crate has no type for, known so that a mix-up can be named.
const OTHER_PREFIXES: &[(&str, &str)] = &[
    ("AE", "a monitor event"),
    ("CA", "a call"),
    ("DY", "a delivery receipt"),
    ("EV", "a TaskRouter event"),
    ("FC", "a Studio contact"),
    ("FJ", "a Flex plugin configuration"),
    ("FK", "a Flex plugin release"),
    ("FN", "a Studio execution"),
    ("FP", "a Flex plugin"),
    ("FT", "a Studio step"),
    ("FV", "a Flex plugin version"),
    ("HQ", "an interaction context"),
    ("IG", "an address configuration"),
    ("KC", "a Proxy session"),
    ("KD", "a Flex interaction"),
    ("KG", "an interaction invite"),
    ("KI", "a Proxy interaction"),
    ("KP", "a Proxy participant"),
    ("KS", "a Proxy service"),
    ("NO", "a monitor alert"),
    ("PN", "a phone number"),
    ("TC", "a task channel"),
    ("UO", "an interaction channel"),
    ("UT", "an interaction participant"),
    ("UX", "an interaction transfer"),
    ("WC", "a worker channel"),
    ("WK", "a worker"),
    ("WR", "a reservation"),
    ("ZS", "a serverless service"),
];

/// What the first two letters of `text` stand for, with its article (`a Studio Flow`), if Twilio uses them.
pub fn prefix_of(text: &str) -> Option<&'static str> {
    let prefix = text.get(..2)?;
    TYPED_PREFIXES.iter().chain(OTHER_PREFIXES).find(|(known, _)| *known == prefix).map(|(_, name)| *name)
}

impl<K: Kind> Sid<K> {
    /// The SID whose digits are these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes, PhantomData)
    }

    /// The bytes behind the digits.
    pub const fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// The `n`th SID of its kind in the mock with this seed: the same on every run, never the same for two
    /// different `n`, and recognisable by [`is_mock`](Self::is_mock).
    pub fn mock(seed: u64, n: u64) -> Self {
        let prefix = K::PREFIX.bytes().fold(0, |all, byte| all << 8 | u64::from(byte));
        let stream = mix(mix(seed) ^ prefix);
        let mut bytes = [0; 16];
        let (mark, rest) = bytes.split_at_mut(2);
        let (high, low) = rest.split_at_mut(6);
        mark.copy_from_slice(&MOCK_MARK);
        high.copy_from_slice(&mix(stream ^ !n).to_be_bytes()[..6]);
        // `mix` is a bijection, so the last eight bytes alone keep all `n` of one stream apart.
        low.copy_from_slice(&mix(stream ^ n).to_be_bytes());
        Self::from_bytes(bytes)
    }

    /// Whether a mock made it.
    pub fn is_mock(&self) -> bool {
        self.0.starts_with(&MOCK_MARK)
    }

    /// Its 34 characters, on the stack.
    pub fn text(&self) -> SidText {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; LENGTH];
        text[..2].copy_from_slice(K::PREFIX.as_bytes());
        for (pair, byte) in text[2..].chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        SidText(text)
    }
}

/// The finalizer of splitmix64: spreads neighbours far apart, and is a bijection.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A SID as text without an allocation; dereferences to `str`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SidText([u8; LENGTH]);

impl Deref for SidText {
    type Target = str;

    fn deref(&self) -> &str {
        // Always ASCII by construction; the default is never taken.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl AsRef<str> for SidText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Display for SidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for SidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl<K: Kind> fmt::Display for Sid<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl<K: Kind> fmt::Debug for Sid<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl<K: Kind> FromStr for Sid<K> {
    type Err = SidError;

    fn from_str(text: &str) -> Result<Self, SidError> {
        parse::<K>(text.as_bytes()).map(Self::from_bytes).ok_or_else(|| SidError {
            prefix: K::PREFIX,
            name: K::NAME,
            seen: Seen::of::<K>(text),
        })
    }
}

fn parse<K: Kind>(text: &[u8]) -> Option<[u8; 16]> {
    let digits = text.strip_prefix(K::PREFIX.as_bytes())?;
    if digits.len() != LENGTH - 2 {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

/// Some text was not the SID it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SidError {
    prefix: &'static str,
    name: &'static str,
    seen: Seen,
}

/// What stood there instead. Never the whole text: it may be a secret in the wrong field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    OtherKind { prefix: String, name: &'static str },
    WrongLength { characters: usize },
    NotHex { character: char, position: usize },
    NoSid { characters: usize },
}

impl Seen {
    fn of<K: Kind>(text: &str) -> Self {
        let characters = text.chars().count();
        if text.is_empty() {
            return Self::Nothing;
        }
        if !text.starts_with(K::PREFIX) {
            // Only a whole SID is named after its prefix: other text may begin with two such letters by chance.
            let other = if text.len() == LENGTH { prefix_of(text) } else { None };
            return match (other, text.get(..2)) {
                (Some(name), Some(prefix)) => Self::OtherKind { prefix: prefix.to_owned(), name },
                _ => Self::NoSid { characters },
            };
        }
        let odd = text.chars().enumerate().skip(2).find(|(_, character)| !character.is_ascii_hexdigit());
        match odd {
            Some((position, character)) => Self::NotHex { character, position: position + 1 },
            None => Self::WrongLength { characters },
        }
    }
}

impl fmt::Display for SidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, name, seen } = self;
        write!(f, "expected the SID of {name} ({prefix} and 32 hex digits), got ")?;
        match seen {
            Seen::Nothing => write!(f, "nothing"),
            Seen::OtherKind { prefix, name } => write!(f, "the SID of {name} ({prefix}…)"),
            Seen::WrongLength { characters } => {
                write!(f, "{} digits after {prefix}", characters - prefix.len())
            }
            Seen::NotHex { character, position } => write!(f, "{character:?} as character {position}"),
            Seen::NoSid { characters } => {
                write!(f, "{characters} characters that do not begin with {prefix}")
            }
        }
    }
}

impl std::error::Error for SidError {}

impl<K: Kind> Serialize for Sid<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de, K: Kind> Deserialize<'de> for Sid<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<K>(PhantomData<K>);

        impl<K: Kind> de::Visitor<'_> for Visitor<K> {
            type Value = Sid<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "the SID of {} ({} and 32 hex digits)", K::NAME, K::PREFIX)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sid<K>, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error<K: Kind>(text: &str) -> String {
        text.parse::<Sid<K>>().unwrap_err().to_string()
    }

    #[test]
    fn upper_case_is_read_and_lower_case_written() {
        let sid: FlexFlowSid = "FO0123456789ABCDEFabcdef0123456789".parse().unwrap();
        assert_eq!(sid.to_string(), "FO0123456789abcdefabcdef0123456789");
        assert_eq!(format!("{sid:?}"), sid.to_string());
    }

    #[test]
    fn a_mix_up_is_named() {
        assert_eq!(
            error::<FlexFlow>(&StudioFlowSid::mock(1, 1).text()),
            "expected the SID of a Flex Flow (FO and 32 hex digits), got the SID of a Studio Flow (FW…)"
        );
        assert!(error::<Account>("").ends_with("got nothing"));
        assert!(error::<Account>("AC12").ends_with("got 2 digits after AC"));
        assert!(error::<Account>("AC0000000000000000000000000000000x").ends_with("got 'x' as character 34"));
    }

    #[test]
    fn a_secret_in_the_wrong_field_is_not_shown() {
        let seen = error::<Account>("4f1c8d7be2905a36f0e1d2c3b4a59687");
        assert!(seen.ends_with("got 32 characters that do not begin with AC"), "{seen}");
    }

    #[test]
    fn no_two_prefixes_are_the_same() {
        let mut all: Vec<_> = TYPED_PREFIXES.iter().chain(OTHER_PREFIXES).map(|(prefix, _)| prefix).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), TYPED_PREFIXES.len() + OTHER_PREFIXES.len());
        assert_eq!(prefix_of("FO"), Some("a Flex Flow"));
        assert_eq!(prefix_of("WK…"), Some("a worker"));
        assert_eq!(prefix_of("ää"), None);
    }

    #[test]
    fn mock_sids_do_not_change_between_versions() {
        // Written down because reports and recordings name them.
        assert_eq!(ChannelSid::mock(0, 0).to_string(), "CHf1e027fd65610aec9592a79ebb254f1b");
        assert_ne!(ChannelSid::mock(0, 0).bytes(), MessageSid::mock(0, 0).bytes());
        assert_ne!(ChannelSid::mock(0, 0), ChannelSid::mock(1, 0));
    }

    proptest! {
        #[test]
        fn every_sid_comes_back(bytes: [u8; 16]) {
            let sid = ChannelSid::from_bytes(bytes);
            prop_assert_eq!(sid.to_string().parse::<ChannelSid>().unwrap(), sid);
            prop_assert_eq!(sid.to_string().to_uppercase().parse::<ChannelSid>().unwrap(), sid);
            let json = serde_json::to_string(&sid).unwrap();
            prop_assert_eq!(serde_json::from_str::<ChannelSid>(&json).unwrap(), sid);
            prop_assert_eq!(sid.bytes(), bytes);
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".{0,40}") {
            if let Err(error) = text.parse::<ChannelSid>() {
                prop_assert!(!error.to_string().is_empty());
            }
        }

        #[test]
        fn mock_sids_differ(seed: u64, one: u64, other: u64) {
            prop_assume!(one != other);
            let sid = UserSid::mock(seed, one);
            prop_assert!(sid.is_mock());
            prop_assert_ne!(sid, UserSid::mock(seed, other));
        }
    }
}
