//! What a client remembers of a channel: little, because thousands of clients do.

use tokio::time::Instant;
use wire::{
    identity::Identity,
    sid::{ChannelSid, MemberSid},
};

/// Where a client stands in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not (yet, or any more) a member.
    Outside,
    /// Invited: hears of the channel, not of its messages.
    Invited,
    /// A member.
    Joined,
}

impl Standing {
    /// Reads the service's word for it.
    pub(super) fn read(status: &str) -> Self {
        match status {
            "joined" => Self::Joined,
            "invited" => Self::Invited,
            _ => Self::Outside,
        }
    }
}

/// Somebody in a channel.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) sid: MemberSid,
    /// The last event about it.
    pub(super) event: i64,
    pub(super) identity: Identity,
}

/// A channel of the client's.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) sid: ChannelSid,
    pub(super) standing: Standing,
    /// Requests under way before it is complete: document, list, roster, roster's items.
    pub(super) loading: u8,
    /// Whether list and roster were asked for, which is once the document is here.
    pub(super) streams: bool,
    pub(super) private: bool,
    /// Whether [`ChannelJoined`](super::event::Event::ChannelJoined) was reported, or was not to be.
    pub(super) announced: bool,
    /// The last event about this channel in the map of my channels; `None` while the client has not seen
    /// that item.
    pub(super) item: Option<i64>,
    /// `lastConsumedMessageIndex`.
    pub(super) horizon: Option<u32>,
    /// What the attributes were last, as a number.
    pub(super) attributes: u64,
    /// Where the messages' items are, once the list is here.
    pub(super) items: Box<str>,
    pub(super) chain: Chain,
    pub(super) known: Known,
    pub(super) members: Vec<Member>,
    /// The names of list and roster, from the document until they are asked for.
    pub(super) names: Option<Box<(Box<str>, Box<str>)>>,
    pub(super) typed: Option<Instant>,
}

impl Channel {
    pub(super) fn new(sid: ChannelSid) -> Self {
        Self {
            sid,
            standing: Standing::Outside,
            loading: 0,
            streams: false,
            private: true,
            announced: false,
            item: None,
            horizon: None,
            attributes: 0,
            items: Box::default(),
            chain: Chain::default(),
            known: Known::default(),
            members: Vec::new(),
            names: None,
            typed: None,
        }
    }

    /// Joined, and everything asked for has come.
    pub(super) fn is_loaded(&self) -> bool {
        self.loading == 0 && (self.standing != Standing::Joined || self.streams)
    }
}

/// Which messages were reported or fetched: ranges of indices, the lowest first.
///
/// Nearly always one range. Gaps stay where messages were deleted; past 32 ranges the two lowest are
/// joined, for a message that old is not news.
#[derive(Debug, Default)]
pub(super) struct Known(Vec<(u32, u32)>);

impl Known {
    const MOST: usize = 32;

    /// Notes an index. `false`: it was known.
    pub(super) fn insert(&mut self, index: u32) -> bool {
        let place = self.0.partition_point(|(_, last)| *last < index);
        if self.0.get(place).is_some_and(|(first, _)| *first <= index) {
            return false;
        }
        let before = place.checked_sub(1).filter(|i| self.0.get(*i).is_some_and(|r| r.1 + 1 == index));
        let after = self.0.get(place).is_some_and(|range| index.checked_add(1) == Some(range.0));
        match (before, after) {
            (Some(i), true) => {
                let (_, last) = self.0.remove(place);
                self.0[i].1 = last;
            }
            (Some(i), false) => self.0[i].1 = index,
            (None, true) => self.0[place].0 = index,
            (None, false) => self.0.insert(place, (index, index)),
        }
        if self.0.len() > Self::MOST {
            let (first, _) = self.0.remove(0);
            self.0[0].0 = first;
        }
        true
    }
}

/// Which messages the SDK would have in memory, as far as it decides what is fetched.
///
/// The SDK serves `getMessages` from memory as far as an unbroken chain reaches down from the newest
/// message it knows, and knows the newest only since it fetched a page of the end. A message that arrives
/// by itself begins a new chain above the one that was fetched.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    /// The newest message, once a page of the end was fetched.
    end: Option<u32>,
    /// How far down the chain from `end` reaches.
    low: u32,
    /// The chain that was fetched before others arrived: lowest and highest.
    fetched: Option<(u32, u32)>,
    /// The oldest message, once fetched.
    begin: Option<u32>,
}

/// What has to be asked for a page from the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: the newest message is this, and there may be `more` than the page.
    Nothing {
        /// The newest message.
        newest: u32,
        /// Whether older messages than the page's exist.
        more: bool,
    },
    /// So many, from this one (inclusive) or the end downwards.
    Fetch {
        /// Where to begin.
        from: Option<u32>,
        /// How many.
        size: u32,
    },
}

