//! The order of steps: nothing is done with a connection or a chat that is not there.

use super::super::Journey;
use super::super::settings::Transport;
use super::Findings;
use crate::step::Step;
use crate::value::{Distribution, Span};

/// How far a customer has come, for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Progress {
    token: bool,
    connected: bool,
    /// Was connected once, so that `reconnect` has something to go back to.
    known: bool,
    open: bool,
    sent: bool,
    left: bool,
}

impl Progress {
    /// What is certain whichever of two ways was taken.
    fn either(self, other: Progress) -> Progress {
        Progress {
            token: self.token && other.token,
            connected: self.connected && other.connected,
            known: self.known && other.known,
            open: self.open && other.open,
            sent: self.sent && other.sent,
            left: self.left || other.left,
        }
    }
}

struct Walk<'f, 's> {
    sdk: bool,
    findings: &'f mut Findings<'s>,
}

pub(super) fn check(journey: &Journey, root: &str, agents: bool, findings: &mut Findings<'_>) {
    if journey.steps.is_empty() {
        findings.at_key(
            root,
            "a scenario without steps",
            "a chat is at least `mint_token`, `connect`, `open_channel`",
        );
        return;
    }
    let sdk = journey.transport == Transport::Sdk;
    Walk { sdk, findings }.steps(&journey.steps, root, Progress::default());
    if !agents {
        nobody_answers(journey, root, findings);
    }
}

/// On a real target its own agents may answer; the mock has none.
fn nobody_answers(journey: &Journey, root: &str, findings: &mut Findings<'_>) {
    super::each_step(&journey.steps, root, &mut |step, path| {
        if matches!(step, Step::AwaitReply(_)) {
            findings.warn_key(
                &format!("{path}.{}", step.kind()),
                "`await_reply`, and no simulated agent answers",
                "unless the target's own agents do, add `agents: { count: 1 }`",
            );
        }
    });
}

impl Walk<'_, '_> {
    fn steps(&mut self, steps: &[Step], root: &str, start: Progress) -> Progress {
        let mut progress = start;
        for (index, step) in steps.iter().enumerate() {
            progress = self.step(step, &format!("{root}[{index}]"), progress);
        }
        progress
    }

    fn step(&mut self, step: &Step, path: &str, before: Progress) -> Progress {
        let at = format!("{path}.{}", step.kind());
        self.numbers(step, &at);
        if let Some((message, help)) = self.trouble(step, before) {
            self.findings.at_key(&at, message, help);
        }
        let mut after = before;
        match step {
            Step::MintToken(_) => after.token = true,
            Step::Connect(_) => (after.connected, after.known) = (true, true),
            Step::Reconnect(_) => after.connected = true,
            Step::Disconnect(_) => after.connected = false,
            Step::OpenChannel(_) => after.open = true,
            Step::SendMessage(_) => after.sent = true,
            Step::Leave(_) => after.left = true,
            Step::Repeat(repeat) => return self.repeat(repeat, &at, before),
            Step::OneOf(one_of) => {
                let ends: Vec<Progress> = one_of
                    .0
                    .iter()
                    .enumerate()
                    .map(|(index, branch)| self.steps(&branch.steps, &format!("{at}[{index}].steps"), before))
                    .collect();
                return ends.into_iter().reduce(Progress::either).unwrap_or(before);
            }
            Step::History(_)
            | Step::AwaitReply(_)
            | Step::Typing(_)
            | Step::MarkRead(_)
            | Step::Think(_)
            | Step::Pace(_) => {}
        }
        after
    }

    /// The second round starts where the first ended; what is wrong in both is said once.
    fn repeat(&mut self, repeat: &crate::step::Repeat, at: &str, before: Progress) -> Progress {
        let root = format!("{at}.steps");
        let found = self.findings.found.len();
        let once = self.steps(&repeat.steps, &root, before);
        if repeat.times > 1 && self.findings.found.len() == found {
            self.steps(&repeat.steps, &root, once);
        }
        once
    }

