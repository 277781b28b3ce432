//! One step of one customer, measured.

use std::time::Duration;

use tokio::time::Instant;

use super::failure::{Failure, Kind};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was for.
    Ok,
    /// It did not; the times up to here are a lower bound.
    Failed(Failure),
}

impl From<Kind> for Outcome {
    fn from(kind: Kind) -> Self {
        Self::Failed(kind.into())
    }
}

/// The times of one step, none of them optional.
#[derive(Clone, Debug)]
pub struct Sample {
    /// When the plan, the pace or the step before wanted it to begin. Never re-based when late.
    pub due: Instant,
    /// When the customer and its connection were free for it.
    pub free: Instant,
    /// When it began: the first attempt.
    pub began: Instant,
    /// When the last attempt began, waits for a connection of the backend's pool apart; `began` when there was
    /// only one attempt and no wait.
    pub attempt_began: Instant,
    /// When the last byte of what it waits for was there, or when it was given up.
    pub ended: Instant,
    /// How it ended.
    pub outcome: Outcome,
}

impl Sample {
    /// A step of one attempt.
    pub fn new(due: Instant, free: Instant, began: Instant, ended: Instant, outcome: Outcome) -> Self {
        Self { due, free, began, attempt_began: began, ended, outcome }
    }

    /// What the target did: the last attempt's time.
    pub fn service(&self) -> Duration {
        self.ended.saturating_duration_since(self.attempt_began)
    }

    /// What the customer felt, queues and earlier attempts included.
    pub fn response(&self) -> Duration {
        self.ended.saturating_duration_since(self.due)
    }

    /// What the generator added: how long after it could have begun it began.
    pub fn lag(&self) -> Duration {
        self.began.saturating_duration_since(self.due.max(self.free))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_times_are_told_apart() {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let mut sample = Sample::new(at(0), at(40), at(50), at(90), Outcome::Ok);
        assert_eq!(sample.service(), Duration::from_millis(40));
        assert_eq!(sample.response(), Duration::from_millis(90));
        assert_eq!(sample.lag(), Duration::from_millis(10));
        sample.attempt_began = at(80);
        assert_eq!(sample.service(), Duration::from_millis(10), "a retry is timed by its last attempt");
        assert_eq!(sample.response(), Duration::from_millis(90), "but felt from its due time");
        assert_eq!(sample.lag(), Duration::from_millis(10), "and its first attempt is not lag");
    }
}
