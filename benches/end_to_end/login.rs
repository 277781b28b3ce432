//! CPU per faithful login of a customer who has a channel: connecting, and everything the real SDK asks for.

use futures_util::future::try_join_all;

use crate::{
    Fallible,
    bare::{Bare, Recorded},
    customers::Crowd,
    mock::Mock,
    process::{Role, median, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const OURS: &str = "login-ours";
pub(crate) const BARE: &str = "login-bare";

/// Customers who log in at the same time.
const CUSTOMERS: usize = 64;
/// The first is not counted.
const ROUNDS: usize = 6;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let mock = Mock::start()?;
    mock.open_channels("login-", CUSTOMERS)?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        for (role, all) in [(BARE, &mut floor), (OURS, &mut ours)] {
            let mut role = Role::start(role, &[&mock.socket])?;
            for _ in 1..ROUNDS {
                all.push(role.number()?);
            }
        }
    }
    table.add(Row {
        what: "CPU per faithful login",
        floor_is: "a bare connection exchanging its frames, recorded once",
        unit: Unit::Microseconds,
        ours: median(ours)?,
        floor: Some(median(floor)?),
        reach: Some(Bound::Times(2.0)),
        defect: Some(Bound::Times(4.0)),
    });
    Ok(())
}

pub(crate) fn act(role: &str, arguments: &[String]) -> Fallible<()> {
    let [socket] = arguments else { return Err("login: SOCKET".into()) };
    let crowd = Crowd::new(socket, "login-")?;
    if role == OURS { on_one_thread(ours(&crowd)) } else { on_one_thread(bare(&crowd, socket)) }
}

async fn ours(crowd: &Crowd) -> Fallible<()> {
    for round in 0..ROUNDS {
        let before = usage::cpu();
        let devices = try_join_all((0..CUSTOMERS).map(|nth| crowd.log_in(nth))).await?;
        report(round, before);
        drop(devices);
    }
    Ok(())
}

async fn bare(crowd: &Crowd, socket: &str) -> Fallible<()> {
    let recorded =
        (0..CUSTOMERS).map(async |nth| Fallible::Ok(Recorded::log_in(crowd, socket, nth).await?.1));
    let recorded = try_join_all(recorded).await?;
    for round in 0..ROUNDS {
        let before = usage::cpu();
        let logins = recorded.iter().map(async |turns| {
            let mut bare = Bare::connect(socket).await?;
            bare.exchange(turns).await?;
            Fallible::Ok(bare)
        });
        let devices = try_join_all(logins).await?;
        report(round, before);
        drop(devices);
    }
    Ok(())
}

fn report(round: usize, before: std::time::Duration) {
    let spent = usage::cpu() - before;
    if round > 0 {
        println!("{}", spent.as_secs_f64() * 1e6 / CUSTOMERS as f64);
    }
}
