//! A test for each rule of the mock, seen from the client's side.
//!
//! `rules::all` is the list of tests: a rule without a probe is a test that fails. A probe is a plain function that
//! starts a mock, does as a client would, and asserts what the rule says. Its test passes if nothing was asserted in
//! vain *and* the mock counted that it followed the rule. A second test, `broken: <rule>`, runs the same probe while
//! the rule is broken: it passes only if the probe then fails, which shows that it looks at what it claims.
//!
//! To add a rule, add a line `("its.name", its_probe)` to `PROBES` in the file of its area, and the function:
//!
//! ```ignore
//! fn an_unknown_flow_is_refused() {
//!     let api = Api::start(); // no limits; `Api::with(Config { … })` for anything else
//!     api.get("/v1/FlexFlows/FO00000000000000000000000000000000").refuses(404, 20404);
//!     let mut ada = Device::login(&api, "ada"); // a logged-in socket: aim, sync, follow, hears, closed …
//! }
//! ```
//!
//! One probe may serve several rules. None takes more than a second: deadlines and caps are fields of `Config`. Run
//! some by a part of their names: `cargo test -p flexload-mock-server --test rules -- flex.flow`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` in the call reads best")]

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use mock_server::basis::RuleId;
use mock_server::{Config, MockServer, rules};

#[path = "../support/api.rs"]
mod api;
#[path = "../support/device.rs"]
mod device;

mod aim;
mod chat_channel;
mod chat_member;
mod chat_service;
mod configuration;
mod control;
mod conversations;
mod customer;
mod fault;
mod flex_channel;
mod flex_flow;
mod host;
mod invite;
mod keeping;
mod limits;
mod media;
mod push;
mod rest;
mod role;
mod server;
mod session_list;
mod socket;
mod sync;
mod tunnel;
mod web_channel;
mod webhook;

/// A rule's name, and what shows that the mock follows it.
type Probe = (&'static str, fn());

/// All of them, by area.
const AREAS: &[&[Probe]] = &[
    aim::PROBES,
    chat_channel::PROBES,
    chat_member::PROBES,
    chat_service::PROBES,
    configuration::PROBES,
    control::PROBES,
    conversations::PROBES,
    customer::PROBES,
    flex_channel::PROBES,
    flex_flow::PROBES,
    host::PROBES,
    invite::PROBES,
    keeping::PROBES,
    limits::PROBES,
    media::PROBES,
    push::PROBES,
    rest::PROBES,
    role::PROBES,
    server::PROBES,
    session_list::PROBES,
    socket::PROBES,
    sync::PROBES,
    tunnel::PROBES,
    web_channel::PROBES,
    webhook::PROBES,
    fault::http::PROBES,
    fault::message::PROBES,
    fault::open::PROBES,
    fault::push::PROBES,
    fault::socket::PROBES,
];

/// How long a probe of a broken rule waits for what will not come.
const IN_VAIN: Duration = Duration::from_millis(150);

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    panic::set_hook(Box::new(remember));
    libtest_mimic::run(&arguments, trials()).exit();
}

fn trials() -> Vec<Trial> {
    let mut probes: BTreeMap<&str, fn()> = BTreeMap::new();
    let mut trials = Vec::new();
    for (name, probe) in AREAS.iter().flat_map(|area| area.iter()) {
        if probes.insert(name, *probe).is_some() {
            trials.push(failing(name, "two probes for one rule"));
        }
    }
    for rule in rules::all() {
        match probes.remove(rule.id()) {
            None => trials.push(failing(rule.id(), "no probe for it: add one under tests/rules")),
            Some(probe) => {
                trials.push(Trial::test(rule.id(), move || holds(rule, probe)));
                if rules::to_break(rule.id()).is_ok() {
                    trials.push(Trial::test(format!("broken: {}", rule.id()), move || shows(rule, probe)));
                }
            }
        }
    }
    trials.extend(probes.keys().map(|name| failing(name, "a probe for a rule there is not")));
    trials
}

fn failing(name: &str, why: &'static str) -> Trial {
    Trial::test(name, move || Err(why.into()))
}

/// What the rule says is seen, and the mock knows that it followed it.
fn holds(rule: RuleId, probe: fn()) -> Result<(), Failed> {
    let before = rule.count();
    run(probe)?;
    if rule.count() == before {
        return Err("its probe is content, but the mock never followed it".into());
    }
    Ok(())
}

/// Once the rule is broken, its probe is no longer content.
fn shows(rule: RuleId, probe: fn()) -> Result<(), Failed> {
    // A rule is broken in the whole process: in the mocks of the probe, too.
    let breaking = Config { broken: vec![rule], ..Config::default() };
    let _breaks = MockServer::start(breaking).expect("a mock");
    device::be_patient_for(IN_VAIN);
    let (before, outcome) = (rule.count(), run(probe));
    device::be_patient_for(device::PATIENCE);
    match outcome {
        Ok(()) => Err("the rule is broken, and its probe does not see it".into()),
        Err(_) if rule.count() == before => Err("its probe failed before it was the rule's turn".into()),
        Err(_) => Ok(()),
    }
}

/// Runs a probe; if it panics, what it says and where.
fn run(probe: fn()) -> Result<(), String> {
    panic::catch_unwind(AssertUnwindSafe(probe)).map_err(|_| {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *said)
    })
}

/// What the last panic said.
static SAID: Mutex<String> = Mutex::new(String::new());

fn remember(info: &panic::PanicHookInfo<'_>) {
    *SAID.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
}
