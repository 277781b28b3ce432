//! The mock's CPU per REST request, beside a hyper server that answers a constant.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::future::try_join_all;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use wire::sid::ChannelSid;

use crate::{
    Fallible,
    http::{self, Http},
    mock::Mock,
    prism::Prism,
    process::{Role, median, on_all_threads, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const BARE: &str = "rest-bare";

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const EACH: usize = 500;

/// One kind of request.
struct Kind {
    what: &'static str,
    /// Where it goes, given a channel of the client's own.
    path: fn(ChannelSid) -> String,
    /// What it says, given a name nobody else has.
    body: fn(&str) -> String,
}

const KINDS: [Kind; 2] = [
    Kind {
        what: "the mock's CPU per `POST /v1/Channels`",
        path: |_| "/v1/Channels".to_owned(),
        body: http::channel_form,
    },
    Kind {
        what: "the mock's CPU per `POST …/Messages`",
        path: http::messages,
        body: |name| format!("From={name}&{}", http::MESSAGE),
    },
];

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    for kind in &KINDS {
        one(table, kind)?;
    }
    match Prism::start()? {
        Some(prism) => compare(table, &prism),
        None => {
            table.note(
                "Prism is not installed (npm --prefix benches/prism ci), so it is not compared.".to_owned(),
            );
            Ok(())
        }
    }
}

fn one(table: &mut Table, kind: &Kind) -> Fallible<()> {
    let mock = Mock::start()?;
    let (channels, size) = on_one_thread(prepare(mock.address(), kind))?;
    let mut bare = Role::start(BARE, &[&size.to_string()])?;
    let address = bare.line()?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let servers = [(&*address, bare.pid(), &mut floor), (mock.address(), mock.pid(), &mut ours)];
        for (address, pid, all) in servers {
            let spent = spent((address, pid), kind, &channels, (round, EACH))?;
            if round > 0 {
                all.push(spent);
            }
        }
    }
    table.add(Row {
        what: kind.what,
        floor_is: "a bare hyper server answering a constant of that size",
        unit: Unit::Microseconds,
        ours: median(ours)?,
        floor: Some(median(floor)?),
        reach: Some(Bound::Times(2.5)),
        defect: None,
    });
    Ok(())
}

/// The first of the kinds at Prism: a request takes far longer there, so there are fewer of them.
fn compare(table: &mut Table, prism: &Prism) -> Fallible<()> {
    let kind = &KINDS[0];
    let channels = vec![ChannelSid::mock(0, 0); CONNECTIONS];
    let mut all = Vec::new();
    for round in 0..=ROUNDS {
        let spent = spent((&prism.address, prism.pid()), kind, &channels, (round, EACH / 25))?;
        if round > 0 {
            all.push(spent);
        }
    }
    table.add(Row {
        what: "for comparison: Prism 5.14.2 over Twilio's document, per `POST /v1/Channels`",
        floor_is: "",
        unit: Unit::Microseconds,
        ours: median(all)?,
        floor: None,
        reach: None,
        defect: None,
    });
    Ok(())
}

/// Microseconds of CPU that a server spends on each request.
fn spent(
    (address, pid): (&str, u32),
    kind: &Kind,
    channels: &[ChannelSid],
    (round, each): (usize, usize),
) -> Fallible<f64> {
    let before = usage::cpu_of(pid)?;
    on_one_thread(load(address, kind, channels, (round, each)))?;
    let spent = usage::cpu_of(pid)? - before;
    Ok(spent.as_secs_f64() * 1e6 / (CONNECTIONS * each) as f64)
}

/// A channel for each client, and how large an answer is.
async fn prepare(address: &str, kind: &Kind) -> Fallible<(Vec<ChannelSid>, usize)> {
    let mut http = Http::connect(address).await?;
    let mut channels = Vec::new();
    for client in 0..CONNECTIONS {
        channels.push(http.open_channel(&format!("rest-{client}")).await?);
    }
    let size = http.post(&(kind.path)(channels[0]), &(kind.body)("measure")).await?.len();
    Ok((channels, size))
}

async fn load(
    address: &str,
    kind: &Kind,
    channels: &[ChannelSid],
    (round, each): (usize, usize),
) -> Fallible<()> {
    let clients = channels.iter().enumerate().map(async |(client, channel)| {
        let mut http = Http::connect(address).await?;
        let path = (kind.path)(*channel);
        for n in 0..each {
            http.post(&path, &(kind.body)(&format!("rest-{round}-{client}-{n}"))).await?;
        }
        Fallible::Ok(())
    });
    try_join_all(clients).await.map(drop)
}

/// A server that reads requests and answers the same to all, on as many threads as the mock has.
pub(crate) fn act(arguments: &[String]) -> Fallible<()> {
    let [size] = arguments else { return Err("rest: SIZE".into()) };
    let body = Bytes::from(vec![b'x'; size.parse()?]);
    on_all_threads(async {
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