    /// What is missing for the step, and what to do about it.
    fn trouble(&self, step: &Step, before: Progress) -> Option<(String, &'static str)> {
        let kind = step.kind();
        let said = |what: &str, help: &'static str| Some((format!("`{kind}` {what}"), help));
        let is_talk = matches!(
            step,
            Step::SendMessage(_)
                | Step::AwaitReply(_)
                | Step::Typing(_)
                | Step::MarkRead(_)
                | Step::History(_)
                | Step::Leave(_)
        );
        match step {
            Step::Connect(_) | Step::Disconnect(_) | Step::Reconnect(_) | Step::Typing(_) if !self.sdk => {
                return said(
                    "needs a device's own connection",
                    "the backend transport has none: leave it out",
                );
            }
            Step::Connect(_) if !before.token => {
                return said("before `mint_token`", "a device logs in with a token");
            }
            Step::Connect(_) if before.connected => return said("while connected", "`disconnect` first"),
            Step::Disconnect(_) if !before.connected => {
                return said("while not connected", "`connect` first");
            }
            Step::Reconnect(_) if !before.known => {
                return said("before `connect`", "there is nothing to go back to");
            }
            Step::Reconnect(_) if before.connected => return said("while connected", "`disconnect` first"),
            Step::OpenChannel(open) if open.reuse && !before.open => {
                return said(
                    "with `reuse` before any other",
                    "the first one opens the channel that this one meets again",
                );
            }
            Step::OpenChannel(open) if before.open && !open.reuse => {
                return said(
                    "a second time",
                    "a chat has one channel; `reuse: true` repeats the create on purpose",
                );
            }
            _ => {}
        }
        if !is_talk {
            return None;
        }
        if !before.open {
            said("before `open_channel`", "there is no chat yet")
        } else if self.sdk && !before.connected {
            said("while not connected", "the device needs its connection: `connect` or `reconnect` first")
        } else if before.left {
            said("after `leave`", "who has left cannot take part any more")
        } else if matches!(step, Step::AwaitReply(_)) && !before.sent {
            said("before any `send_message`", "an answer needs a question")
        } else {
            None
        }
    }

    /// Numbers that must be above zero, and distributions that contradict themselves.
    fn numbers(&mut self, step: &Step, at: &str) {
        if let Some(options) = step.options()
            && options.timeout.is_zero()
        {
            self.findings.at(&format!("{at}.timeout"), "a time-out of 0s", "write a time above 0");
        }
        match step {
            Step::Think(think) => {
                if let Some(fault) = think.0.fault() {
                    let inner = match think.0 {
                        Distribution::Fixed(_) => "",
                        Distribution::Uniform(_) => ".uniform",
                        Distribution::Exponential(_) => ".exponential",
                        Distribution::Lognormal(_) => ".lognormal",
                    };
                    self.findings.at(&format!("{at}{inner}"), fault, "");
                }
            }
            Step::Pace(pace) if pace.every == Span::ZERO => {
                self.findings.at(&format!("{at}.every"), "a beat of 0s", "write a time above 0");
            }
            Step::AwaitReply(wait) if wait.within == Span::ZERO => {
                self.findings.at(&format!("{at}.within"), "a wait of 0s", "write a time above 0");
            }
            Step::MintToken(mint) if mint.ttl < Span::seconds(1) || mint.ttl > Span::seconds(86_400) => {
                self.findings.at(&format!("{at}.ttl"), "a token lives from 1s to 24h", "");
            }
            Step::History(history) if history.pages == 0 => {
                self.findings.at(&format!("{at}.pages"), "no pages", "write a number above 0");
            }
            Step::Repeat(repeat) if repeat.steps.is_empty() || repeat.times == 0 => {
                let field = if repeat.times == 0 { "times" } else { "steps" };
                self.findings.at(&format!("{at}.{field}"), "a repeat of nothing", "");
            }
            Step::OneOf(one_of) if one_of.0.iter().all(|branch| branch.weight == 0) => {
                self.findings.at(at, "no branch can be taken", "give at least one a weight above 0");
            }
            _ => {}
        }
    }
}
