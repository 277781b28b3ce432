//! How many agents a peak needs, and how long customers wait for one, before any load: Erlang's formulas.
//!
//! A slot is a chat an agent can hold; an agent has several. Chats arrive at random (Poisson), each occupies a slot for
//! its handle time, exponential with that mean, and who finds none free waits in one queue. *Erlang C* (M/M/n): nobody
//! gives up. *Erlang A* (M/M/n+M): who waits gives up after an exponential time with the mean patience.

use std::time::Duration;

/// What comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Chats a second at the peak.
    pub rate: f64,
    /// How long an agent's slot is taken by each, wrap-up included.
    pub handle: Duration,
    /// Chats an agent holds at once.
    pub chats_each: u32,
    /// How long a customer waits on average before giving up, where that is known.
    pub patience: Option<Duration>,
}

/// What is promised: this share of customers waits no longer than that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Of one.
    pub share: f64,
    /// The wait.
    pub within: Duration,
}

/// What so many agents come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staffed {
    /// How many.
    pub agents: u32,
    /// Chats they hold at once.
    pub slots: u64,
    /// If nobody gives up; `None` where the queue would grow for ever.
    pub patient: Option<Patient>,
    /// If customers give up; `None` where their patience is not known.
    pub impatient: Option<Impatient>,
}

/// Erlang C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patient {
    /// The share of slots that are taken.
    pub occupancy: f64,
    /// The share of customers who wait at all.
    pub waiting: f64,
    /// The mean wait of all customers, in seconds.
    pub mean_wait: f64,
    /// The share of customers who wait no longer than promised.
    pub within: f64,
}

/// Erlang A.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impatient {
    /// The share of slots that are taken.
    pub occupancy: f64,
    /// The share of customers who give up.
    pub abandoned: f64,
    /// The mean wait of all customers, those included who give up, in seconds.
    pub mean_wait: f64,
}

/// Slots beyond which nothing is computed: no contact center is that large.
const MOST_SLOTS: u64 = 10_000_000;

/// Below this, what is left of an endless sum changes no digit that is shown.
const NEGLIGIBLE: f64 = 1e-15;

/// When chances are brought back to a size that can be computed with.
const LARGE: f64 = 1e100;

impl Demand {
    /// Slots that would be taken on average if there were always one free, in erlangs.
    pub fn load(&self) -> f64 {
        self.rate * self.handle.as_secs_f64()
    }

    /// What so many agents come to.
    pub fn with(&self, agents: u32, goal: Goal) -> Staffed {
        let slots = u64::from(agents) * u64::from(self.chats_each);
        self.judged(agents, erlang_b(slots, self.load()), goal)
    }

    /// The fewest agents with whom the goal is met, and what they come to; `None` beyond ten million slots.
    ///
    /// The goal is judged by Erlang C: that customers give up must not be what makes it hold.
    pub fn needed(&self, goal: Goal) -> Option<Staffed> {
        let (load, each) = (self.load(), u64::from(self.chats_each.max(1)));
        let mut blocked = 1.0;
        for slot in 1..=MOST_SLOTS {
            blocked = next_erlang_b(blocked, slot, load);
            if slot % each == 0 {
                let staffed = self.judged(u32::try_from(slot / each).ok()?, blocked, goal);
                if staffed.patient.is_some_and(|patient| patient.within >= goal.share) {
                    return Some(staffed);
                }
            }
        }
        None
    }

    /// `blocked`: Erlang B of the agents' slots.
    fn judged(&self, agents: u32, blocked: f64, goal: Goal) -> Staffed {
        let slots = u64::from(agents) * u64::from(self.chats_each);
        Staffed {
            agents,
            slots,
            patient: self.patient(slots, blocked, goal),
            impatient: self.patience.map(|patience| self.impatient(slots, blocked, patience)),
        }
    }

    fn patient(&self, slots: u64, blocked: f64, goal: Goal) -> Option<Patient> {
        let free = slots as f64 - self.load();
        if free <= 0.0 {
            return None;
        }
        let occupancy = self.load() / slots as f64;
        let waiting = blocked / (1.0 - occupancy * (1.0 - blocked));
        let handle = self.handle.as_secs_f64();
        let late = waiting * (-free * goal.within.as_secs_f64() / handle).exp();
        Some(Patient { occupancy, waiting, mean_wait: waiting * handle / free, within: 1.0 - late })
    }

    fn impatient(&self, slots: u64, blocked: f64, patience: Duration) -> Impatient {
        let (serve, leave) = (slots as f64 / self.handle.as_secs_f64(), 1.0 / patience.as_secs_f64());
        // Chances in units of that of all slots taken and nobody waiting: of fewer taken, and of so many waiting.
        let (mut below, mut here, mut all_waiting, mut queue) = (1.0 / blocked, 1.0_f64, 0.0, 0.0);
        let mut waiting = 0.0;
        while here * (waiting + 1.0) >= NEGLIGIBLE * (queue + 1.0) {
            waiting += 1.0;
            here *= self.rate / (serve + waiting * leave);
            all_waiting += here;
            queue += waiting * here;
            if here > LARGE {
                // Far more come than are served: the unit is too small for the chances.
                (below, here, all_waiting, queue) =
                    (below / LARGE, here / LARGE, all_waiting / LARGE, queue / LARGE);
            }
        }
        let queue = queue / (below + all_waiting);
        let abandoned = leave * queue / self.rate;
        Impatient {
            occupancy: self.load() * (1.0 - abandoned) / slots as f64,
            abandoned,
            mean_wait: queue / self.rate,
        }
    }
}

