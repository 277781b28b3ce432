//! What happens after a while. Over a pipe in memory, so that time can be let pass without waiting for it.

use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::*;
use crate::patient::Patient;
use crate::world::Caps;

/// A client on a pipe that holds `room` bytes.
async fn piped(server: &Server, room: usize) -> Client<DuplexStream> {
    let (near, far) = tokio::io::duplex(room);
    let far = Patient::new(far, Config::default().write_deadline, Arc::default());
    let socket = WebSocketStream::from_raw_socket(far, Role::Server, Some(super::super::config())).await;
    let (host, shared) = ("http://127.0.0.1:1".to_owned(), server.shared.clone());
    let shared = move |_: &str| shared.clone();
    tokio::spawn(session::run(socket, host, shared, Times::of(&Config::default()), std::future::pending()));
    let mut client = Client::on(WebSocketStream::from_raw_socket(near, Role::Client, None).await);
    client.patience = Duration::from_secs(7200);
    client
}

async fn server(caps: Caps) -> Server {
    Server::of(Bench::with(caps), &Config::default()).await
}

/// How the server closes.
pub(super) async fn closed<S: AsyncRead + AsyncWrite + Unpin>(client: &mut Client<S>) -> CloseCode {
    loop {
        match client.socket.next().await.unwrap().unwrap() {
            Message::Close(frame) => return frame.unwrap().code,
            _ => continue,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_pings_every_30_seconds_until_the_token_nears_its_end() {
    let server = server(Caps::default()).await;
    let mut ada = piped(&server, 64 * 1024).await;
    ada.init(&server.token("ada"), None).await;
    let begun = tokio::time::Instant::now();
    for nth in 1..=113 {
        assert_eq!(ada.hear().await.kind(), "ping");
        assert_eq!(begun.elapsed().as_secs(), 30 * nth);
    }
    // An hour's token, told three minutes ahead; the clock of tokens was not paused.
    let warning = ada.hear().await;
    assert_eq!(warning.kind(), "client_update");
    assert!(begun.elapsed().as_secs().abs_diff(3420) <= 30, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_acknowledges_nothing_is_closed_after_three_pings() {
    let server = server(Caps::default()).await;
    let mut ada = piped(&server, 64 * 1024).await;
    ada.init(&server.token("ada"), None).await;
    ada.acknowledges = false;
    let begun = tokio::time::Instant::now();
    assert_eq!(closed(&mut ada).await, CloseCode::Policy);
    assert_eq!(begun.elapsed().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_say_who_it_is_is_closed() {
    let server = server(Caps::default()).await;
    let mut nobody = piped(&server, 1024).await;
    assert_eq!(closed(&mut nobody).await, CloseCode::Policy);
}

/// A device to which 40 messages are on their way through a narrow line.
async fn asked_often(server: &Server) -> Client<DuplexStream> {
    let channel = server.bench.chat("ada");
    let mut ada = piped(server, 2_000).await;
    ada.init(&server.token("ada"), None).await;
    let list = ada.get(&format!("cds.us1.twilio.com/v3/Lists/{channel}.messages")).await;
    ada.subscribe(4, json!([{"object_sid": list["sid"], "object_type": "list", "last_event_id": -1}])).await;
    for _ in 0..40 {
        server.bench.says(channel, "agent", "are you there?").unwrap();
        tokio::task::yield_now().await;
    }
    ada
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_is_let_go() {
    let server = server(Caps { outbox_bytes: 20_000, ..Caps::default() }).await;
    let ada = asked_often(&server).await;
    let begun = tokio::time::Instant::now();
    while server.bench.world.user(server.bench.service, "ada").unwrap().is_online == Some(true) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(begun.elapsed().as_secs() < 5, "the outbox overflowed, yet the line is held");
    }
    drop(ada);
}

#[tokio::test(start_paused = true)]
async fn who_reads_slowly_is_waited_for() {
    let server = server(Caps::default()).await;
    let mut ada = asked_often(&server).await;
    ada.acknowledges = false;
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        ada.next().await.unwrap();
    }
    assert_eq!(server.bench.world.user(server.bench.service, "ada").unwrap().is_online, Some(true));
}

#[tokio::test(start_paused = true)]
async fn who_takes_no_byte_for_30_seconds_is_let_go() {
    let server = server(Caps::default()).await;
    let ada = asked_often(&server).await;
    tokio::time::sleep(Duration::from_secs(29)).await;
    let online = || server.bench.world.user(server.bench.service, "ada").unwrap().is_online;
    assert_eq!(online(), Some(true));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(online(), Some(false));
    drop(ada);
}
