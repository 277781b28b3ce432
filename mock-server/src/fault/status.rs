//! The fault `status`: an operation is refused with a status and a code, each time or every so many times.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, de};
use wire::error;

use super::{Fault, Operation, Planted};
use crate::basis::{Refused, rules};

rules! {
    PLANTED = "fault.status", MockOnly("configured"), "an operation is refused because a fault says so";
}

/// What the configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// What is refused.
    pub operation: Operation,
    /// The HTTP status, 400 to 599.
    #[serde(deserialize_with = "refusing_status")]
    pub status: u16,
    /// Twilio's code; the general one of the status (20503 for 503) if it is not said.
    #[serde(default)]
    pub code: Option<u32>,
    /// Strike each time (1), every second time (2), and so on.
    #[serde(default = "each_time")]
    pub every: NonZeroU32,
}

const fn each_time() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn refusing_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    let refuses = (400..=599).contains(&status);
    refuses.then_some(status).ok_or_else(|| {
        de::Error::invalid_value(de::Unexpected::Unsigned(status.into()), &"an HTTP status from 400 to 599")
    })
}

impl Status {
    fn refusal(&self) -> Refused {
        let code = self.code.unwrap_or(20_000 + u32::from(self.status));
        let message = error::title(code).unwrap_or("Refused by a planted fault");
        Refused::new(self.status, code, message, PLANTED)
    }
}

/// The fault and what it has seen and done.
#[derive(Debug)]
pub(super) struct Counted {
    fault: Status,
    seen: AtomicU64,
    planted: AtomicU64,
}

impl Counted {
    pub(super) const fn new(fault: Status) -> Self {
        Self { fault, seen: AtomicU64::new(0), planted: AtomicU64::new(0) }
    }

    /// Counts the operation if it is aimed at, and refuses it if it is its turn and nobody else has.
    pub(super) fn check(&self, operation: Operation, free: bool) -> Option<Refused> {
        if operation != self.fault.operation {
            return None;
        }
        let nth = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let strikes = free && nth.is_multiple_of(self.fault.every.get().into());
        strikes.then(|| {
            self.planted.fetch_add(1, Ordering::Relaxed);
            self.fault.refusal()
        })
    }

    pub(super) fn planted(&self) -> Planted {
        Planted { fault: Fault::Status(self.fault.clone()), times: self.planted.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Status, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_fault_without_a_code_has_the_general_one_of_its_status() {
        let refusal = read(r#"{"operation":"open_channel","status":503}"#).unwrap().refusal();
        assert_eq!((refusal.status, refusal.code, &*refusal.message), (503, 20503, "Service unavailable"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (json, says) in [
            (r#"{"operation":"open_channel","status":200}"#, "400 to 599"),
            (r#"{"operation":"open_chanel","status":503}"#, "unknown variant `open_chanel`"),
            (r#"{"operation":"open_channel","status":503,"every":0}"#, "nonzero"),
            (r#"{"operation":"open_channel","status":503,"evry":3}"#, "unknown field `evry`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
