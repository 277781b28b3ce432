//! Little's law as an identity: what the gauge of open chats adds up to over the run is how long the chats were open.
//!
//! The two are counted apart: the gauge at each change of how many there are, the chats each by its own clock, summed
//! when its customer is done. A chat whose end is missed, or that is counted twice, is in one of them only. When a run ends,
//! so do its chats, so both cover the same stretch.

use std::time::Duration;

/// How much the two may differ, as a share.
const TOLERANCE: f64 = 0.001;
/// How much they may always differ: a chat that a customer leaves for another ends by two readings of the clock, between
/// which a thread may be put to sleep.
const CLOCK: Duration = Duration::from_millis(20);

/// Both sides of the law for the chats of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LittlesLaw {
    /// How many were open, times how long: the area below the gauge.
    pub area: Duration,
    /// How long each was open, summed.
    pub sum: Duration,
}

impl LittlesLaw {
    /// Whether the two agree within 0.1 %.
    pub fn holds(&self) -> bool {
        self.area.abs_diff(self.sum) <= CLOCK.max(self.area.max(self.sum).mul_f64(TOLERANCE))
    }

    /// What it means when they do not.
    pub(super) fn broken(&self) -> Option<String> {
        let Self { area, sum } = self;
        (!self.holds()).then(|| {
            format!(
                "chats were lost or counted twice: open for {:.3} s by the gauge, for {:.3} s by their own clocks",
                area.as_secs_f64(),
                sum.as_secs_f64()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio::time::{Instant, advance};

    use super::*;
    use crate::actor::{Present, Stay};

    const SECOND: Duration = Duration::from_secs(1);

    /// Twenty chats of ten seconds, one each second. `tamper` is given the number of each that ends and the times so
    /// far, its own the last.
    async fn twenty(tamper: fn(u32, &mut Vec<Duration>)) -> (LittlesLaw, Present) {
        let (gauge, mut times, mut open) = (Present::with_area(), Vec::new(), VecDeque::new());
        for second in 0..30 {
            if second < 20 {
                let mut stay = Stay::default();
                stay.begin(Instant::now());
                open.push_back((gauge.enter(), stay));
            }
            advance(SECOND).await;
            if second >= 9
                && let Some((counted, stay)) = open.pop_front()
            {
                times.push(stay.until(Instant::now()));
                tamper(second - 9, &mut times);
                drop(counted);
            }
        }
        (LittlesLaw { area: gauge.area(), sum: times.iter().sum() }, gauge)
    }

    #[tokio::test(start_paused = true)]
    async fn it_holds_where_every_chat_is_counted_once() {
        let (law, _) = twenty(|_, _| ()).await;
        assert_eq!((law.area, law.sum), (200 * SECOND, 200 * SECOND));
        assert!(law.holds() && law.broken().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_end_and_a_second_count_break_it() {
        let lost: fn(u32, &mut Vec<Duration>) =
            |nth, times| times.truncate(times.len() - usize::from(nth == 7));
        let twice: fn(u32, &mut Vec<Duration>) = |nth, times| times.extend((nth == 7).then(|| times[7]));
        for (tamper, sum) in [(lost, 190), (twice, 210)] {
            let (law, _) = twenty(tamper).await;
            assert_eq!(law.sum, sum * SECOND);
            assert!(law.broken().is_some_and(|says| says.contains("200.000 s by the gauge")), "{law:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_gauge_that_never_went_down_breaks_it() {
        let (law, gauge) = twenty(|_, _| ()).await;
        std::mem::forget(gauge.enter());
        advance(SECOND).await;
        assert!(!LittlesLaw { area: gauge.area(), ..law }.holds());
    }

    #[test]
    fn a_thousandth_is_within_and_more_is_not() {
        let of =
            |area, sum| LittlesLaw { area: Duration::from_millis(area), sum: Duration::from_millis(sum) };
        let table =
            [(100_000, 99_900, true), (100_000, 99_890, false), (99_890, 100_000, false), (5, 25, true)];
        for (area, sum, holds) in table {
            assert_eq!(of(area, sum).holds(), holds, "{area} {sum}");
        }
    }
}
