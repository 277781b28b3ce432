//! `flexload mock`: the bundled mock as a process of its own.

use std::fmt::{self, Write};
use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use mock_server::basis::RuleId;
use mock_server::config::{Caps, Config, Credentials, Limits};
use mock_server::control::Control;
use mock_server::rules;
use mock_server::{MockServer, StartError};
use tokio::runtime;
use wire::flow::ChannelType;
use wire::flow::exported::{self, Exported};

use super::args::{self, Mock, PublicUrl};
use super::exit::Exit;
use super::state::Written;
use super::{Ended, Failure, files, print, say, signals};
use crate::flex::target::on_loopback;

/// Serves the mock until somebody asks it to end, which is how it is meant to end.
pub(super) fn mock(args: &Mock) -> Ended {
    if args.rules {
        return print(Rules(&rules::all()));
    }
    // Each customer of a run is a connection here.
    files::raise_limit();
    let mut stop = signals::listen().map_err(|error| Failure::new(Exit::Internal, error))?;
    let served = flows(&args.flow)?;
    let written = args.state.as_deref().map(Written::read).transpose()?;
    let config = Config {
        bind: args.bind,
        public_url: args.public_url.as_ref().map(PublicUrl::to_string),
        seed: args.seed,
        limits: match args.limits {
            args::Limits::Documented => Limits::Documented,
            args::Limits::Off => Limits::Off,
        },
        caps: Caps {
            message_bytes: usize::try_from(args.memory.bytes()).unwrap_or(usize::MAX),
            media_bytes: usize::try_from(args.media_memory.bytes()).unwrap_or(usize::MAX),
            retained_messages: args.retain,
            ..Caps::default()
        },
        flows: served.clone(),
        sdk: args.sdk.as_deref().map(sdk).transpose()?,
        broken: args.broken.clone(),
        control: Some(args.control),
        state: written.as_ref().map(|written| written.state.clone()),
        worker_threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        ..Config::default()
    };
    let server = MockServer::start(config).map_err(|error| not_started(error, written.as_ref()))?;
    drop(written);
    doubts(args, &served);
    print(ready(args, &server))?;
    runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::new(Exit::Internal, error))?
        .block_on(stop.wait());
    server.stop();
    Ok(Exit::Passed)
}

/// Whether more than this machine is to reach the mock.
fn is_for_others(args: &Mock) -> bool {
    let here = args.public_url.as_ref().is_none_or(|url| on_loopback(url.url()));
    !(here && args.bind.ip().is_loopback())
}

/// Says what works, and may not be meant.
fn doubts(args: &Mock, served: &[Exported]) {
    if is_for_others(args) {
        say::warning(
            "the mock's credentials are public, its page /_mock/customer gives anybody a token, \
             and it now answers more than this machine",
        );
    }
    if !args.broken.is_empty() {
        let broken: Vec<&str> = args.broken.iter().map(|rule| rule.id()).collect();
        say::warning(format_args!("broken, as --break or FLEXLOAD_BREAK says: {}", broken.join(", ")));
    }
    if let Some(Exported { sid, channel_type, .. }) = served.first()
        && *channel_type != ChannelType::Custom
    {
        say::warning(format_args!(
            "{sid}, the first of --flow and so the default, is a flow for {channel_type}, not for custom chat"
        ));
    }
}

/// The flows of all files, in the order they were named.
fn flows(files: &[PathBuf]) -> Result<Vec<Exported>, Failure> {
    let mut flows: Vec<Exported> = Vec::new();
    for file in files {
        let wrong =
            |error: &dyn fmt::Display| Failure::new(Exit::Input, format!("{}: {error}", file.display()));
        let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
        for flow in exported::read(&text).map_err(|error| wrong(&error))? {
            if flows.iter().any(|known| known.sid == flow.sid) {
                return Err(wrong(&format_args!(
                    "there is a flow {} already; a SID is one flow's",
                    flow.sid
                )));
            }
            flows.push(flow);
        }
    }
    Ok(flows)
}

