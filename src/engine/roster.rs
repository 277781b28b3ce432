//! Which customer an arrival is.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::scenario::Exhausted;

/// What an arrival finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// This customer comes.
    Customer(u32),
    /// Every customer has come: nobody arrives any more.
    NobodyLeft,
    /// Every customer is chatting.
    AllBusy,
}

/// The customers of the run, over all workers.
///
/// Where customers do not come twice, the arrival's number *is* the customer's, so who comes when does not
/// depend on how many workers there are.
#[derive(Debug)]
pub(super) struct Roster {
    count: u32,
    chatting: Option<Mutex<HashSet<u32>>>,
}

impl Roster {
    pub(super) fn new(count: u32, exhausted: Exhausted) -> Self {
        let chatting = match exhausted {
            Exhausted::Stop => None,
            Exhausted::Reuse => Some(Mutex::default()),
        };
        Self { count, chatting }
    }

    /// The customer of this arrival.
    pub(super) fn claim(&self, arrival: u64) -> Claim {
        let Some(chatting) = &self.chatting else {
            return match u32::try_from(arrival) {
                Ok(customer) if customer < self.count => Claim::Customer(customer),
                _ => Claim::NobodyLeft,
            };
        };
        let mut chatting = lock(chatting);
        let Ok(first) = u32::try_from(arrival % u64::from(self.count.max(1))) else { return Claim::AllBusy };
        if chatting.len() >= self.count as usize {
            return Claim::AllBusy;
        }
        let free = (first..self.count).chain(0..first).find(|customer| !chatting.contains(customer));
        free.map_or(Claim::AllBusy, |customer| {
            chatting.insert(customer);
            Claim::Customer(customer)
        })
    }

    /// The customer's chat has ended: it may come again.
    pub(super) fn release(&self, customer: u32) {
        if let Some(chatting) = &self.chatting {
            lock(chatting).remove(&customer);
        }
    }
}

fn lock(chatting: &Mutex<HashSet<u32>>) -> MutexGuard<'_, HashSet<u32>> {
    // Each change is one insert or remove, so a panic elsewhere leaves the set whole.
    chatting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_reuse_everybody_comes_once_and_then_nobody() {
        let roster = Roster::new(2, Exhausted::Stop);
        assert_eq!(roster.claim(0), Claim::Customer(0));
        assert_eq!(roster.claim(1), Claim::Customer(1));
        assert_eq!(roster.claim(2), Claim::NobodyLeft);
    }

    #[test]
    fn with_reuse_those_still_chatting_are_skipped() {
        let roster = Roster::new(3, Exhausted::Reuse);
        for arrival in 0..3 {
            assert_eq!(roster.claim(arrival), Claim::Customer(u32::try_from(arrival).unwrap()));
        }
        assert_eq!(roster.claim(3), Claim::AllBusy);
        roster.release(1);
        assert_eq!(roster.claim(3), Claim::Customer(1), "customer 0 is still chatting");
    }
}
