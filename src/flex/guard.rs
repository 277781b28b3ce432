//! What keeps a run from harming an account: who it is, whether it is meant, and how much may be done to it.
//!
//! Local targets need none of it. Accounts are compared, not host names.

use std::fmt;
use std::time::Duration;

use wire::flow::{FlexFlow, IntegrationType};

use super::budget::Budget;
use super::target::{Target, on_loopback};

/// Why a run may not start. Exit code 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// What the plan says a run will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Chat channels opened.
    pub channels: u64,
    /// Messages sent, the agents' too.
    pub messages: u64,
    /// From the first arrival to the end of the drain.
    pub duration: Duration,
}

/// A run that asks to be let through.
#[derive(Clone, Copy)]
pub struct Guard<'a> {
    /// Where it would go.
    pub target: &'a Target,
    /// What it would do.
    pub planned: Planned,
    /// What `--budget` says.
    pub budget: Option<Budget>,
    /// What `--confirm` says.
    pub confirm: Option<&'a str>,
}

impl Guard<'_> {
    /// All that can be said without asking the target. Comes first: nothing is sent to a target that is not allowed.
    ///
    /// # Errors
    ///
    /// Mock and real mixed up, no budget, or a plan beyond it.
    pub fn before_asking(&self) -> Result<(), Refusal> {
        not_mixed_up(self.target)?;
        if self.target.is_local() {
            return Ok(());
        }
        let Some(budget) = self.allowed() else {
            return Err(Refusal(format!(
                "target `{}` is a real account and has no budget\n  this run plans {}; allow it with --budget {} \
                 or a `budget` in the target file",
                self.target.name,
                self.planned,
                self.planned.as_budget()
            )));
        };
        self.within(&budget)
    }

    /// What is left to say once the target has told its flow.
    ///
    /// # Errors
    ///
    /// Another account answered, or `--confirm` does not repeat this one's last four characters.
    pub fn after_asking(&self, flow: &FlexFlow) -> Result<(), Refusal> {
        same_account(self.target, flow)?;
        if self.target.is_local() {
            return Ok(());
        }
        let last4 = self.target.last4();
        match self.confirm {
            Some(given) if given.eq_ignore_ascii_case(&last4) => Ok(()),
            Some(given) => Err(Refusal(format!(
                "--confirm {given} is not the end of {}, the account of target `{}`\n{}",
                self.target.account_sid,
                self.target.name,
                self.picture(flow)
            ))),
            None => Err(Refusal(format!(
                "this is a real account, and nobody confirmed it\n{}",
                self.picture(flow)
            ))),
        }
    }

    /// The budget that holds: of the target file's and the flag's, the tighter.
    pub fn allowed(&self) -> Option<Budget> {
        match (self.target.budget, self.budget) {
            (Some(a), Some(b)) => Some(Budget {
                channels: a.channels.min(b.channels),
                messages: a.messages.min(b.messages),
                duration: a.duration.min(b.duration),
            }),
            (one, other) => one.or(other),
        }
    }

    fn within(&self, budget: &Budget) -> Result<(), Refusal> {
        let planned = &self.planned;
        let mut beyond = Vec::new();
        if planned.channels > budget.channels {
            beyond.push(format!("{} channels, {} allowed", planned.channels, budget.channels));
        }
        if planned.messages > budget.messages {
            beyond.push(format!("{} messages, {} allowed", planned.messages, budget.messages));
        }
        if planned.duration > budget.duration {
            beyond.push(format!("{} s, {} s allowed", seconds(planned.duration), budget.duration.as_secs()));
        }
        if beyond.is_empty() {
            return Ok(());
        }
        Err(Refusal(format!(
            "the plan is beyond the budget of target `{}`: {}\n  make the scenario smaller, or allow more \
             (the tighter of the target file's budget and --budget holds)",
            self.target.name,
            beyond.join("; ")
        )))
    }

    /// What would happen to whom, for whoever has to confirm it.
    fn picture(&self, flow: &FlexFlow) -> String {
        let target = self.target;
        let budget = self.allowed().map_or_else(|| "none".to_owned(), |budget| budget.to_string());
        format!(
            "  account {} (target `{}`, {})\n  flow    {} {}: {}\n  plan    {}\n  budget  {budget}\n  to go ahead: --confirm {}",
            target.account_sid,
            target.name,
            target.endpoints.flex_api.host_str().unwrap_or_default(),
            flow.sid,
            flow.friendly_name.as_deref().map(|name| format!("\"{name}\"")).unwrap_or_default(),
            who_is_rung(flow),
            self.planned,
            target.last4(),
        )
    }
}

impl Planned {
    fn as_budget(&self) -> String {
        let Self { channels, messages, duration } = self;
        format!("channels={channels},messages={messages},duration={}s", seconds(*duration))
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, messages, duration } = self;
        write!(f, "{channels} channels and {messages} messages within {} s", seconds(*duration))
    }
}

