//! `--metrics` and `--otlp`: where a run's metrics go while it lasts.

use std::env::{self, VarError};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use super::super::args::Run;
use super::super::exit::Exit;
use super::super::{Failure, say};
use crate::export::{Doors, Export, Pushed, Source};
use crate::flex::post::{self, Post};
use crate::record::Collector;
use crate::report::About;

/// The headers of every push: where OpenTelemetry's own programs read them, and not a flag, for they may be secret.
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// Metrics on their way out, or none.
pub(super) struct Outlet(Option<Export>);

/// Opens what is asked for; nothing has been sent anywhere before.
///
/// # Errors
///
/// Exit 2: the collector's URL is none, or has credentials. Exit 3: headers that are none or would
/// go in the clear, or no certificates to trust. Exit 4: the address cannot be listened on.
pub(super) fn open(args: &Run) -> Result<Doors, Failure> {
    let metrics = args.metrics.map(listen).transpose()?;
    let otlp = args.otlp.as_deref().map(collector).transpose()?;
    Ok(Doors { metrics, otlp })
}

fn collector(url: &str) -> Result<Post, Failure> {
    let url: post::Collector =
        url.parse().map_err(|why| Failure::new(Exit::Usage, format!("--otlp: {why}")))?;
    let given = match env::var(HEADERS) {
        Err(VarError::NotPresent) => Ok(String::new()),
        Err(VarError::NotUnicode(_)) => Err("it is not UTF-8".to_owned()),
        Ok(given) => Ok(given),
    };
    let headers = given
        .and_then(|given| post::headers(&given))
        .map_err(|why| Failure::new(Exit::Input, format!("{HEADERS}: {why}")))?;
    Post::new(url, headers).map_err(|why| Failure::new(Exit::Input, format!("--otlp: {why}")))
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = || -> io::Result<TcpListener> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        // Port 0 picked one.
        say::note(format!("metrics at http://{}/metrics", listener.local_addr()?));
        Ok(listener)
    };
    bound().map_err(|error| {
        Failure::new(
            Exit::Refused,
            format!("--metrics cannot listen on {address}: {error}; port 0 picks a free one"),
        )
    })
}

impl Outlet {
    /// Begins to tell.
    pub(super) fn start(doors: Doors, about: &About, collector: &mut Collector) -> Self {
        if doors.metrics.is_none() && doors.otlp.is_none() {
            return Self(None);
        }
        let source = Source { about: Arc::new(about.clone()), live: collector.live() };
        match Export::start(doors, source) {
            Ok(export) => {
                if let Some(why) = &export.objection {
                    say::warning(format!("--otlp: {why}; the run goes on, and so do the tries"));
                }
                Self(Some(export))
            }
            Err(error) => {
                say::warning(format!("no metrics: {error}"));
                Self(None)
            }
        }
    }

    /// Tells the last values. What a collector did not take is a warning: the run's own files have it all.
    pub(super) fn end(self) {
        let Some(Pushed { all, failed, why: Some(why) }) = self.0.map(Export::end) else { return };
        say::warning(format!("--otlp: {failed} of {all} pushes were not taken, the last because: {why}"));
    }
}
