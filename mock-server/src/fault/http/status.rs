//! The fault `status`: an operation is refused with a status and a code.

use super::Http;
use crate::basis::{Refused, rules};
use crate::fault::aim::RefusingStatus;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.status", MockOnly("configured"), "an operation is refused because a fault says so";
}

fault! {
    /// An operation is refused though nothing is wrong with it.
    operation Status {
        /// The HTTP status, 400 to 599.
        pub status: RefusingStatus,
        /// Twilio's code; the general one of the status (20503 for 503) if it is not said.
        #[serde(default)]
        pub code: Option<u32>,
        /// Seconds for the header `Retry-After`; without it there is none.
        #[serde(default)]
        pub retry_after: Option<u32>,
    }
}

impl Http for Status {
    fn instead(&self) -> Option<Refused> {
        Some(self.status.refuse(self.code, PLANTED))
    }

    fn retry_after(&self) -> Option<u32> {
        self.retry_after
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
        let refusal = read(r#"{"operation":"open_channel","status":503}"#).unwrap().instead().unwrap();
        assert_eq!((refusal.status, refusal.code, &*refusal.message), (503, 20503, "Service unavailable"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (json, says) in [
            (r#"{"operation":"open_channel","status":200}"#, "400 to 599"),
            (r#"{"operation":"open_chanel","status":503}"#, "unknown variant `open_chanel`"),
            (
                r#"{"operation":"open_channel","status":503,"every":0}"#,
                "`0`, expected a whole number above 0",
            ),
            (
                r#"{"operation":"open_channel","status":503,"every":-1}"#,
                "`-1`, expected a whole number above 0",
            ),
            (r#"{"operation":"open_channel","status":503,"evry":3}"#, "unknown field `evry`"),
            (r#"{"operation":"open_channel","status":503,"probability":2}"#, "from 0 to 1"),
            (r#"{"operation":"open_channel","status":503,"from":3}"#, "`3` has no unit"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
