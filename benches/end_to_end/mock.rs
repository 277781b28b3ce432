//! The mock as a process of its own.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use mock_server::config::Credentials;
use serde::Deserialize;

use crate::{Fallible, http::Http};

/// Fixes the mock's credentials, so that every process knows them.
const SEED: u64 = 1;

/// The mock's credentials.
pub(crate) fn credentials() -> Credentials {
    Credentials::of_seed(SEED)
}

/// A mock that runs without limits until this value is dropped.
pub(crate) struct Mock {
    child: Child,
    pub(crate) url: String,
    pub(crate) socket: String,
    pub(crate) control: String,
    pub(crate) control_token: String,
}

#[derive(Deserialize)]
struct Ready {
    url: String,
    socket: String,
    control: String,
    control_token: String,
}

impl Mock {
    pub(crate) fn start() -> Fallible<Self> {
        Self::start_with(&[])
    }

    /// The same with more options.
    pub(crate) fn start_with(options: &[&str]) -> Fallible<Self> {
        let seed = SEED.to_string();
        let mut command = flexload();
        command
            .args(["mock", "--bind", "127.0.0.1:0", "--limits", "off", "--json", "--seed", &seed])
            .args(options);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("a mock without output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Ready { url, socket, control, control_token } = serde_json::from_str(&line)?;
        Ok(Self { child, url, socket, control, control_token })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `127.0.0.1:8765`.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap_or(&self.url)
    }

    /// Opens a channel for each of the customers `{prefix}0`, `{prefix}1` …, so that they are members when they
    /// log in.
    pub(crate) fn open_channels(&self, prefix: &str, count: usize) -> Fallible<()> {
        crate::process::on_one_thread(async {
            let mut http = Http::connect(self.address()).await?;
            for n in 0..count {
                http.open_channel(&format!("{prefix}{n}")).await?;
            }
            Ok(())
        })
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program this is about, without what the caller's environment would say to it.
pub(crate) fn flexload() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flexload"));
    command.env_clear();
    command
}
