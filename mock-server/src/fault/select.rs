//! When a fault strikes: the settings that all faults share, and their counters.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::de::{Deserializer, Unexpected, Visitor};

use super::aim::{Operations, Pattern, Probability};
use super::draw::Draw;
use crate::basis::RuleId;
use crate::operation::{Operation, Via};

/// Which occasions a fault waits for, and which of them it takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Select {
    pub(super) every: NonZeroU32,
    pub(super) first: Option<u32>,
    pub(super) after: u32,
    pub(super) probability: Option<Probability>,
    pub(super) from: Duration,
    pub(super) lasts: Option<Duration>,
    pub(super) operation: Operations,
    pub(super) via: Option<Via>,
    pub(super) channel: Option<Pattern>,
    pub(super) identity: Option<Pattern>,
}

/// Something a fault might strike at.
pub(crate) struct Occasion<'a> {
    /// The time since the faults were planted, by the account's clock.
    pub(crate) at: Duration,
    pub(crate) operation: Option<Operation>,
    pub(crate) via: Option<Via>,
    /// Whether the channel it is about is meant; asked only if somebody wants to know.
    pub(crate) channel: &'a dyn Fn(&Pattern) -> bool,
    /// Whom it is about.
    pub(crate) identity: Option<&'a str>,
}

impl Select {
    /// Why it can never strike, if its settings contradict each other.
    pub(super) fn doubt(&self) -> Option<String> {
        let never = |why: &str| Some(format!("it never strikes: {why}"));
        if self.lasts.is_some_and(|lasts| lasts.is_zero()) {
            return never("`for` is no time at all");
        }
        if self.probability.is_some_and(|share| share.0 == 0.0) {
            return never("`probability` is 0");
        }
        match self.first {
            Some(0) => never("`first` is 0"),
            Some(first) if first < self.every.get() => {
                never(&format!("`first: {first}` is over before `every: {}`", self.every))
            }
            Some(_) | None => self.via.and_then(|via| self.operation.excluded_by(via)),
        }
    }

    /// Whether the fault is aimed at this at all: only then does it count.
    fn is_aimed_at(&self, occasion: &Occasion<'_>) -> bool {
        let within =
            occasion.at >= self.from && self.lasts.is_none_or(|lasts| occasion.at - self.from < lasts);
        within
            && occasion.operation.is_none_or(|operation| self.operation.has(operation))
            && self.via.is_none_or(|via| occasion.via == Some(via))
            && self.identity.as_ref().is_none_or(|who| occasion.identity.is_some_and(|name| who.means(name)))
            && self.channel.as_ref().is_none_or(occasion.channel)
    }

    /// Whether it takes the `nth` of those it is aimed at.
    fn takes(&self, nth: u64, draw: Draw) -> bool {
        let Some(nth) = nth.checked_sub(self.after.into()).filter(|nth| *nth > 0) else { return false };
        self.first.is_none_or(|first| nth <= first.into())
            && nth.is_multiple_of(self.every.get().into())
            && self.probability.is_none_or(|share| draw.unit(0) < share.0)
    }
}

/// What every fault has: the shared settings, and the rule it is.
pub(crate) trait Kind: fmt::Debug + Send + Sync {
    /// The shared settings.
    fn select(&self) -> Select;

    /// The rule that says what a client sees of it.
    fn rule(&self) -> RuleId;
}

/// A fault at work: what it is, what it has seen, what it has done.
#[derive(Debug)]
pub(crate) struct Planting<K: ?Sized> {
    /// Its place in the configuration.
    place: usize,
    seed: u64,
    select: Select,
    seen: AtomicU64,
    planted: AtomicU64,
    pub(crate) kind: Box<K>,
}

/// A fault that strikes now.
#[derive(Debug)]
pub(crate) struct Strike<'a, K: ?Sized> {
    planting: &'a Planting<K>,
    pub(crate) kind: &'a K,
    pub(crate) draw: Draw,
}

impl<K: Kind + ?Sized> Planting<K> {
    pub(super) fn new(place: usize, seed: u64, kind: Box<K>) -> Self {
        let select = kind.select();
        Self { place, seed, select, seen: AtomicU64::new(0), planted: AtomicU64::new(0), kind }
    }

