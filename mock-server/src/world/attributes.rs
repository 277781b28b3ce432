//! How much all attributes hold together. Each may be long and set at any time, so counting what has them is not
//! enough to keep the mock bounded.

use super::World;
use crate::basis::{Refused, rules};

rules! {
    FULL = "chat.attributes.full", MockOnly("a mock must not grow without bound"),
        "when the attributes of all channels, members and users hold as many bytes as they may, more are 503, 20503";
}

/// What attributes cost: the usual ones, which say nothing, are shared or not kept at all.
fn bytes(text: &str) -> usize {
    if text == "{}" { 0 } else { text.len() }
}

impl World {
    /// Something is about to have these attributes, and had none.
    pub(super) fn hold_attributes(&self, text: Option<&str>) -> Result<(), Refused> {
        self.swap_attributes(None, text)
    }

    /// Something is about to have other attributes than before.
    pub(super) fn swap_attributes(&self, old: Option<&str>, new: Option<&str>) -> Result<(), Refused> {
        let (old, new) = (old.map_or(0, bytes), new.map_or(0, bytes));
        if new > old {
            let cap = self.caps().attribute_bytes;
            return self.attribute_bytes.take(new - old, cap, "bytes of attributes", FULL);
        }
        self.attribute_bytes.give_back(old - new);
        Ok(())
    }

    /// Something has these attributes no longer.
    pub(super) fn drop_attributes(&self, text: Option<&str>) {
        self.attribute_bytes.give_back(text.map_or(0, bytes));
    }
}
