//! The mock's CPU per `POST /v1/Channels`, beside a hyper server that answers a constant.

use std::{convert::Infallible, num::NonZeroUsize, thread};

use bytes::Bytes;
use futures_util::future::try_join_all;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime};

use crate::{
    Fallible,
    http::Http,
    mock::Mock,
    process::{Role, median, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const BARE: &str = "rest-bare";

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const EACH: usize = 500;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let mock = Mock::start()?;
    let size = on_one_thread(async { Http::connect(mock.address()).await?.open_channel("measure").await })?;
    let mut bare = Role::start(BARE, &[&size.to_string()])?;
    let address = bare.line()?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let servers = [(&*address, bare.pid(), &mut floor), (mock.address(), mock.pid(), &mut ours)];
        for (address, pid, all) in servers {
            let before = usage::cpu_of(pid)?;
            on_one_thread(load(address, round))?;
            let spent = usage::cpu_of(pid)? - before;
            if round > 0 {
                all.push(spent.as_secs_f64() * 1e6 / (CONNECTIONS * EACH) as f64);
            }
        }
    }
    table.add(Row {
        what: "the mock's CPU per `POST /v1/Channels`",
        floor_is: "a bare hyper server answering a constant of that size",
        unit: Unit::Microseconds,
        ours: median(ours)?,
        floor: Some(median(floor)?),
        reach: Some(Bound::Times(2.5)),
        defect: None,
    });
    Ok(())
}

async fn load(address: &str, round: usize) -> Fallible<()> {
    let clients = (0..CONNECTIONS).map(async |client| {
        let mut http = Http::connect(address).await?;
        for n in 0..EACH {
            http.open_channel(&format!("rest-{round}-{client}-{n}")).await?;
        }
        Fallible::Ok(())
    });
    try_join_all(clients).await.map(drop)
}

/// A server that reads requests and answers the same to all, on as many threads as the mock has.
pub(crate) fn act(arguments: &[String]) -> Fallible<()> {
    let [size] = arguments else { return Err("rest: SIZE".into()) };
    let body = Bytes::from(vec![b'x'; size.parse()?]);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut builder = match threads {
        1 => runtime::Builder::new_current_thread(),
        _ => runtime::Builder::new_multi_thread(),
    };
    builder.worker_threads(threads).enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let body = body.clone();
            let answer = service_fn(move |request: Request<Incoming>| {
                let body = body.clone();
                async move {
                    let _ = request.into_body().collect().await;
                    let mut response = Response::new(Full::new(body));
                    *response.status_mut() = hyper::StatusCode::CREATED;
                    Ok::<_, Infallible>(response)
                }
            });
            tokio::spawn(async move {
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    })
}
