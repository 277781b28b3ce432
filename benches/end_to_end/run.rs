//! A whole `flexload run`, as its users start it: how soon it begins, what a waiting customer takes of the real
//! engine, and whether messages leave anything behind.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use mock_server::config::Credentials;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep, timeout},
};

use crate::{
    Fallible,
    mock::{Mock, credentials, flexload},
    process::{median, on_one_thread},
    table::{Bound, Row, Table, Unit},
    usage,
};

/// Starts that are timed.
const STARTS: usize = 5;
/// Customers at the first look, and those more at the second.
const FIRST: usize = 400;
const MORE: usize = 5_000;
/// Customers who talk, and what each says before the first look and between it and the second.
const TALKERS: usize = 20;
const SAID: usize = 250;
const SAID_MORE: usize = 9 * SAID;
/// How long a run may take to come to where it is looked at.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let starts = (0..STARTS).map(|_| on_one_thread(start())).collect::<Fallible<Vec<_>>>()?;
    table.add(Row {
        what: "start of `flexload run` to its first customer, mock included",
        floor_is: "",
        unit: Unit::Milliseconds,
        ours: median(starts)?,
        floor: None,
        reach: None,
        defect: None,
    });
    let more = usage::affordable(FIRST + MORE) - FIRST;
    if more < MORE {
        table.note(format!("a run's memory over {more} customers: the limit of open files allows no more"));
    }
    table.add(Row {
        what: "memory per idle customer of a run, in a chat and thinking",
        floor_is: "",
        unit: Unit::Kibibytes,
        ours: on_one_thread(idle(more))?,
        floor: None,
        reach: Some(Bound::Is(16.0)),
        defect: Some(Bound::Is(64.0)),
    });
    let (first, last) = on_one_thread(soak())?;
    table.add(Row {
        what: "memory of a run after 50,000 messages",
        floor_is: "after 5,000 of them",
        unit: Unit::Mebibytes,
        ours: last / 1024.0,
        floor: Some(first / 1024.0),
        reach: None,
        defect: None,
    });
    Ok(())
}

/// A `flexload run` under way, in a folder of its own.
pub(crate) struct Run {
    child: Child,
    folder: TempDir,
}

impl Run {
    fn begin(scenario: &str, mock: Option<&Mock>, more: &[&str]) -> Fallible<Self> {
        Self::begin_as(flexload(), scenario, mock, more)
    }

    /// The same where `command` is flexload, or something that starts it.
    pub(crate) fn begin_as(
        mut command: Command,
        scenario: &str,
        mock: Option<&Mock>,
        more: &[&str],
    ) -> Fallible<Self> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        fs::write(path("scenario.yaml"), scenario)?;
        command.current_dir(folder.path()).args(["run", "scenario.yaml", "--out", "out"]).args(more);
        if let Some(mock) = mock {
            fs::write(path("flexload.yaml"), targets(mock))?;
            command.args(["--targets", "flexload.yaml", "--target", "mock"]);
        }
        let said = fs::File::create(path("stderr"))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).spawn()?;
        Ok(Self { child, folder })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An error if it has ended by itself.
    pub(crate) fn still_runs(&mut self) -> Fallible<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("flexload run ended too early ({status}): {}", self.said()).into()),
        }
    }

    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.folder().join("stderr")).unwrap_or_default()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn targets(mock: &Mock) -> String {
    let Credentials { account_sid, api_key_sid, api_key_secret, chat_service_sid, flex_flow_sid, .. } =
        credentials();
    let Mock { url, socket, .. } = mock;
    format!(
        "targets:\n  mock:\n    account_sid: {account_sid}\n    api_key: {api_key_sid}\n    \
         api_secret: \"{}\"\n    chat_service_sid: {chat_service_sid}\n    flex_flow_sid: {flex_flow_sid}\n    \
         endpoints: {{ flex_api: \"{url}\", chat: \"{url}\", socket: \"{socket}\" }}\n",
        api_key_secret.expose()
    )
}

/// Milliseconds from starting the process to what its first customer does first: here, asking for a token.
async fn start() -> Fallible<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let scenario = format!(
        "version: 1\nname: start\ncustomers: {{ count: 1, identity: first }}\n\
         load: {{ phases: [hold: {{ rate: 1/s, for: 1s }}], drain: 1s }}\n\
         steps: [mint_token: {{ from: {{ url: \"http://{address}/\", json_pointer: /token }} }}]\n"
    );
    let began = Instant::now();
    let run = Run::begin(&scenario, None, &["--once"])?;
    let asked = timeout(PATIENCE, listener.accept()).await;
    let took = began.elapsed();
    asked.map_err(|_| format!("the first customer did nothing: {}", run.said()))??;
    Ok(took.as_secs_f64() * 1e3)
}

