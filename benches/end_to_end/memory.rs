//! Memory per customer who is logged in, has a channel, and waits; and of the mock that serves them.

use std::{rc::Rc, sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Fallible,
    bare::Bare,
    customers::{self, Crowd},
    mock::Mock,
    process::{self, Role, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const OURS: &str = "memory-ours";
pub(crate) const BARE: &str = "memory-bare";

/// Customers of the figure.
const CUSTOMERS: usize = 10_000;
/// Customers of the one with a history: they have sent all of it themselves.
const TALKATIVE: usize = 1_500;
/// Messages of a history.
const HISTORY: usize = 30;
/// Customers before the first look, so that what is made once is not counted.
const WARM_UP: usize = 200;
/// Logins under way at a time.
const AT_ONCE: usize = 400;
/// How long the crowd may take.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let count = usage::affordable(CUSTOMERS + WARM_UP) - WARM_UP;
    if count < CUSTOMERS {
        table.note(format!("memory over {count} customers: the limit of open files allows no more"));
    }
    let floor = one(BARE, count, 0)?.each;
    let Seen { each, mock } = one(OURS, count, 0)?;
    table.add(Row {
        what: "memory per idle customer, logged in",
        floor_is: "a bare connection",
        unit: Unit::Kibibytes,
        ours: each,
        floor: Some(floor),
        reach: Some(Bound::Is(16.0)),
        defect: Some(Bound::Is(64.0)),
    });
    table.add(Row {
        what: "the same after sending and reading 30 messages",
        floor_is: "a bare connection",
        unit: Unit::Kibibytes,
        ours: one(OURS, TALKATIVE.min(count), HISTORY)?.each,
        floor: Some(floor),
        reach: None,
        defect: None,
    });
    table.add(Row {
        what: "memory of the mock with 10,000 connected customers",
        floor_is: "",
        unit: Unit::Mebibytes,
        ours: mock / 1024.0,
        floor: None,
        reach: Some(Bound::Is(400.0)),
        defect: None,
    });
    Ok(())
}

/// What a crowd took.
struct Seen {
    /// KiB of each customer.
    each: f64,
    /// KiB of the mock.
    mock: f64,
}

fn one(role: &'static str, count: usize, history: usize) -> Fallible<Seen> {
    let mock = Mock::start()?;
    if role == OURS {
        mock.open_channels("idle-", count + WARM_UP)?;
    }
    let mut role = Role::start(role, &[&mock.socket, &count.to_string(), &history.to_string()])?;
    let each = role.number()?;
    Ok(Seen { each, mock: usage::rss_kib(mock.pid())? })
}

pub(crate) fn act(role: &str, arguments: &[String]) -> Fallible<()> {
    let [socket, count, history] = arguments else { return Err("memory: SOCKET COUNT HISTORY".into()) };
    let (count, history): (usize, usize) = (count.parse()?, history.parse()?);
    usage::raise_open_files();
    let crowd = Rc::new(Crowd::new(socket, "idle-")?);
    let kind = if role == OURS { Kind::Customer { history } } else { Kind::Bare };
    on_one_thread(async {
        let mut all = JoinSet::new();
        gather(&mut all, &crowd, socket, kind, 0..WARM_UP).await?;
        let before = usage::rss_kib(std::process::id())?;
        gather(&mut all, &crowd, socket, kind, WARM_UP..WARM_UP + count).await?;
        let after = usage::rss_kib(std::process::id())?;
        println!("{}", (after - before) / count as f64);
        process::wait();
        Ok(())
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Customer { history: usize },
    Bare,
}

/// Brings these customers in and lets them wait, each in a task of its own as in the engine.
async fn gather(
    all: &mut JoinSet<Fallible<()>>,
    crowd: &Rc<Crowd>,
    socket: &str,
    kind: Kind,
    which: std::ops::Range<usize>,
) -> Fallible<()> {
    let door = Arc::new(Semaphore::new(AT_ONCE));
    let (arrived, mut arrivals) = mpsc::channel(AT_ONCE);
    let count = which.len();
    for nth in which {
        let (crowd, door, arrived) = (Rc::clone(crowd), Arc::clone(&door), arrived.clone());
        let socket = socket.to_owned();
        all.spawn_local(async move {
            let permit = door.acquire_owned().await?;
            let here = async move {
                drop(permit);
                arrived.send(()).await
            };
            match kind {
                Kind::Customer { history } => Box::pin(customer(&crowd, nth, history, here)).await,
                Kind::Bare => Box::pin(connection(&socket, here)).await,
            }
        });
    }
    let everybody = async {
        for _ in 0..count {
            tokio::select! {
                Some(()) = arrivals.recv() => {}
                Some(ended) = all.join_next() => return Err(format!("a customer is gone: {ended:?}").into()),
            }
        }
        Fallible::Ok(())
    };
    timeout(PATIENCE, everybody).await.map_err(|_| "not everybody arrived in time")??;
    // What is on its way is read, and what was needed for it given back.
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

async fn customer<E: std::error::Error + 'static>(
    crowd: &Crowd,
    nth: usize,
    history: usize,
    here: impl Future<Output = Result<(), E>>,
) -> Fallible<()> {
    let mut sdk = Box::new(crowd.log_in(nth).await?);
    let channel = customers::channel_of(&sdk)?;
    for _ in 0..history {
        customers::say(&mut sdk, channel).await?;
    }
    if history > 0 {
        customers::read_history(&mut sdk, channel).await?;
    }
    here.await?;
    loop {
        sdk.next().await;
    }
}

async fn connection<E: std::error::Error + 'static>(
    socket: &str,
    here: impl Future<Output = Result<(), E>>,
) -> Fallible<()> {
    let mut bare = Bare::connect(socket).await?;
    here.await?;
    bare.exchange(&[crate::bare::Turn::Hear]).await
}
