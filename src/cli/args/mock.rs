//! What `flexload mock` is told.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use mock_server::basis::RuleId;
use mock_server::rules;
use url::Url;

use super::above_zero;
use crate::value::Size;

/// `flexload mock`.
#[derive(Args, Clone, Debug)]
pub struct Mock {
    /// The address to serve on; port 0 picks a free one.
    #[arg(long, env = "FLEXLOAD_BIND", value_name = "ADDR:PORT", default_value = "127.0.0.1:8765",
          value_parser = address)]
    pub bind: SocketAddr,

    /// Where clients reach the mock if not at --bind: links in its answers begin with it.
    #[arg(long, env = "FLEXLOAD_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,

    /// Fixes every SID and secret.
    #[arg(long, env = "FLEXLOAD_SEED", value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Serve these Flex Flows too: JSON as the API answers it or as the Twilio CLI prints it with -o json. Repeats;
    /// the first is the default.
    #[arg(long, env = "FLEXLOAD_FLOW", value_name = "FILE", value_delimiter = '\n')]
    pub flow: Vec<PathBuf>,

    /// The Chat SDK for the page /_mock/customer: node_modules/twilio-chat/builds/twilio-chat.min.js.
    #[arg(long, env = "FLEXLOAD_SDK", value_name = "FILE")]
    pub sdk: Option<PathBuf>,

    /// Begin with this state, and begin anew with it: services, users, channels, messages, flows, in YAML or JSON.
    #[arg(long, env = "FLEXLOAD_STATE", value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Keep messages up to this; then refuse more.
    #[arg(long, env = "FLEXLOAD_MEMORY", value_name = "SIZE", default_value = "1GiB")]
    pub memory: Size,

    /// Keep media files up to this; then refuse more.
    #[arg(long, env = "FLEXLOAD_MEDIA_MEMORY", value_name = "SIZE", default_value = "256MiB")]
    pub media_memory: Size,

    /// Keep only the last N messages of each channel, and forget older ones.
    #[arg(long, env = "FLEXLOAD_RETAIN", value_name = "N", value_parser = above_zero)]
    pub retain: Option<NonZeroUsize>,

    /// The rate limits to apply.
    #[arg(long, env = "FLEXLOAD_LIMITS", value_enum, default_value_t = Limits::Documented)]
    pub limits: Limits,

    /// The address of the control API (reset, clock, faults, journal …), on loopback; port 0 picks a free one.
    #[arg(long, env = "FLEXLOAD_CONTROL", value_name = "ADDR:PORT", default_value = "127.0.0.1:0",
          value_parser = loopback)]
    pub control: SocketAddr,

    /// Print one line of JSON when ready.
    #[arg(long, env = "FLEXLOAD_JSON", conflicts_with_all = ["targets_file", "rules"],
          value_parser = FalseyValueParser::new())]
    pub json: bool,

    /// Print a flexload.yaml for this mock when ready.
    #[arg(long, env = "FLEXLOAD_TARGETS_FILE", conflicts_with = "rules", value_parser = FalseyValueParser::new())]
    pub targets_file: bool,

    /// Print the rules the mock follows, with what each rests on, and end.
    #[arg(long, env = "FLEXLOAD_RULES", value_parser = FalseyValueParser::new())]
    pub rules: bool,

    /// For tests of tests: do not follow this rule (its answers are 200 {}, its events are not sent); repeats.
    #[arg(long = "break", env = "FLEXLOAD_BREAK", value_name = "RULE", value_delimiter = '\n',
          hide_short_help = true, value_parser = rules::to_break)]
    pub broken: Vec<RuleId>,
}

/// An address to listen on; `localhost` is 127.0.0.1.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    match port {
        Some(port) => Ok(SocketAddr::from(([127, 0, 0, 1], port))),
        None => text.parse().map_err(|_| "write it like 127.0.0.1:8765".to_owned()),
    }
}

/// An address that only this machine reaches.
pub(super) fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("it is for this machine alone: 127.0.0.1 or [::1]".to_owned())
    }
}

/// The mock's rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Limits {
    /// As Twilio documents them.
    Documented,
    /// None.
    Off,
}

/// The address of a mock that is reached through something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Where that is.
    pub const fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Links are this and a path.
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("no URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err("expected http:// or https:// with a host, and no query".to_owned());
        }
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;
    use super::*;

    #[test]
    fn a_public_url_has_no_slash_at_its_end_and_no_query() {
        let read = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        assert_eq!(read("https://mock.example.test/"), Ok("https://mock.example.test".to_owned()));
        assert_eq!(read("http://proxy:8080/flex"), Ok("http://proxy:8080/flex".to_owned()));
        for wrong in ["proxy", "ws://proxy/", "http://proxy/?x=1", "http://"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_has_a_port_and_localhost_is_127_0_0_1() {
        assert_eq!(address("localhost:80"), Ok(SocketAddr::from(([127, 0, 0, 1], 80))));
        assert_eq!(address("[::1]:0").map(|address| address.port()), Ok(0));
        for wrong in ["8765", ":8765", "127.0.0.1", "localhost", "localhost:x", "example.test:80"] {
            assert_eq!(address(wrong), Err("write it like 127.0.0.1:8765".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn the_readme_of_the_mock_tells_of_every_option() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/mock-server/README.md");
        let readme = std::fs::read_to_string(readme).expect("a README");
        let command = Cli::command();
        let mock = command.find_subcommand("mock").expect("the mock");
        for option in mock.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(readme.contains(&format!("| `--{option}")), "--{option}");
        }
    }
}
