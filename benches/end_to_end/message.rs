//! CPU per message sent: the request, its 201, two events, two acknowledgements.

use futures_util::future::try_join_all;

use crate::{
    Fallible,
    bare::Recorded,
    customers::{self, Crowd},
    mock::Mock,
    process::{Role, median, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const OURS: &str = "message-ours";
pub(crate) const BARE: &str = "message-bare";

/// Customers who talk at the same time, each waiting for its own messages: a worker's wake usually serves some.
const CUSTOMERS: usize = 16;
const WARM_UP: usize = 100;
const ROUNDS: usize = 7;
const EACH: usize = 150;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let mock = Mock::start()?;
    mock.open_channels("message-", CUSTOMERS)?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    // In turn, so that a busy minute of the machine does not fall on one of them alone.
    for _ in 0..3 {
        for (role, all) in [(BARE, &mut floor), (OURS, &mut ours)] {
            let mut role = Role::start(role, &[&mock.socket])?;
            for _ in 0..ROUNDS {
                all.push(role.number()?);
            }
        }
    }
    table.add(Row {
        what: "CPU per message sent",
        floor_is: "a bare tokio-tungstenite client exchanging the same six frames",
        unit: Unit::Microseconds,
        ours: median(ours)?,
        floor: Some(median(floor)?),
        reach: Some(Bound::Times(2.0)),
        defect: Some(Bound::Times(4.0)),
    });
    Ok(())
}

pub(crate) fn act(role: &str, arguments: &[String]) -> Fallible<()> {
    let [socket] = arguments else { return Err("message: SOCKET".into()) };
    let crowd = Crowd::new(socket, "message-")?;
    if role == OURS { on_one_thread(ours(&crowd)) } else { on_one_thread(bare(&crowd, socket)) }
}

async fn ours(crowd: &Crowd) -> Fallible<()> {
    let mut devices = try_join_all((0..CUSTOMERS).map(|nth| crowd.log_in(nth))).await?;
    for round in 0..=ROUNDS {
        let before = usage::cpu();
        let talks = devices.iter_mut().map(async |sdk| {
            let channel = customers::channel_of(sdk)?;
            for _ in 0..many(round) {
                customers::say(sdk, channel).await?;
            }
            Fallible::Ok(())
        });
        try_join_all(talks).await?;
        report(round, before);
    }
    Ok(())
}

async fn bare(crowd: &Crowd, socket: &str) -> Fallible<()> {
    let recorded = try_join_all((0..CUSTOMERS).map(async |nth| {
        let (mut customer, _) = Recorded::log_in(crowd, socket, nth).await?;
        let turns = customer.say().await?;
        if turns.len() != 6 {
            return Err(format!("a message took {} frames, not six", turns.len()).into());
        }
        Fallible::Ok((customer.into_bare(), turns))
    }));
    let mut devices = recorded.await?;
    for round in 0..=ROUNDS {
        let before = usage::cpu();
        let talks = devices.iter_mut().map(async |(bare, turns)| {
            for _ in 0..many(round) {
                bare.exchange(turns).await?;
            }
            Fallible::Ok(())
        });
        try_join_all(talks).await?;
        report(round, before);
    }
    Ok(())
}

/// Messages of each customer in a round; the first warms up.
fn many(round: usize) -> usize {
    if round == 0 { WARM_UP } else { EACH }
}

fn report(round: usize, before: std::time::Duration) {
    let spent = usage::cpu() - before;
    if round > 0 {
        println!("{}", spent.as_secs_f64() * 1e6 / (CUSTOMERS * EACH) as f64);
    }
}
