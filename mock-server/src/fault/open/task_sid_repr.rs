//! The fault `task_sid_repr`: a Flex Channel's `task_sid` is what Python prints of an object.
//!
//! Seen in 2019 in the answers of creates that named a task.

use serde_json::Value;

use crate::basis::rules;
use crate::fault::plan::Plan;
use crate::fault::select::{Occasion, fault};

rules! {
    PLANTED = "fault.task-sid-repr", MockOnly("configured"), "the answer to a create has the repr of a Python dict for its task_sid";
}

fault! {
    /// The answer to a create has the repr of a Python dict for its `task_sid`.
    plain TaskSidRepr {}
}

impl Plan {
    /// The answer to a create as it goes out where something goes wrong with its `task_sid`.
    pub(crate) fn with_task_repr(&self, answer: &impl serde::Serialize) -> Option<Value> {
        let faults = self.active().filter(|faults| !faults.reprs.is_empty())?;
        let mut answer = serde_json::to_value(answer).ok()?;
        let task = answer.get_mut("task_sid").filter(|task| task.is_string())?;
        let occasion =
            Occasion { at: faults.age(), operation: None, via: None, channel: &|_| false, identity: None };
        crate::fault::select::first(&faults.reprs, &occasion)?;
        let digits = task.as_str().unwrap_or_default().trim_start_matches("WT").to_owned();
        *task = format!("{{u'prefix': u'WT', u'value': u'{digits}'}}").into();
        Some(answer)
    }
}
