//! The closed model's users as intervals.

use std::time::Duration;

use crate::plan::{Change, UserChange};

/// One user: there from one moment to another, starting a chat whenever the one before has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    /// When it begins, from the start of the load.
    pub(super) from: Duration,
    /// When it does not begin again.
    pub(super) until: Duration,
}

/// Who is there when. The last to come is the first to retire, so the first users last longest.
pub(super) fn users(changes: impl IntoIterator<Item = UserChange>, end: Duration) -> Vec<User> {
    let mut users: Vec<User> = Vec::new();
    let mut there = Vec::new();
    for UserChange { at, change, .. } in changes {
        match change {
            Change::Join => {
                there.push(users.len());
                users.push(User { from: at, until: end });
            }
            Change::Retire => {
                if let Some(user) = there.pop().and_then(|user: usize| users.get_mut(user)) {
                    user.until = at;
                }
            }
        }
    }
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_to_come_is_the_first_to_retire() {
        let at = Duration::from_secs;
        let change = |second, change| UserChange { at: at(second), phase: 0, change };
        let changes = [change(0, Change::Join), change(5, Change::Join), change(20, Change::Retire)];
        let expected = [User { from: at(0), until: at(30) }, User { from: at(5), until: at(20) }];
        assert_eq!(users(changes, at(30)), expected);
    }
}
