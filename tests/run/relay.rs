//! What may stand between a run and its target: on loopback, with the mock's SIDs, so that it counts as local.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{Here, TargetFile};

/// A server on a free port. Its threads end with the test's process.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Relay {
    /// Every connection is given to `serve`, on a thread of its own.
    pub(crate) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let serve = Arc::new(serve);
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, came }
    }

    /// Somewhere else: an address, whoever listens there.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { address, came: Arc::default() }
    }

    /// Waits for the first connection.
    pub(crate) fn until_somebody_came(&self) {
        while self.came.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Accepts and never answers.
    pub(crate) fn silent() -> Self {
        Self::start(|mut stream| {
            // Read to the end, so that the connection stays as long as the other side wants it.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    /// Answers every request with these bytes and closes.
    pub(crate) fn answering(bytes: &'static str) -> Self {
        Self::start(move |mut stream| {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked);
            let _ = stream.write_all(bytes.as_bytes());
            let _ = stream.shutdown(Shutdown::Both);
        })
    }

    /// Passes everything on to the mock of this file and back, until `word` comes from the mock: that and
    /// everything after it on this connection is lost.
    pub(crate) fn silent_once_seen(file: &TargetFile, word: &'static str) -> Self {
        let mock = file.address();
        Self::start(move |mut client| {
            let mut mock = TcpStream::connect(mock).expect("the mock");
            let (mut from_client, mut to_mock) =
                (client.try_clone().expect("a clone"), mock.try_clone().expect("a clone"));
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_client, &mut to_mock);
                let _ = to_mock.shutdown(Shutdown::Both);
            });
            let mut bytes = [0; 16 << 10];
            let mut lost = false;
            while let Ok(count @ 1..) = mock.read(&mut bytes) {
                lost |= bytes[..count].windows(word.len()).any(|seen| seen == word.as_bytes());
                if !lost && client.write_all(&bytes[..count]).is_err() {
                    return;
                }
            }
            let _ = client.shutdown(Shutdown::Both);
        })
    }

    /// Passes everything on to the mock of this file and back, but for requests that begin with `method`: those
    /// are counted and answered with these bytes, or never if there are none.
    pub(crate) fn refusing(
        file: &TargetFile,
        method: &'static str,
        answer: &'static str,
    ) -> (Self, Arc<AtomicUsize>) {
        let mock = file.address();
        let refused = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&refused);
        let relay = Self::start(move |mut client| {
            let mut mock = TcpStream::connect(mock).expect("the mock");
            let (mut from_mock, mut to_client) =
                (mock.try_clone().expect("a clone"), client.try_clone().expect("a clone"));
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_mock, &mut to_client);
                let _ = to_client.shutdown(Shutdown::Both);
            });
            let mut bytes = [0; 16 << 10];
            while let Ok(read @ 1..) = client.read(&mut bytes) {
                if bytes[..read].starts_with(method.as_bytes()) {
                    count.fetch_add(1, Ordering::Relaxed);
                    let _ = client.write_all(answer.as_bytes());
                } else if mock.write_all(&bytes[..read]).is_err() {
                    return;
                }
            }
            let _ = mock.shutdown(Shutdown::Both);
        });
        (relay, refused)
    }

    /// Makes this the socket of the target `mock`, whose REST API stays what it is.
    pub(crate) fn is_the_socket_of(&self, here: &Here, file: &TargetFile) {
        let socket = format!("ws://{}/", file.address());
        assert!(file.0.contains(&socket), "{}", file.0);
        here.write("flexload.yaml", file.0.replace(&socket, &format!("ws://{}/", self.address)));
    }

    /// Makes this the whole of the target `mock`.
    pub(crate) fn is_all_of(&self, here: &Here, file: &TargetFile) {
        let mock = file.address().to_string();
        here.write("flexload.yaml", file.0.replace(&mock, &self.address.to_string()));
    }
}

impl TargetFile {
    /// Where the mock listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let after = self.0.split("http://").nth(1).expect("an endpoint");
        after.split('"').next().expect("an address").parse().expect("an address")
    }
}
