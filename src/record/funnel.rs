//! How far customers got in their chat, each counted once however often it does the same again.

/// Something that a chat comes to for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// The customer has a token.
    Token,
    /// Its device is logged in.
    Login,
    /// It has a channel.
    Channel,
    /// An agent is in it.
    Agent,
    /// Its first message was acknowledged.
    FirstMessage,
    /// Its first reply has arrived.
    FirstReply,
}

impl Milestone {
    /// All with their names, in the order of a chat.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Token, "token"),
        (Self::Login, "login"),
        (Self::Channel, "channel"),
        (Self::Agent, "agent"),
        (Self::FirstMessage, "first message"),
        (Self::FirstReply, "first reply"),
    ];
}

/// Some of the milestones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones(u8);

impl Milestones {
    /// Adds one. Whether it is new.
    pub fn insert(&mut self, milestone: Milestone) -> bool {
        let before = self.0;
        self.0 |= 1 << milestone as u8;
        self.0 != before
    }

    /// Whether one is among them.
    pub fn contains(self, milestone: Milestone) -> bool {
        self.0 & (1 << milestone as u8) != 0
    }
}

/// How many customers were to come to each milestone, and how many came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funnel([Passed; Milestone::ALL.len()]);

/// One milestone's customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Those whose journey leads there.
    pub of: u64,
    /// Those who came there.
    pub reached: u64,
}

impl Funnel {
    /// Every milestone in the order of a chat: its name and its customers.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Passed)> {
        Milestone::ALL.into_iter().zip(self.0).map(|((_, name), passed)| (name, passed))
    }

    pub(super) fn expect(&mut self, milestones: Milestones) {
        for ((milestone, _), passed) in Milestone::ALL.into_iter().zip(&mut self.0) {
            passed.of += u64::from(milestones.contains(milestone));
        }
    }

    pub(super) fn reach(&mut self, milestone: Milestone) {
        self.0[milestone as usize].reached += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            sum.of += more.of;
            sum.reached += more.reached;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_milestone_is_new_once_and_those_not_on_the_way_expect_nobody() {
        let mut way = Milestones::default();
        assert!(way.insert(Milestone::Token) && way.insert(Milestone::FirstReply));
        assert!(!way.insert(Milestone::Token));
        let (mut one, mut two) = (Funnel::default(), Funnel::default());
        one.expect(way);
        one.reach(Milestone::Token);
        two.expect(way);
        one.add(&two);
        let seen: Vec<_> = one.iter().filter(|(_, passed)| passed.of > 0).collect();
        assert_eq!(
            seen,
            [("token", Passed { of: 2, reached: 1 }), ("first reply", Passed { of: 2, reached: 0 })]
        );
    }

    #[test]
    fn names_are_in_the_order_of_the_values() {
        for (index, (milestone, _)) in Milestone::ALL.into_iter().enumerate() {
            assert_eq!(milestone as usize, index);
        }
    }
}
