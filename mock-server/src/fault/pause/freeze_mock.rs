//! The fault `freeze_mock`: for a span of time nothing is answered or pushed; then all goes on.
//!
//! Requests are taken and done meanwhile, as by a machine whose network stands still.

use std::time::Duration;

use tokio::time::sleep;

use crate::basis::rules;
use crate::fault::plan::{Faults, Plan};
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.freeze-mock", MockOnly("configured"), "for a span of time nothing is answered or pushed, then all goes on";
}

fault! {
    /// For a span of time nothing is answered or pushed; then all goes on. It counts what it held back.
    time FreezeMock {}
}

/// The longest wait before looking again: the account's clock may have been put ahead.
const LOOK: Duration = Duration::from_millis(50);

impl Faults {
    /// How much longer everything stands still, as far as that can be said now. Counts what is `held` by it.
    pub(crate) fn standstill(&self, held: bool) -> Option<Duration> {
        if self.pauses.is_empty() {
            return None;
        }
        let age = self.age();
        let open = |pause: &crate::fault::select::Planting<FreezeMock>| {
            let left = pause.open_for(age)?;
            if held && !pause.happens() {
                return None;
            }
            Some(left.min(LOOK))
        };
        self.pauses.iter().find_map(open)
    }
}

impl Plan {
    /// Waits as long as everything stands still.
    pub(crate) async fn thaw(&self) {
        let mut held = true;
        while let Some(left) = self.active().and_then(|faults| faults.standstill(held)) {
            held = false;
            sleep(left).await;
        }
    }
}
