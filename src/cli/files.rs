//! Open files: each connection is one, and the usual soft limit of 1,024 is no load test.

use rlimit::Resource;

/// Raises the soft limit as far as the hard one allows and returns what this process may open now.
/// `None` when the system would not say.
pub fn raise_limit() -> Option<u64> {
    let raised = rlimit::increase_nofile_limit(u64::MAX).ok();
    // A refusal to raise still leaves a limit to plan with.
    raised.or_else(|| Resource::NOFILE.get_soft().ok())
}
