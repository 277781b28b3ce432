//! What there is: the requests, the counters, the rules; and beginning anew.

use serde::Serialize;
use serde_json::Value;
use wire::sid::AccountSid;

use super::ask::{Answer, Ask, Problem};
use crate::fault::Planted;
use crate::rules as all_rules;

/// `GET /`
pub(super) fn help(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Help {
        requests: Vec<One>,
    }
    #[derive(Serialize)]
    struct One {
        method: &'static str,
        path: &'static str,
        query: Vec<&'static str>,
        does: &'static str,
        /// A body that it takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        example: Option<Value>,
    }
    let requests = ask.endpoints.iter().map(|endpoint| One {
        method: endpoint.method,
        path: endpoint.path,
        query: [&["account"], endpoint.query].concat(),
        does: endpoint.says,
        example: endpoint.example.and_then(|example| serde_json::from_str(example).ok()),
    });
    Ok(Answer::ok(&Help { requests: requests.collect() }))
}

/// `GET /ready`
pub(super) fn ready(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Ready<'a> {
        ready: bool,
        url: &'a str,
    }
    Ok(Answer::ok(&Ready { ready: true, url: ask.mock.url() }))
}

/// `POST /reset`
pub(super) fn reset(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Reset {
        account: AccountSid,
    }
    ask.account.reset();
    Ok(Answer::ok(&Reset { account: ask.account_sid() }))
}

/// `GET /counters`
pub(super) fn counters(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Counted {
        account: AccountSid,
        /// Requests of this account, by REST and through the socket.
        asked: u64,
        planted: Vec<Planted>,
        channels: usize,
        users: usize,
        message_bytes: usize,
        media_bytes: usize,
        mock: Mock,
    }
    #[derive(Serialize)]
    struct Mock {
        accounts: usize,
        accepted: u64,
        turned_away: u64,
        open: usize,
        requests: u64,
    }
    let (room, counters) = (ask.account.room(), ask.mock.counters());
    let population = room.world.population();
    Ok(Answer::ok(&Counted {
        account: ask.account_sid(),
        asked: ask.account.journal().recorded(),
        planted: room.guard.planted(),
        channels: population.channels,
        users: population.users,
        message_bytes: population.message_bytes,
        media_bytes: population.media_bytes,
        mock: Mock {
            accounts: ask.mock.accounts().all().len(),
            accepted: counters.accepted,
            turned_away: counters.turned_away,
            open: counters.open,
            requests: counters.requests,
        },
    }))
}

/// `GET /rules`
pub(super) fn rules(_: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Rules {
        rules: Vec<One>,
    }
    #[derive(Serialize)]
    struct One {
        id: &'static str,
        basis: &'static str,
        source: &'static str,
        says: &'static str,
        count: u64,
        broken: bool,
    }
    let rules = all_rules::counts().into_iter().map(|(id, count)| One {
        id: id.id(),
        basis: id.basis().name(),
        source: id.basis().source(),
        says: id.rule().says,
        count,
        broken: id.is_broken(),
    });
    Ok(Answer::ok(&Rules { rules: rules.collect() }))
}
