//! The control API: what a test asks of the mock itself, never of Twilio.
//!
//! It has a port of its own on loopback and a bearer token of its own, so that nothing that talks to the mock as to
//! Twilio can reach it. JSON goes in and comes out. What is refused says what is wrong, where, and what to do next:
//! `{"error": {"what": …, "where": …, "next": …}}`.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | lists these requests, with an example of each body |
//! | `GET /ready` | 200 once the mock accepts connections; needs no token |
//! | `POST /reset` | the account begins anew: as it was at its start, clock, faults and journal included |
//! | `POST /seed` | begins anew with a state: the document of `--state FILE`, as JSON |
//! | `GET /snapshot` | the state as such a document: all but the clock, faults, journal, bytes of media and push bindings |
//! | `POST /snapshot` | begins anew with a state; the same as `/seed` |
//! | `GET /clock` | the time as the account has it, and how far it is ahead |
//! | `POST /clock/advance` | `{"by": "90s"}`: tokens end and windows of rate limits slide at once |
//! | `GET /faults` | the faults in force, and how often each struck |
//! | `PUT /faults` | `[{"status": {…}}]`, in the words of a scenario's `mock: { faults: […] }`: these instead of those there were; also as `{"faults": […]}`, as `GET` answers |
//! | `DELETE /faults` | no faults any more; answers under `removed` what those there were had done |
//! | `GET /counters` | what was planted, what there is, how much was asked |
//! | `GET /rules` | every rule with its basis and how often it was followed in this process |
//! | `GET /journal` | the latest requests, with warnings and what may have been meant |
//! | `POST /verify` | how many requests were like the one described: 200 if as many as expected, else 409 and which came near |
//! | `GET /accounts` | the accounts |
//! | `POST /accounts` | makes an isolated account, and answers with its credentials |
//! | `DELETE /accounts/{sid}` | takes an account away |
//!
//! On the mock's own port there is one thing of the kind: `GET /_mock/ready`, for who waits for the mock to start.
//!
//! Every request but those for accounts, rules and readiness is about one account: `?account=AC…`, else the one the
//! mock began with.

mod accounts;
mod ask;
pub(crate) mod door;
mod faults;
mod glob;
mod journal;
mod look;
mod serve;
mod state;
mod time;
mod verify;
mod word;

pub use door::{Control, token};
pub(crate) use serve::serve;