/// More than any file of the SDK has.
const SDK: u64 = 16 << 20;

/// What every build of it has in it: the name of what it gives the page.
const NAMED: &[u8] = b"Twilio";

fn sdk(file: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |error: &dyn fmt::Display| Failure::new(Exit::Input, format!("{}: {error}", file.display()));
    let length = fs::metadata(file).map_err(|error| wrong(&error))?.len();
    if length > SDK {
        return Err(wrong(&format_args!("{length} bytes are more than any file of the Chat SDK has")));
    }
    let read = fs::read(file).map_err(|error| wrong(&error))?;
    if !read.windows(NAMED.len()).any(|word| word == NAMED) {
        say::warning(format_args!(
            "{} does not look like the Chat SDK: it never says Twilio",
            file.display()
        ));
    }
    Ok(read)
}

fn not_started(error: StartError, written: Option<&Written>) -> Failure {
    let error = match (error, written) {
        (StartError::State(error), Some(written)) => return written.failed(error),
        (error, _) => error,
    };
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::new(
        Exit::Usage,
        format!("{error}{cause}\n  --bind and --control take other addresses; port 0 picks a free one"),
    )
}

fn ready(args: &Mock, server: &MockServer) -> String {
    let (url, socket) = (server.url(), server.socket_url());
    let credentials = server.credentials();
    if args.json {
        let line = mock_server::ready(&url, server.address(), credentials, server.control());
        return format!("{line}\n");
    }
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = if args.targets_file {
        targets_file(&mut text, credentials, &url, &socket)
    } else {
        let listens = args.public_url.is_some().then(|| server.address());
        to_paste(&mut text, credentials, (&url, listens), &socket)
            .and_then(|()| controlled(&mut text, server.control()))
    };
    text
}

/// What is reached at `url` may listen elsewhere.
fn to_paste(
    out: &mut String,
    credentials: &Credentials,
    (url, listens): (&str, Option<SocketAddr>),
    socket: &str,
) -> fmt::Result {
    let Credentials { account_sid, api_key_sid, chat_service_sid, .. } = credentials;
    let Credentials { task_flow_sid, studio_flow_sid, external_flow_sid, workspace_sid, .. } = credentials;
    let listens = listens.map(|address| format!(", listens on {address}")).unwrap_or_default();
    writeln!(out, "# the mock serves {url}{listens} until ctrl-c; to paste:\n")?;
    writeln!(out, "export TWILIO_ACCOUNT_SID={account_sid}")?;
    writeln!(out, "export TWILIO_AUTH_TOKEN={}", credentials.auth_token.expose())?;
    writeln!(out, "export TWILIO_API_KEY={api_key_sid}")?;
    writeln!(out, "export TWILIO_API_SECRET={}", credentials.api_key_secret.expose())?;
    writeln!(out, "export TWILIO_CHAT_SERVICE_SID={chat_service_sid}")?;
    writeln!(out, "export TWILIO_FLEX_FLOW_SID={}", credentials.flex_flow_sid)?;
    writeln!(
        out,
        "\n# flows      task {task_flow_sid}, studio {studio_flow_sid}, external {external_flow_sid}"
    )?;
    writeln!(out, "# workspace  {workspace_sid}")?;
    writeln!(out, "# Node       client.flexApi.baseUrl = client.chat.baseUrl = '{url}'")?;
    writeln!(out, "# Python     client.flex_api.base_url = client.chat.base_url = '{url}'")?;
    writeln!(out, "# Chat SDK   Twilio.Chat.Client.create(token, {{ Twilsock: {{ uri: '{socket}' }} }})")?;
    writeln!(
        out,
        "# flexload   flexload mock --targets-file > flexload.yaml, then flexload run --target mock …"
    )
}

fn controlled(out: &mut String, control: Option<&Control>) -> fmt::Result {
    let Some(Control { url, token }) = control else { return Ok(()) };
    writeln!(out, "# control    curl -H 'Authorization: Bearer {}' {url}/", token.expose())
}