/// Whole seconds, rounded up: a budget of this many holds the span.
fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

/// Refuses enough open files later in the middle of a run: it is said now, with the number.
///
/// # Errors
///
/// When the plan needs more files than this process may open.
pub fn enough_files(needed: u64, allowed: u64, embedded: bool) -> Result<(), Refusal> {
    if needed <= allowed {
        return Ok(());
    }
    let apart = if embedded {
        "\n  an embedded mock holds the other end of each connection too; as a process of its own it halves that:\n  \
         flexload mock --targets-file > flexload.yaml &  flexload run --target mock …"
    } else {
        ""
    };
    Err(Refusal(format!(
        "the plan needs {needed} open files, and this process may open {allowed}\n  raise the hard limit: \
         `ulimit -Hn {needed}` as root, LimitNOFILE={needed} for systemd, --ulimit nofile={needed} for docker{apart}"
    )))
}

/// What is found by name alone and deleted needs the same word as a run: on a real account, its last four.
///
/// # Errors
///
/// When it was not given, or is another's.
pub fn confirmed(target: &Target, confirm: Option<&str>) -> Result<(), Refusal> {
    let last4 = target.last4();
    if target.is_local() || confirm.is_some_and(|given| given.eq_ignore_ascii_case(&last4)) {
        return Ok(());
    }
    Err(Refusal(format!(
        "this would delete by name, without the run's own list, on the real account {}\n  to go ahead: --confirm {last4}",
        target.account_sid
    )))
}

/// The mock's SIDs belong to a mock on this machine, and to nothing else.
///
/// # Errors
///
/// Some SIDs are the mock's and some are not, or the mock's are used elsewhere.
pub fn not_mixed_up(target: &Target) -> Result<(), Refusal> {
    let (mock, real): (Vec<_>, Vec<_>) = target.sids().partition(|(_, mock)| *mock);
    let names = |sids: &[(&str, bool)]| sids.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if !mock.is_empty() && !real.is_empty() {
        return Err(Refusal(format!(
            "target `{}` mixes SIDs of the mock ({}) with others ({})",
            target.name,
            names(&mock),
            names(&real)
        )));
    }
    match target.endpoints.all().into_iter().find(|url| !on_loopback(url)) {
        Some(url) if !mock.is_empty() => Err(Refusal(format!(
            "target `{}` has the mock's SIDs, but {url} is not this machine\n  the mock's credentials are public \
             and no account's; give the target its own",
            target.name
        ))),
        _ => Ok(()),
    }
}

/// Whoever answers has to be the account that was meant.
///
/// # Errors
///
/// When it is another.
pub fn same_account(target: &Target, flow: &FlexFlow) -> Result<(), Refusal> {
    if flow.account_sid == target.account_sid {
        return Ok(());
    }
    let mock = if flow.account_sid.is_mock() { ", a mock's," } else { "" };
    Err(Refusal(format!(
        "target `{}` is meant to be {}, but {}{mock} answers at {}",
        target.name, target.account_sid, flow.account_sid, target.endpoints.flex_api
    )))
}

/// What a new channel on this flow sets in motion.
fn who_is_rung(flow: &FlexFlow) -> String {
    let integration = flow.integration.clone().unwrap_or_default();
    match flow.integration_type {
        Some(IntegrationType::Task) => format!(
            "each channel makes a task {}in workflow {} of workspace {}, and the agents it routes to are rung",
            if integration.creation_on_message == Some(true) {
                "with its first message, "
            } else {
                "at once, "
            },
            or_unnamed(integration.workflow_sid),
            or_unnamed(integration.workspace_sid),
        ),
        Some(IntegrationType::Studio) | None => {
            format!("each chat runs Studio flow {}, which may ring agents", or_unnamed(integration.flow_sid))
        }
        Some(IntegrationType::External) => format!(
            "each message is sent to {}, which may ring agents",
            integration.url.as_deref().unwrap_or("(no address)")
        ),
    }
}

fn or_unnamed(sid: Option<impl fmt::Display>) -> String {
    sid.map_or_else(|| "(unnamed)".to_owned(), |sid| sid.to_string())
}

#[cfg(test)]
mod tests {
    use wire::sid::{AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid};

    use super::*;
    use crate::flex::fake;
    use crate::flex::target::{Endpoints, Login};

    const PLANNED: Planned =
        Planned { channels: 500, messages: 3000, duration: Duration::from_millis(90_500) };

    fn local() -> Target {
        fake::target(&"http://127.0.0.1:8765".parse().expect("a URL"))
    }