/// KiB of each of so many customers more.
async fn idle(more: usize) -> Fallible<f64> {
    let mock = Mock::start()?;
    let people = FIRST + more;
    let rate = more / 5;
    // A trickle between the crowds: a phase has arrivals.
    let scenario = format!(
        "version: 1\nname: idle\ncustomers: {{ count: {people}, identity: \"idle-{{{{ customer.index }}}}\" }}\n\
         load:\n  phases:\n    - hold: {{ rate: {FIRST}/s, for: 1s }}\n    - hold: {{ rate: 1/m, for: 8s }}\n    \
         - hold: {{ rate: {rate}/s, for: 5s }}\n    - hold: {{ rate: 1/m, for: 5m }}\n\
         backend: {{ connections: 16 }}\nmock: {{ limits: off }}\n\
         steps: [mint_token, connect, {{ open_channel: {{ friendly_name: idle }} }}, think: 10m]\n"
    );
    let mut run = Run::begin(&scenario, Some(&mock), &[])?;
    settle(&mut run, FIRST).await?;
    let before = usage::rss_kib(run.pid())?;
    settle(&mut run, people - 5).await?;
    let after = usage::rss_kib(run.pid())?;
    Ok((after - before) / more as f64)
}

/// KiB of a run after its first messages, and after ten times as many.
async fn soak() -> Fallible<(f64, f64)> {
    let mock = Mock::start()?;
    let scenario = format!(
        "version: 1\nname: soak\ncustomers: {{ count: {TALKERS}, identity: \"talker-{{{{ customer.index }}}}\" }}\n\
         load: {{ phases: [users: {{ hold: {TALKERS}, for: 1m }}] }}\n\
         steps:\n  - mint_token\n  - connect\n  - open_channel: {{ friendly_name: soak }}\n  \
         - repeat: {{ times: {SAID}, steps: [send_message: {{ body: \"still here\" }}] }}\n  - think: 5s\n  \
         - repeat: {{ times: {SAID_MORE}, steps: [send_message: {{ body: \"still here\" }}] }}\n  - think: 10m\n"
    );
    let mut run = Run::begin(&scenario, Some(&mock), &[])?;
    settle(&mut run, TALKERS).await?;
    let at_first = usage::rss_kib(run.pid())?;
    busy(&mut run).await?;
    settle(&mut run, TALKERS).await?;
    Ok((at_first, usage::rss_kib(run.pid())?))
}

/// How long a run is watched before it is said to be quiet.
const QUIET_FOR: Duration = Duration::from_secs(2);

/// Waits until a run has so many connections, and has nothing more to do with them.
async fn settle(run: &mut Run, connections: usize) -> Fallible<()> {
    watch(run, |share, files| share < 0.1 && files >= connections, QUIET_FOR).await
}

/// Waits until a run is at work.
async fn busy(run: &mut Run) -> Fallible<()> {
    watch(run, |share, _| share > 0.1, Duration::ZERO).await
}

/// Waits until what a run does, as a share of one CPU, and its open files have been like this for a while.
async fn watch(run: &mut Run, like: impl Fn(f64, usize) -> bool, long: Duration) -> Fallible<()> {
    const LOOK_EVERY: Duration = Duration::from_millis(100);
    let deadline = Instant::now() + PATIENCE;
    let (mut looked, mut spent) = (Instant::now(), usage::cpu_of(run.pid())?);
    let mut since = None;
    while Instant::now() < deadline {
        sleep(LOOK_EVERY).await;
        run.still_runs()?;
        let (now, cpu) = (Instant::now(), usage::cpu_of(run.pid())?);
        let share = (cpu - spent).as_secs_f64() / (now - looked).as_secs_f64();
        (looked, spent) = (now, cpu);
        since = like(share, usage::open_files(run.pid())?).then(|| since.unwrap_or(now));
        if since.is_some_and(|since| now - since >= long) {
            return Ok(());
        }
    }
    Err(format!("flexload run did not come to where it is measured: {}", run.said()).into())
}
