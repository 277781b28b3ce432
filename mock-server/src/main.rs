//! Serves the mock until ctrl-c: `flexload-mock-server [ADDRESS:PORT]`.
//!
//! `flexload mock` does the same with all its options; this one compiles without the harness.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use mock_server::{Config, Mock, listen, ready, serve};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flexload-mock-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut config = Config { bind: SocketAddr::from(([127, 0, 0, 1], 8765)), ..Config::default() };
    let mut arguments = std::env::args().skip(1);
    if let Some(address) = arguments.next() {
        config.bind = address.parse().map_err(|_| format!("{address} is not an ADDRESS:PORT"))?;
    }
    if let Some(more) = arguments.next() {
        return Err(format!("unexpected argument {more}; the only one is ADDRESS:PORT").into());
    }
    // One thread, and the first: a thread of its own would have its memory handed out page by page.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::from_std(listen(config.bind)?)?;
        let address = listener.local_addr()?;
        let mock = Arc::new(Mock::new(config, address));
        println!("{}", ready(mock.url(), address, mock.credentials(), None));
        serve(listener, mock, async { drop(tokio::signal::ctrl_c().await) }).await;
        Ok(())
    })
}