    /// Counts an occasion if the fault is aimed at it. `free` says whether no other fault has taken it: then this
    /// one strikes if it is its turn.
    pub(crate) fn strike(&self, occasion: &Occasion<'_>, free: bool) -> Option<Strike<'_, K>> {
        if !self.select.is_aimed_at(occasion) {
            return None;
        }
        let nth = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let draw = Draw { seed: self.seed, fault: self.place as u64, nth };
        if !(free && self.select.takes(nth, draw) && self.kind.rule().follow()) {
            return None;
        }
        self.planted.fetch_add(1, Ordering::Relaxed);
        Some(Strike { planting: self, kind: &self.kind, draw })
    }

    /// Counts an occasion whatever the time, and says whether it is this one's turn: for what strikes later.
    pub(crate) fn turn(&self, occasion: &Occasion<'_>) -> Option<Draw> {
        let whenever = Occasion { at: self.select.from, ..*occasion };
        if !self.select.is_aimed_at(&whenever) {
            return None;
        }
        let nth = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let draw = Draw { seed: self.seed, fault: self.place as u64, nth };
        self.select.takes(nth, draw).then_some(draw)
    }

    /// What was its turn happens now, unless its rule is broken: counted.
    pub(crate) fn happens(&self) -> bool {
        let happens = self.kind.rule().follow();
        if happens {
            self.count();
        }
        happens
    }

    /// Counts something the fault did that was no occasion of its own.
    pub(crate) fn count(&self) {
        self.planted.fetch_add(1, Ordering::Relaxed);
    }

    /// How much longer its time window lasts, if it is open.
    pub(crate) fn open_for(&self, at: Duration) -> Option<Duration> {
        let end = self.select.lasts.map_or(Duration::MAX, |lasts| self.select.from + lasts);
        (at >= self.select.from).then(|| end.saturating_sub(at)).filter(|left| !left.is_zero())
    }

    /// How long until its time window opens; `None` if that is over at `due`.
    pub(crate) fn opens_in(&self, at: Duration, due: Duration) -> Option<Duration> {
        let due = due.max(self.select.from);
        let end = self.select.lasts.map_or(Duration::MAX, |lasts| self.select.from + lasts);
        (due < end).then(|| due.saturating_sub(at))
    }

    pub(super) fn told(&self) -> Told {
        Told {
            place: self.place,
            seen: self.seen.load(Ordering::Relaxed),
            times: self.planted.load(Ordering::Relaxed),
        }
    }
}

impl<K: ?Sized> Planting<K> {
    /// One strike came to nothing after all.
    pub(crate) fn take_back(&self) {
        self.planted.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<K: ?Sized> Strike<'_, K> {
    /// It came to nothing after all: it is not counted.
    pub(crate) fn take_back(&self) {
        self.planting.take_back();
    }
}

impl<'a, K: ?Sized> Strike<'a, K> {
    pub(crate) const fn planting(&self) -> &'a Planting<K> {
        self.planting
    }
}

/// Has every fault of a list count the occasion; the first whose turn it is strikes.
///
/// That all count it, also when an earlier one strikes, makes `every: 3` mean every third whatever else there is.
pub(crate) fn first<'a, K: Kind + ?Sized>(
    list: &'a [Planting<K>],
    occasion: &Occasion<'_>,
) -> Option<Strike<'a, K>> {
    let mut first = None;
    for planting in list {
        let strike = planting.strike(occasion, first.is_none());
        first = first.or(strike);
    }
    first
}

/// What a fault has to tell of itself.
pub(super) struct Told {
    pub(super) place: usize,
    pub(super) seen: u64,
    pub(super) times: u64,
}

pub(super) const fn each() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// Reads a count that means nothing if it is none, with an error in people's words.
pub(super) fn above_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU32, D::Error> {
    struct Count;

    impl Visitor<'_> for Count {
        type Value = NonZeroU32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number above 0")
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<NonZeroU32, E> {
            let count = u32::try_from(number).ok().and_then(NonZeroU32::new);
            count.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
        }
    }

    deserializer.deserialize_u64(Count)
}