impl Chain {
    /// What is missing for the newest `size` messages.
    pub(super) fn page(&self, size: u32) -> Need {
        let Some(end) = self.end else {
            return Need::Fetch { from: None, size: size.max(10) };
        };
        let held = end.saturating_sub(self.low) + 1;
        if held >= size || self.begin == Some(self.low) {
            let more = held > size || self.begin != Some(self.low);
            return Need::Nothing { newest: end, more };
        }
        Need::Fetch { from: Some(self.low), size: (size - held).max(10) }
    }

    /// A message arrived by itself.
    pub(super) fn arrived(&mut self, index: u32) {
        if let Some(end) = self.end.filter(|end| *end < index) {
            if self.fetched.is_none() {
                self.fetched = Some((self.low, end));
            }
            (self.end, self.low) = (Some(index), index);
        }
    }

    /// A message was deleted. If it was the newest, the SDK looks for the one below; this client forgets
    /// and asks again.
    pub(super) fn removed(&mut self, index: u32) {
        if self.end == Some(index) {
            *self = Self::default();
        }
    }

    /// A page was fetched: its lowest and highest message, whether it began at the end, whether it reached
    /// the beginning.
    pub(super) fn fetched(&mut self, lowest: u32, highest: u32, from_end: bool, to_begin: bool) {
        if to_begin {
            self.begin = Some(self.begin.map_or(lowest, |begin| begin.min(lowest)));
        }
        if from_end && self.end.is_none_or(|end| end <= highest) {
            (self.end, self.low) = (Some(highest), lowest);
        } else if highest >= self.low {
            self.low = self.low.min(lowest);
        } else if let Some((low, high)) = &mut self.fetched {
            // An older page below the fetched chain.
            if highest >= *low && *high >= lowest {
                *low = (*low).min(lowest);
            }
        }
        // The chain may have reached the one fetched before.
        if let Some((low, _)) = self.fetched.filter(|(_, high)| self.low <= *high) {
            self.low = self.low.min(low);
            self.fetched = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_news_once() {
        let mut known = Known::default();
        for index in [5, 6, 9, 8, 7, 0] {
            assert!(known.insert(index), "{index}");
        }
        for index in [0, 5, 6, 7, 8, 9] {
            assert!(!known.insert(index), "{index}");
        }
        assert_eq!(known.0, [(0, 0), (5, 9)]);
        assert!(known.insert(u32::MAX) && !known.insert(u32::MAX));
    }

    #[test]
    fn gaps_do_not_grow_for_ever() {
        let mut known = Known::default();
        for index in (0..1000).step_by(2) {
            assert!(known.insert(index));
        }
        assert_eq!(known.0.len(), Known::MOST);
        assert!(!known.insert(1), "older than all that is told apart");
        assert!(known.insert(997));
    }

    #[test]
    fn reading_an_empty_channel_remembers_nothing() {
        let chain = Chain::default();
        assert_eq!(chain.page(30), Need::Fetch { from: None, size: 30 });
        assert_eq!(chain.page(1), Need::Fetch { from: None, size: 10 }, "the recorded page of ten");
    }

    #[test]
    fn once_the_end_was_fetched_the_newest_message_is_known() {
        let mut chain = Chain::default();
        chain.arrived(0);
        chain.arrived(1);
        assert_eq!(chain.page(1), Need::Fetch { from: None, size: 10 }, "arrivals alone do not tell the end");
        chain.fetched(0, 1, true, true);
        assert_eq!(chain.page(1), Need::Nothing { newest: 1, more: true });
        assert_eq!(chain.page(30), Need::Nothing { newest: 1, more: false });
        chain.arrived(2);
        assert_eq!(chain.page(1), Need::Nothing { newest: 2, more: true });
        assert_eq!(chain.page(30), Need::Fetch { from: Some(2), size: 29 });
        chain.fetched(0, 2, false, true);
        assert_eq!(chain.page(30), Need::Nothing { newest: 2, more: false });
    }

    #[test]
    fn a_page_that_meets_the_chain_below_continues_it() {
        let mut chain = Chain::default();
        chain.fetched(20, 49, true, false);
        for index in 50..52 {
            chain.arrived(index);
        }
        assert_eq!(chain.page(30), Need::Fetch { from: Some(51), size: 29 });
        chain.fetched(42, 51, false, false);
        assert_eq!(chain.page(32), Need::Nothing { newest: 51, more: true });
        assert_eq!(chain.page(40), Need::Fetch { from: Some(20), size: 10 });
        chain.fetched(11, 20, false, false);
        assert_eq!(chain.page(41), Need::Nothing { newest: 51, more: true });
        chain.removed(51);
        assert_eq!(chain.page(1), Need::Fetch { from: None, size: 10 });
    }
}
