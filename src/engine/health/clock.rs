//! The wall clock against the monotonic one: an administrator, NTP or a virtual machine that slept may set it.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// A look at both clocks that took longer says more of the look than of the clocks.
const LONGEST_LOOK: Duration = Duration::from_micros(500);
/// How often it is tried to be quick enough.
const TRIES: u32 = 3;

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    steady: Instant,
    wall: Duration,
}

impl Clocks {
    /// Looks at both; `None` when something came in between each time.
    pub(super) fn read() -> Option<Self> {
        (0..TRIES).find_map(|_| {
            let steady = Instant::now();
            let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
            (steady.elapsed() <= LONGEST_LOOK).then_some(Self { steady, wall })
        })
    }

    /// How far the wall clock moved against the monotonic one since `before`, in whole milliseconds.
    pub(super) fn step_ms(self, before: Self) -> f64 {
        let steady = self.steady.saturating_duration_since(before.steady).as_secs_f64();
        let wall = self.wall.as_secs_f64() - before.wall.as_secs_f64();
        let step = ((wall - steady) * 1e3).round();
        // Adding zero makes a negative zero a plain one.
        step + 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_what_the_wall_clock_moved_beyond_the_time_that_passed() {
        let steady = Instant::now();
        let clocks = |steady_ms: u64, wall_ms: u64| Clocks {
            steady: steady + Duration::from_millis(steady_ms),
            wall: Duration::from_millis(1_790_000_000_000 + wall_ms),
        };
        let before = clocks(0, 0);
        for (steady_ms, wall_ms, step) in [(1_000, 1_000, 0.0), (1_000, 4_000, 3_000.0), (1_000, 250, -750.0)]
        {
            assert_eq!(clocks(steady_ms, wall_ms).step_ms(before), step);
        }
        assert!(clocks(1_000, 1_000).step_ms(before).is_sign_positive());
    }
}
