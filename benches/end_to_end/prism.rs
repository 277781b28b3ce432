//! Prism over Twilio's own OpenAPI document, for comparison: what Twilio recommends for mocking its API.
//!
//! It is installed apart, since nothing else needs it: `npm --prefix benches/prism ci`.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tokio::time::Instant;

use crate::Fallible;

/// How long it may take to read the document.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prism at work, until this value is dropped.
pub(crate) struct Prism {
    child: Child,
    pub(crate) address: String,
}

impl Prism {
    /// Starts it; `None` where it is not installed.
    pub(crate) fn start() -> Fallible<Option<Self>> {
        let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/prism/node_modules");
        let program = modules.join(".bin/prism");
        if !program.exists() {
            return Ok(None);
        }
        let document = modules.join("@twilio/cli-core/src/services/twilio-api/twilio_flex_v1.json");
        // Free now, and taken by nobody within the next moments.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("node");
        command.arg(program).args(["mock", "-h", "127.0.0.1", "-p", &port.to_string()]).arg(document);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut prism = Self { child, address: format!("127.0.0.1:{port}") };
        prism.listens()?;
        Ok(Some(prism))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn listens(&mut self) -> Fallible<()> {
        let began = Instant::now();
        while std::net::TcpStream::connect(&self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("prism ended at its start: {status}").into());
            }
            if began.elapsed() > PATIENCE {
                return Err("prism does not listen".into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
