//! How exactly the mock keeps an injected delay: how late the answers are, beside bare tokio timers of the same length.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{
    Fallible,
    http::{self, Http},
    mock::Mock,
    process::{Role, on_one_thread},
    table::{Bound, Row, Table, Unit},
};

pub(crate) const BARE: &str = "delay-bare";

const DELAY: Duration = Duration::from_millis(20);
/// Who waits at the same time.
const CONNECTIONS: usize = 16;
/// Delays of each.
const EACH: usize = 200;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let mock = Mock::start()?;
    // Beside each other: what disturbs the one disturbs the other.
    let mut bare = Role::start(BARE, &[])?;
    let ours = on_one_thread(async {
        plant(&mock).await?;
        let clients = (0..CONNECTIONS).map(async |client| {
            let mut http = Http::connect(mock.address()).await?;
            let path = http::messages(http.open_channel(&format!("delay-{client}")).await?);
            let mut late = Vec::with_capacity(EACH);
            for _ in 0..EACH {
                let due = Instant::now() + DELAY;
                http.post(&path, http::MESSAGE).await?;
                late.push(due.elapsed());
            }
            Fallible::Ok(late)
        });
        Fallible::Ok(p99(try_join_all(clients).await?.concat()))
    })?;
    table.add(Row {
        what: "p99 of how late an answer delayed by 20 ms is, request and answer included",
        floor_is: "bare tokio timers of 20 ms",
        unit: Unit::Milliseconds,
        ours,
        floor: Some(bare.number()?),
        reach: Some(Bound::Times(2.0)),
        defect: None,
    });
    Ok(())
}

/// As many timers as there are connections, on one thread like the client of the mock.
pub(crate) fn act() -> Fallible<()> {
    let late = on_one_thread(async {
        let timers = (0..CONNECTIONS).map(async |_| {
            let mut late = Vec::with_capacity(EACH);
            for _ in 0..EACH {
                let due = Instant::now() + DELAY;
                sleep(DELAY).await;
                late.push(due.elapsed());
            }
            Fallible::Ok(late)
        });
        Ok(try_join_all(timers).await?.concat())
    })?;
    println!("{}", p99(late));
    Ok(())
}

/// In milliseconds.
fn p99(mut late: Vec<Duration>) -> f64 {
    late.sort_unstable();
    late.get(late.len() * 99 / 100).map_or(0.0, |late| late.as_secs_f64() * 1e3)
}

/// Has the mock delay every message, through its control API.
async fn plant(mock: &Mock) -> Fallible<()> {
    let faults =
        json!([{ "delay": { "operation": "send_message", "by": format!("{}ms", DELAY.as_millis()) } }]);
    let body = faults.to_string();
    let address = mock.control.strip_prefix("http://").unwrap_or(&mock.control);
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "PUT /faults HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        mock.control_token,
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(format!("no fault planted: {answer}").into())
    }
}
