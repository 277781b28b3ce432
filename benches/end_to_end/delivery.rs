//! The mock's CPU per delivery of a message: two events written to a member, and two acknowledgements read.
//!
//! A message is posted, and the next one when all members have it. What posting costs by itself is measured in the
//! same way in a channel that nobody listens to, and taken off; so is what the floor spends on being told.

use std::{cell::Cell, rc::Rc};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _, future::try_join_all};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, broadcast},
    task::JoinSet,
};
use tokio_tungstenite::{
    accept_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::{
    Fallible,
    bare::{Bare, Recorded},
    customers::Crowd,
    http::{self, Http},
    mock::Mock,
    process::{Role, median, on_all_threads, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const BARE: &str = "delivery-bare";

/// Messages of a round, by how many members hear them: about as many deliveries each time.
const SIZES: [(usize, usize, &str); 2] = [
    (2, 2_000, "the mock's CPU per delivery to one of 2 members"),
    (100, 40, "the mock's CPU per delivery to one of 100 members"),
];
/// The first is not counted.
const ROUNDS: usize = 5;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    for (members, messages, what) in SIZES {
        let (ours, floor) = one(members, messages)?;
        table.add(Row {
            what,
            floor_is: "a bare server writing the same two frames to each and reading the acknowledgements",
            unit: Unit::Microseconds,
            ours,
            floor: Some(floor),
            reach: Some(Bound::Times(3.0)),
            defect: None,
        });
    }
    Ok(())
}

/// Microseconds for each delivery: the mock's, and the floor's.
fn one(members: usize, messages: usize) -> Fallible<(f64, f64)> {
    let mock = Mock::start()?;
    on_one_thread(async {
        let crowd = Crowd::new(&mock.socket, &format!("delivery-{members}-"))?;
        let mut talk = Talk::prepare(&mock, &crowd, members).await?;
        let sizes = talk.sizes.map(|size| size.to_string());
        let mut bare = Floor::start(&sizes, members).await?;
        let mut idle = Floor::start(&sizes, 0).await?;
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let heard = bare.round(messages).await? - idle.round(messages).await?;
            let pushed = talk.round(&mock, messages).await?;
            if round > 0 {
                let each = 1e6 / (members * messages) as f64;
                floor.push(heard * each);
                ours.push(pushed * each);
            }
        }
        Ok((median(ours)?, median(floor)?))
    })
}

/// Members who acknowledge what they hear, and count it.
struct Audience {
    size: usize,
    heard: Rc<(Cell<usize>, Notify)>,
    _members: JoinSet<Fallible<()>>,
}

impl Audience {
    fn new(members: Vec<Bare>) -> Self {
        let heard = Rc::new((Cell::new(0), Notify::new()));
        let size = members.len();
        let mut tasks = JoinSet::new();
        for mut member in members {
            let heard = Rc::clone(&heard);
            tasks.spawn_local(async move {
                loop {
                    for _ in 0..2 {
                        member.hear_and_acknowledge().await?;
                    }
                    heard.0.set(heard.0.get() + 1);
                    if heard.0.get() == size {
                        heard.1.notify_one();
                    }
                }
            });
        }
        Self { size, heard, _members: tasks }
    }

    /// Until all have heard one message.
    async fn all_heard(&self) {
        if self.size > 0 {
            self.heard.1.notified().await;
            self.heard.0.set(0);
        }
    }
}

/// A channel full of listeners, and one that nobody listens to.
struct Talk {
    http: Http,
    heard: String,
    quiet: String,
    audience: Audience,
    sizes: [usize; 2],
}

impl Talk {
    async fn prepare(mock: &Mock, crowd: &Crowd, members: usize) -> Fallible<Self> {
        let mut http = Http::connect(mock.address()).await?;
        let mut paths = Vec::new();
        for name in ["", "quiet-"] {
            let who = |nth: usize| format!("{name}delivery-{members}-{nth}");
            let channel = http.open_channel(&who(0)).await?;
            for nth in 1..members {
                http.post(&http::members(channel), &format!("Identity={}", who(nth))).await?;
            }
            paths.push(http::messages(channel));
        }
        let [heard, quiet] = <[String; 2]>::try_from(paths).map_err(|_| "two channels")?;
        let logins = (0..members)
            .map(async |nth| Fallible::Ok(Recorded::log_in(crowd, &mock.socket, nth).await?.0.into_bare()));
        let mut devices = try_join_all(logins).await?;
        http.post(&heard, http::MESSAGE).await?;
        let mut sizes = [0; 2];
        for device in &mut devices {
            for size in &mut sizes {
                *size = device.hear_and_acknowledge().await?;
            }
        }
        Ok(Self { http, heard, quiet, audience: Audience::new(devices), sizes })
    }

    /// Seconds of CPU that a round of deliveries took: what posting takes anyway is off.
    async fn round(&mut self, mock: &Mock, messages: usize) -> Fallible<f64> {
        let began = usage::cpu_of(mock.pid())?;
        for _ in 0..messages {
            self.http.post(&self.quiet, http::MESSAGE).await?;
        }
        let quiet = usage::cpu_of(mock.pid())?;
        for _ in 0..messages {
            self.http.post(&self.heard, http::MESSAGE).await?;
            self.audience.all_heard().await;
        }
        let heard = usage::cpu_of(mock.pid())?;
        Ok((heard - quiet).as_secs_f64() - (quiet - began).as_secs_f64())
    }
}

/// The floor, at work.
struct Floor {
    role: Role,
    control: TcpStream,
    audience: Audience,
}

impl Floor {
    async fn start(sizes: &[String; 2], members: usize) -> Fallible<Self> {
        let [one, other] = sizes;
        let mut role = Role::start(BARE, &[one, other])?;
        let address = role.line()?;
        let control = TcpStream::connect(&address).await?;
        control.set_nodelay(true)?;
        let socket = format!("ws://{address}/");
        let devices = try_join_all((0..members).map(|_| Bare::connect(&socket))).await?;
        Ok(Self { role, control, audience: Audience::new(devices) })
    }

    /// Seconds of CPU that a round took.
    async fn round(&mut self, messages: usize) -> Fallible<f64> {
        let began = usage::cpu_of(self.role.pid())?;
        for _ in 0..messages {
            self.control.write_all(b"!").await?;
            self.control.read_exact(&mut [0]).await?;
            self.audience.all_heard().await;
        }
        Ok((usage::cpu_of(self.role.pid())? - began).as_secs_f64())
    }
}

/// A server that writes two frames to every socket when it is told to, and reads what comes back.
pub(crate) fn act(arguments: &[String]) -> Fallible<()> {
    let [one, other] = arguments else { return Err("delivery: SIZE SIZE".into()) };
    let frames = [one, other].map(|size| size.parse().map(|size| Bytes::from(vec![b'x'; size])));
    let [one, other] = frames;
    let frames = [one?, other?];
    on_all_threads(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let (mut control, _) = listener.accept().await?;
        control.set_nodelay(true)?;
        let (tell, _) = broadcast::channel(16);
        let told = tell.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(listen(stream, told.subscribe(), frames.clone()));
            }
        });
        loop {
            control.read_exact(&mut [0]).await?;
            // Without members nobody is told.
            let _ = tell.send(());
            control.write_all(b"!").await?;
        }
    })
}

async fn listen(stream: TcpStream, mut told: broadcast::Receiver<()>, frames: [Bytes; 2]) {
    let _ = stream.set_nodelay(true);
    // As small as the mock's buffers.
    let config = WebSocketConfig::default().read_buffer_size(2 * 1024).write_buffer_size(4 * 1024);
    let Ok(mut socket) = accept_async_with_config(stream, Some(config)).await else { return };
    loop {
        let gone = tokio::select! {
            _ = told.recv() => {
                for frame in &frames {
                    let _ = socket.feed(Message::Binary(frame.clone())).await;
                }
                socket.flush().await.is_err()
            }
            heard = socket.next() => !matches!(heard, Some(Ok(_))),
        };
        if gone {
            return;
        }
    }
}