    fn real() -> Target {
        let mut target = local();
        target.endpoints = Endpoints::of_twilio(None).expect("endpoints");
        target.account_sid = AccountSid::from_bytes([0xbe; 16]);
        target.chat_service_sid = ChatServiceSid::from_bytes([1; 16]);
        target.flex_flow_sid = FlexFlowSid::from_bytes([2; 16]);
        if let Login::ApiKey(key) = &mut target.login {
            key.sid = ApiKeySid::from_bytes([3; 16]);
        }
        target
    }

    fn flow_of(target: &Target, kind: &str) -> FlexFlow {
        let mut flow: FlexFlow = serde_json::from_str(&fake::flow(kind)).expect("a flow");
        flow.account_sid = target.account_sid;
        flow
    }

    fn guard<'a>(target: &'a Target, budget: Option<&str>, confirm: Option<&'a str>) -> Guard<'a> {
        let budget = budget.map(|text| text.parse().expect("a budget"));
        Guard { target, planned: PLANNED, budget, confirm }
    }

    #[test]
    fn a_local_mock_is_free() {
        let target = local();
        let guard = guard(&target, None, None);
        assert_eq!(guard.before_asking(), Ok(()));
        assert_eq!(guard.after_asking(&flow_of(&target, "task")), Ok(()));
    }

    #[test]
    fn a_real_account_needs_a_budget_that_holds_the_plan() {
        let target = real();
        let refusal = guard(&target, None, None).before_asking().expect_err("no budget").to_string();
        assert!(refusal.contains("--budget channels=500,messages=3000,duration=91s"), "{refusal}");
        let enough = Some("channels=500,messages=3000,duration=91s");
        assert_eq!(guard(&target, enough, None).before_asking(), Ok(()));
        let refusal = guard(&target, Some("channels=499,messages=9999,duration=90s"), None).before_asking();
        let refusal = refusal.expect_err("beyond").to_string();
        assert!(refusal.contains("500 channels, 499 allowed; 91 s, 90 s allowed"), "{refusal}");
    }

    #[test]
    fn a_flag_cannot_widen_the_files_budget() {
        let mut target = real();
        target.budget = "channels=5,messages=9999,duration=1h".parse().ok();
        let refusal = guard(&target, Some("channels=9999,messages=9999,duration=2h"), None).before_asking();
        assert!(refusal.expect_err("beyond").to_string().contains("500 channels, 5 allowed"));
    }

    #[test]
    fn a_real_account_is_confirmed_by_its_last_four_and_the_refusal_says_who_is_rung() {
        let target = real();
        let flow = flow_of(&target, "task");
        assert_eq!(guard(&target, None, Some("BEBE")).after_asking(&flow), Ok(()));
        for confirm in [None, Some("beef")] {
            let refusal =
                guard(&target, None, confirm).after_asking(&flow).expect_err("unconfirmed").to_string();
            for part in
                ["--confirm bebe", "workflow WW", "workspace WS", "500 channels", "flex-api.twilio.com"]
            {
                assert!(refusal.contains(part), "{part}: {refusal}");
            }
        }
    }

    #[test]
    fn whoever_answers_is_the_account_that_was_meant() {
        let target = real();
        let mut flow = flow_of(&target, "studio");
        flow.account_sid = AccountSid::mock(1, 1);
        let refusal =
            guard(&target, None, Some("bebe")).after_asking(&flow).expect_err("another").to_string();
        assert!(refusal.contains("a mock's"), "{refusal}");
    }

    #[test]
    fn mock_and_real_do_not_mix() {
        let mut elsewhere = local();
        elsewhere.endpoints.chat = "https://chat.twilio.com".parse().expect("a URL");
        let refusal = guard(&elsewhere, None, None).before_asking().expect_err("elsewhere").to_string();
        assert!(refusal.contains("https://chat.twilio.com/ is not this machine"), "{refusal}");
        let mut mixed = local();
        mixed.flex_flow_sid = FlexFlowSid::from_bytes([2; 16]);
        let refusal = guard(&mixed, None, None).before_asking().expect_err("mixed").to_string();
        assert!(refusal.contains("others (flex_flow_sid)"), "{refusal}");
    }

    #[test]
    fn a_relay_on_loopback_counts_as_real() {
        let mut relay = real();
        relay.endpoints = local().endpoints;
        assert!(guard(&relay, None, None).before_asking().is_err());
    }

    #[test]
    fn too_few_files_are_said_with_the_number() {
        assert_eq!(enough_files(1000, 1024, true), Ok(()));
        let refusal = enough_files(20_100, 1024, true).expect_err("too few").to_string();
        assert!(refusal.contains("20100") && refusal.contains("flexload mock"), "{refusal}");
        assert!(
            !enough_files(20_100, 1024, false).expect_err("too few").to_string().contains("flexload mock")
        );
    }
}