/// Erlang B: the share of arrivals that find all of `slots` taken, where those go away at once.
fn erlang_b(slots: u64, load: f64) -> f64 {
    (1..=slots.min(MOST_SLOTS)).fold(1.0, |blocked, slot| next_erlang_b(blocked, slot, load))
}

/// Erlang B of one more slot.
fn next_erlang_b(blocked: f64, slot: u64, load: f64) -> f64 {
    load * blocked / (slot as f64 + load * blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(per_hour: f64, handle: u64, chats_each: u32, patience: Option<u64>) -> Demand {
        Demand {
            rate: per_hour / 3600.0,
            handle: Duration::from_secs(handle),
            chats_each,
            patience: patience.map(Duration::from_secs),
        }
    }

    const EIGHTY_IN_TWENTY: Goal = Goal { share: 0.8, within: Duration::from_secs(20) };

    fn near(value: f64, expected: f64, by: f64) {
        assert!((value - expected).abs() <= by, "{value} is not {expected}");
    }

    /// The load that n trunks carry at this blocking, as every printed Erlang B table has it.
    #[test]
    fn blocking_is_that_of_the_published_tables() {
        for (slots, load, blocked) in [
            (1, 0.0101, 0.01),
            (5, 1.361, 0.01),
            (10, 4.461, 0.01),
            (20, 12.03, 0.01),
            (50, 37.90, 0.01),
            (100, 84.06, 0.01),
            (10, 6.216, 0.05),
            (20, 15.25, 0.05),
        ] {
            near(erlang_b(slots, load), blocked, 0.0005 * blocked.max(0.02) / 0.01);
        }
    }

    /// A worked example known from textbooks on call centers: 200 calls an hour of 3 minutes, 80 % within 20 s.
    #[test]
    fn ten_erlangs_need_fourteen_agents_for_80_20() {
        let calls = demand(200.0, 180, 1, None);
        near(calls.load(), 10.0, 1e-9);
        let needed = calls.needed(EIGHTY_IN_TWENTY).unwrap();
        let patient = needed.patient.unwrap();
        assert_eq!((needed.agents, needed.slots), (14, 14));
        near(patient.waiting, 0.174, 0.0005);
        near(patient.within, 0.888, 0.0005);
        near(patient.mean_wait, 7.8, 0.05);
        near(patient.occupancy, 0.714, 0.0005);
        assert!(calls.with(13, EIGHTY_IN_TWENTY).patient.unwrap().within < 0.8);
    }

    /// Mandelbaum and Zeltyn, "The Palm/Erlang-A queue": 50 agents, 48 calls a minute of 1 minute, patience 2 minutes.
    #[test]
    fn patience_changes_the_picture_as_published() {
        let staffed = demand(48.0 * 60.0, 60, 1, Some(120)).with(50, EIGHTY_IN_TWENTY);
        let (patient, impatient) = (staffed.patient.unwrap(), staffed.impatient.unwrap());
        near(patient.mean_wait, 20.8, 0.05);
        near(patient.occupancy, 0.96, 0.0005);
        near(impatient.abandoned, 0.031, 0.0005);
        near(impatient.mean_wait, 3.7, 0.05);
        near(impatient.occupancy, 0.93, 0.0005);
    }

    /// With patience as long as the handle time the chats in the system are Poisson, whatever the agents: who gives up
    /// then is a plain sum.
    #[test]
    fn patience_equal_to_the_handle_time_has_a_closed_form() {
        let (load, slots) = (9.0_f64, 8_u32);
        let staffed = demand(9.0 * 60.0, 60, 1, Some(60)).with(slots, EIGHTY_IN_TWENTY);
        let mut chance = (-load).exp();
        let mut queue = 0.0;
        for count in 0..200_u32 {
            queue += f64::from(count.saturating_sub(slots)) * chance;
            chance *= load / f64::from(count + 1);
        }
        near(staffed.impatient.unwrap().abandoned, queue / load, 1e-9);
        assert_eq!(staffed.patient, None, "9 erlangs on 8 slots: the queue would grow for ever");
    }

    #[test]
    fn where_far_more_come_than_are_served_the_rest_gives_up() {
        let staffed = demand(100_000.0, 600, 1, Some(3_600)).with(100, EIGHTY_IN_TWENTY);
        let served = 100.0 / 600.0 / (100_000.0 / 3_600.0);
        near(staffed.impatient.unwrap().abandoned, 1.0 - served, 1e-6);
    }

    #[test]
    fn slots_not_agents_are_what_customers_wait_for() {
        let chats = demand(1200.0, 480, 3, None).needed(EIGHTY_IN_TWENTY).unwrap();
        let calls = demand(1200.0, 480, 1, None).needed(EIGHTY_IN_TWENTY).unwrap();
        assert_eq!(chats.slots, u64::from(chats.agents) * 3);
        assert_eq!(chats.agents, calls.agents.div_ceil(3));
    }
}
