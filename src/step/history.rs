//! `history`: the device reads older messages.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;

use super::options::network_step;

fn one_page() -> u32 {
    1
}

network_step! {
    /// Reads the chat's newest messages, page by page, as the SDK's `getMessages` does.
    pub struct History {
        /// How many pages at most.
        #[serde(default = "one_page")]
        pub pages: u32,
    }
}

impl History {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        customer.history(self.pages, turn.deadline).await
    }
}