/// The mock's secrets may stand in a file: they open nothing but a mock.
fn targets_file(out: &mut String, credentials: &Credentials, url: &str, socket: &str) -> fmt::Result {
    let Credentials { account_sid, api_key_sid, chat_service_sid, flex_flow_sid, .. } = credentials;
    writeln!(out, "targets:\n  mock:")?;
    writeln!(out, "    account_sid: {account_sid}")?;
    writeln!(out, "    api_key: {api_key_sid}")?;
    writeln!(out, "    api_secret: \"{}\"", credentials.api_key_secret.expose())?;
    writeln!(out, "    chat_service_sid: {chat_service_sid}")?;
    writeln!(out, "    flex_flow_sid: {flex_flow_sid}")?;
    writeln!(out, "    endpoints: {{ flex_api: \"{url}\", chat: \"{url}\", socket: \"{socket}\" }}")
}

/// The rules as `--rules` prints them, and how many rest on what.
struct Rules<'a>(&'a [RuleId]);

impl fmt::Display for Rules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for id in self.0 {
            let (rule, basis) = (id.rule(), id.basis());
            writeln!(f, "{} [{}]\n    {}\n    {}", rule.id, basis.name(), rule.says, basis.source())?;
            match counts.iter_mut().find(|(name, _)| *name == basis.name()) {
                Some((_, count)) => *count += 1,
                None => counts.push((basis.name(), 1)),
            }
        }
        let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        writeln!(f, "\n{} rules: {}", self.0.len(), counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::targets::{Chosen, FILE_NAME, Search};

    #[test]
    fn the_printed_file_is_a_target_that_counts_as_local() {
        let mut text = String::new();
        let credentials = Credentials::of_seed(7);
        let (url, socket) = ("http://127.0.0.1:8765", "ws://127.0.0.1:8765/v3/wsconnect");
        targets_file(&mut text, &credentials, url, socket).expect("text");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE_NAME), text).expect("written");
        let search = Search { name: Some("mock"), file: None, from: folder.path(), env: &|_| None };
        let Chosen::There(target) = search.find().expect("a target") else { panic!("embedded") };
        assert!(target.is_local());
        assert_eq!(target.endpoints.socket.as_str(), socket);
        assert_eq!(target.signing_key().expect("a key").secret.expose(), credentials.api_key_secret.expose());
    }

    #[test]
    fn who_lets_others_in_is_recognised() {
        for (arguments, others) in [
            (&[][..], false),
            (&["--bind", "[::1]:0", "--public-url", "http://localhost:8080/flex"], false),
            (&["--bind", "0.0.0.0:0"], true),
            (&["--public-url", "https://mock.example.test"], true),
        ] {
            let line = [&["flexload", "mock"], arguments].concat();
            let cli = args::Cli::try_parse_from(line).expect("a command line");
            let Some(args::Verb::Mock(mock)) = cli.verb else { panic!("another verb") };
            assert_eq!(is_for_others(&mock), others, "{arguments:?}");
        }
    }

    #[test]
    fn what_is_to_paste_names_every_variable() {
        let mut text = String::new();
        let url = ("https://mock.example.test", Some(SocketAddr::from(([127, 0, 0, 1], 1))));
        to_paste(&mut text, &Credentials::of_seed(7), url, "wss://mock.example.test/x").expect("text");
        assert!(text.contains("serves https://mock.example.test, listens on 127.0.0.1:1 until"), "{text}");
        for name in
            ["ACCOUNT_SID", "AUTH_TOKEN", "API_KEY", "API_SECRET", "CHAT_SERVICE_SID", "FLEX_FLOW_SID"]
        {
            assert!(text.contains(&format!("export TWILIO_{name}=")), "{name}");
        }
    }

    #[test]
    fn every_rule_is_printed_and_counted() {
        let rules = rules::all();
        let text = Rules(&rules).to_string();
        assert!(rules.iter().all(|rule| text.contains(rule.id())));
        assert!(text.contains(&format!("{} rules: ", rules.len())));
    }
}
