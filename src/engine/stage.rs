//! The stages of a run, as every worker is told them.

use tokio::sync::watch;
use tokio::time::Instant;

use super::End;

/// Where the run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Agents log in; nobody arrives.
    Setup,
    /// Customers arrive as planned from this moment on.
    Load {
        /// The zero of every offset of the plan.
        start: Instant,
    },
    /// Customers stop. What is in flight counts as unfinished, unless somebody ended the run before its time.
    Over(End),
    /// Agents have wrapped up; workers end.
    Done(End),
}

impl Stage {
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Over(_) | Self::Done(_))
    }

    /// Whether somebody ended the run before its time: nothing that is cut off by that is the target's doing.
    pub(super) fn is_broken_off(self) -> bool {
        matches!(self, Self::Over(end) | Self::Done(end) if end != End::ByItself)
    }
}

/// Waits for the load to begin; `None` when the run is over before.
pub(super) async fn load_begins(stage: &mut watch::Receiver<Stage>) -> Option<Instant> {
    // A sender that is gone means that whoever runs the run is gone: the same as over.
    let begun = stage.wait_for(|stage| *stage != Stage::Setup).await.ok()?;
    match *begun {
        Stage::Load { start } => Some(start),
        Stage::Setup | Stage::Over(_) | Stage::Done(_) => None,
    }
}

/// Waits until customers have to stop.
pub(super) async fn over(stage: &mut watch::Receiver<Stage>) {
    _ = stage.wait_for(|stage| stage.is_over()).await;
}

/// Waits until agents have to stop too.
pub(super) async fn done(stage: &mut watch::Receiver<Stage>) {
    _ = stage.wait_for(|stage| matches!(stage, Stage::Done(_))).await;
}