/// Declares what a configuration says of a fault: its own settings and, by what it is aimed at, the shared ones.
///
/// - `operation`: requests, through either door: `operation`, `via`, `channel`
/// - `tunnel`: requests through the socket: `operation`, `channel`
/// - `receiver`: pushes to a device: `channel`, `identity`
/// - `sender`: messages as they are posted: `channel`, `identity`
/// - `channel`: what happens to a channel: `channel`
/// - `device`: sockets: `identity`
/// - `plain`: nothing in particular
/// - `time`: a span of time, whatever happens in it
///
/// The file that declares a fault declares its rule, too, as `PLANTED`.
macro_rules! fault {
    ($(#[$meta:meta])* operation $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @counted [$(#[$meta])*] $name {
            $($own)*
            /// What it is aimed at: an operation or a list of them; every operation if it is not said.
            #[serde(default)]
            pub operation: $crate::fault::aim::Operations,
            /// Only what comes this way: `rest` or `socket`.
            #[serde(default)]
            pub via: Option<$crate::operation::Via>,
            /// Only this channel: its SID, unique name or friendly name; `*` at the end stands for anything.
            #[serde(default)]
            pub channel: Option<$crate::fault::aim::Pattern>,
        } |fault, select| {
            select.operation = fault.operation.clone();
            select.via = fault.via;
            select.channel = fault.channel.clone();
        } }
    };
    ($(#[$meta:meta])* tunnel $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @counted [$(#[$meta])*] $name {
            $($own)*
            /// What it is aimed at: an operation or a list of them; every operation if it is not said.
            #[serde(default)]
            pub operation: $crate::fault::aim::Operations,
            /// Only this channel: its SID, unique name or friendly name; `*` at the end stands for anything.
            #[serde(default)]
            pub channel: Option<$crate::fault::aim::Pattern>,
        } |fault, select| {
            select.operation = fault.operation.clone();
            select.via = Some($crate::operation::Via::Socket);
            select.channel = fault.channel.clone();
        } }
    };
    ($(#[$meta:meta])* receiver $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @named [$(#[$meta])*] $name { $($own)* }
            "Only devices of this identity; `*` at the end stands for anything." }
    };
    ($(#[$meta:meta])* sender $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @named [$(#[$meta])*] $name { $($own)* }
            "Only messages of this author; `*` at the end stands for anything." }
    };
    ($(#[$meta:meta])* channel $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @counted [$(#[$meta])*] $name {
            $($own)*
            /// Only this channel: its SID, unique name or friendly name; `*` at the end stands for anything.
            #[serde(default)]
            pub channel: Option<$crate::fault::aim::Pattern>,
        } |fault, select| { select.channel = fault.channel.clone(); } }
    };
    ($(#[$meta:meta])* device $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @counted [$(#[$meta])*] $name {
            $($own)*
            /// Only devices of this identity; `*` at the end stands for anything.
            #[serde(default)]
            pub identity: Option<$crate::fault::aim::Pattern>,
        } |fault, select| { select.identity = fault.identity.clone(); } }
    };
    ($(#[$meta:meta])* plain $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @counted [$(#[$meta])*] $name { $($own)* } |fault, select| {} }
    };
    ($(#[$meta:meta])* time $name:ident { $($own:tt)* }) => {
        $crate::fault::select::fault! { @timed [$(#[$meta])*] $name { $($own)* } |_fault, _select| {} }
    };
    (@named [$($meta:tt)*] $name:ident { $($own:tt)* } $who:literal) => {
        $crate::fault::select::fault! { @counted [$($meta)*] $name {
            $($own)*
            #[doc = $who]
            #[serde(default)]
            pub identity: Option<$crate::fault::aim::Pattern>,
            /// Only this channel: its SID, unique name or friendly name; `*` at the end stands for anything.
            #[serde(default)]
            pub channel: Option<$crate::fault::aim::Pattern>,
        } |fault, select| {
            select.identity = fault.identity.clone();
            select.channel = fault.channel.clone();
        } }
    };
    (@counted [$($meta:tt)*] $name:ident { $($own:tt)* } |$fault:ident, $select:ident| { $($aim:tt)* }) => {
        $crate::fault::select::fault! { @timed [$($meta)*] $name {
            $($own)*
            /// Strikes each time (1), every second time (2), and so on.
            #[serde(
                default = "crate::fault::select::each",
                deserialize_with = "crate::fault::select::above_zero"
            )]
            pub every: std::num::NonZeroU32,
            /// Only the first so many times.
            #[serde(default)]
            pub first: Option<u32>,
            /// Leaves out the first so many times.
            #[serde(default)]
            pub after: u32,
            /// Strikes with this probability, by the mock's seed.
            #[serde(default)]
            pub probability: Option<$crate::fault::aim::Probability>,
        } |$fault, $select| {
            $select.every = $fault.every;
            $select.first = $fault.first;
            $select.after = $fault.after;
            $select.probability = $fault.probability;
            $($aim)*
        } }
    };
    (@timed [$($meta:tt)*] $name:ident { $($own:tt)* } |$fault:ident, $select:ident| { $($aim:tt)* }) => {
        $($meta)*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, expecting = "a map of the fault's settings, `{}` if there are none")]
        #[schemars(inline)]
        pub struct $name {
            $($own)*
            /// Not before this time after the faults were planted, by the account's clock.
            #[serde(default)]
            pub from: $crate::fault::span::Span,
            /// Only this long.
            #[serde(default, rename = "for")]
            pub lasts: Option<$crate::fault::span::Span>,
            /// A name for its counter.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub label: Option<String>,
        }

        impl $crate::fault::select::Kind for $name {
            fn select(&self) -> $crate::fault::select::Select {
                let $fault = self;
                #[allow(unused_mut, reason = "some faults have nothing more to say")]
                let mut $select = $crate::fault::select::Select {
                    from: self.from.duration(),
                    lasts: self.lasts.map($crate::fault::span::Span::duration),
                    ..$crate::fault::select::Select::default()
                };
                $($aim)*
                $select
            }

            fn rule(&self) -> $crate::basis::RuleId {
                PLANTED
            }
        }
    };
}
pub(crate) use fault;

impl Default for Select {
    fn default() -> Self {
        Self {
            every: each(),
            first: None,
            after: 0,
            probability: None,
            from: Duration::ZERO,
            lasts: None,
            operation: Operations::default(),
            via: None,
            channel: None,
            identity: None,
        }
    }
}
