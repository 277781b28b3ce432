//! What is only counted, over the whole run.

/// A count of the run, warm-up included: deliveries must balance over everything that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Customers whose start was due.
    Due,
    /// Customers that were started.
    Started,
    /// Customers whose iteration ended, however it ended.
    Finished,
    /// Customers that walked through all their steps without an error.
    Completed,
    /// Customers that were started more than a second after they were due.
    LateStarts,
    /// Customers that were due but found no slot free.
    Dropped,
    /// Messages sent, by customers and agents.
    Sent,
    /// Messages the target acknowledged.
    Acknowledged,
    /// Messages seen by every member that was joined at the send, the sender included.
    Pushed,
    /// Customers' messages that an agent answered.
    Replied,
    /// Attempts beyond a step's first.
    Retries,
    /// Connections that were lost and made again.
    Reconnects,
}

impl Counter {
    /// Every counter with the name files give it.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Due, "due"),
        (Self::Started, "started"),
        (Self::Finished, "finished"),
        (Self::Completed, "completed"),
        (Self::LateStarts, "late_starts"),
        (Self::Dropped, "dropped"),
        (Self::Sent, "sent"),
        (Self::Acknowledged, "acknowledged"),
        (Self::Pushed, "pushed"),
        (Self::Replied, "replied"),
        (Self::Retries, "retries"),
        (Self::Reconnects, "reconnects"),
    ];
}

/// A value per [`Counter`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters([u64; Counter::ALL.len()]);

impl Counters {
    /// The value of one.
    pub fn get(&self, counter: Counter) -> u64 {
        self.0[counter as usize]
    }

    /// Adds to one.
    pub fn add(&mut self, counter: Counter, more: u64) {
        self.0[counter as usize] += more;
    }

    /// Adds another's values.
    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_names_is_in_the_order_of_the_values() {
        for (index, (counter, _)) in Counter::ALL.into_iter().enumerate() {
            assert_eq!(counter as usize, index);
        }
    }
}
