//! The questions asked before the first customer: is anybody there, is it this API, does it let us in?

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout};
use url::Url;
use wire::flow::FlexFlow;

use super::rest::{Called, Rest, RestError, Transport};
use super::sdk::{ErrorKind as SdkErrorKind, Sdk, SdkConfig};
use super::target::Target;

/// How long a target may take to answer one question.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What a target refuses for a moment only is asked again so much later.
const AGAIN: Duration = Duration::from_secs(1);

const BAD_KEY: &str = "are the key and its secret of this account and region, and still valid?";
const SOMETHING_ELSE: &str = "something else answers there: a proxy's page, another service, a wrong port";
const WRONG_HOST: &str = "is it the right host? A corporate proxy's certificate goes into ca_file";
const RECOVERED: &str = "try again when it has recovered";
const LOCAL: &str = "this machine cannot connect; the target was not asked";

/// Why a run does not even start. Exit code 11.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreflightError {
    place: String,
    what: String,
    remedy: String,
}

impl fmt::Display for PreflightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, remedy } = self;
        write!(f, "{place}: {what}\n  {remedy}")
    }
}

impl std::error::Error for PreflightError {}

/// Asks a target all of it, with reads only, and returns its flow: what the guards look at next.
///
/// # Errors
///
/// Unreachable, no answer within [`PATIENCE`], an answer that is not this API's, or a refusal.
pub async fn ask(target: &Target, rest: &Rest, socket: bool) -> Result<FlexFlow, PreflightError> {
    ask_within(target, rest, socket, PATIENCE).await
}

/// Logs in over the socket as a device does, and out again. Needed beside [`ask`]: the socket is another host with
/// another login, and a scenario without agents would find that out customer by customer.
///
/// # Errors
///
/// Nobody is there, nobody answers within [`PATIENCE`], something else answers, or the token is refused.
pub async fn log_in(target: &Target, config: &Rc<SdkConfig>, token: &str) -> Result<(), PreflightError> {
    log_in_within(target, config, token, PATIENCE).await
}

async fn log_in_within(
    target: &Target,
    config: &Rc<SdkConfig>,
    token: &str,
    patience: Duration,
) -> Result<(), PreflightError> {
    match Sdk::connect(config, token, Instant::now() + patience).await {
        Ok((sdk, _)) => {
            sdk.close().await;
            Ok(())
        }
        Err(error) => Err(PreflightError {
            place: target.endpoints.socket.to_string(),
            what: match error.kind {
                SdkErrorKind::Timeout | SdkErrorKind::ConnectTimeout => {
                    format!("{}: no answer within {} s", error.doing, patience.as_secs_f64())
                }
                _ => error.to_string(),
            },
            remedy: remedy_of_login(target, error.kind),
        }),
    }
}

async fn ask_within(
    target: &Target,
    rest: &Rest,
    socket: bool,
    patience: Duration,
) -> Result<FlexFlow, PreflightError> {
    let flow = patiently(|left| rest.flow(left), patience)
        .await
        .map_err(|error| told(target, &target.endpoints.flex_api, "flex_flow_sid", &error))?;
    patiently(|left| rest.service(left), patience)
        .await
        .map_err(|error| told(target, &target.endpoints.chat, "chat_service_sid", &error))?;
    if socket {
        reach(&target.endpoints.socket, patience)
            .await
            .map_err(|error| told(target, &target.endpoints.socket, "endpoints.socket", &error))?;
    }
    Ok(flow)
}

/// Asks again when told "not now", as long as there is time.
async fn patiently<T, F>(ask: impl Fn(Duration) -> F, patience: Duration) -> Result<T, RestError>
where
    F: Future<Output = Called<T>>,
{
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline - Instant::now();
        match ask(left).await.result {
            Err(RestError::Status { http: 429, .. }) if Instant::now() + AGAIN < deadline => {
                sleep(AGAIN).await;
            }
            // Told with the whole patience, however little of it the last attempt had.
            Err(RestError::Timeout { .. }) => return Err(RestError::Timeout { after: patience }),
            result => return result,
        }
    }
}

/// Opens a connection to the socket's host and closes it again: whether it speaks the SDK's protocol is
/// for the first customer to find out, who has a token.
async fn reach(url: &Url, patience: Duration) -> Result<(), RestError> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let connecting = async {
        let addresses = lookup_host((host, port))
            .await
            .map_err(|error| RestError::Transport { kind: Transport::Dns, says: error.to_string() })?;
        let mut last = RestError::Transport { kind: Transport::Dns, says: "no address".to_owned() };
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(()),
                Err(error) => last = RestError::of_connecting(&error),
            }
        }
        Err(last)
    };
    timeout(patience, connecting).await.unwrap_or(Err(RestError::Timeout { after: patience }))
}

/// Puts a failed question into words: which address, what it said, and what to look at.
fn told(target: &Target, url: &Url, asked_for: &str, error: &RestError) -> PreflightError {
    let remedy = match error {
        RestError::Transport { kind: Transport::Tls, .. } => WRONG_HOST.to_owned(),
        RestError::Transport { .. } if target.is_local() => {
            "is it running? `flexload mock` serves one; without --target a run brings its own".to_owned()
        }
        RestError::Transport { .. } | RestError::Timeout { .. } => {
            format!("check endpoints of target `{}`, and whether a firewall is in between", target.name)
        }
        RestError::Status { http: 401, .. } => BAD_KEY.to_owned(),
        RestError::Status { http: 403, .. } => {
            "the credentials are known but may not read this account's Flex resources".to_owned()
        }
        RestError::Status { http: 404, code: Some(_), .. } => {
            format!("check {asked_for} of target `{}`: this account has no such thing", target.name)
        }
        RestError::Foreign { .. } | RestError::Status { code: None, .. } => SOMETHING_ELSE.to_owned(),
        RestError::Status { .. } => RECOVERED.to_owned(),
        RestError::Local { .. } => LOCAL.to_owned(),
    };
    PreflightError {
        place: url.to_string(),
        what: error.to_string(),
        remedy: remedy + retirement(url, error),
    }
}

/// Since its end of life, refusals of everything may mean that the API itself is gone.
fn remedy_of_login(target: &Target, kind: SdkErrorKind) -> String {
    match kind {
        SdkErrorKind::Denied { .. } => BAD_KEY.to_owned(),
        SdkErrorKind::Upgrade(_) | SdkErrorKind::Protocol => SOMETHING_ELSE.to_owned(),
        SdkErrorKind::Tls => WRONG_HOST.to_owned(),
        SdkErrorKind::Local(_) => LOCAL.to_owned(),
        SdkErrorKind::Resolve
        | SdkErrorKind::Refused
        | SdkErrorKind::Reset
        | SdkErrorKind::Unreachable
        | SdkErrorKind::ConnectTimeout
        | SdkErrorKind::Timeout
        | SdkErrorKind::Unsent
        | SdkErrorKind::Disconnected => format!(
            "check endpoints.socket of target `{}`, and whether a firewall or a proxy without WebSocket is in between",
            target.name
        ),
        SdkErrorKind::Transport { .. }
        | SdkErrorKind::Http { .. }
        | SdkErrorKind::Closed(_)
        | SdkErrorKind::SocketClosed(_)
        | SdkErrorKind::UnknownChannel => RECOVERED.to_owned(),
    }
}

fn retirement(url: &Url, error: &RestError) -> &'static str {
    let twilio = url.host_str().is_some_and(|host| host.ends_with(".twilio.com"));
    if twilio && matches!(error.http(), Some(403 | 404 | 410)) {
        "\n  Programmable Chat for Flex passed its published end of life on 2026-06-01: where other \
         accounts' calls fail alike, the API is retired and nothing is misconfigured"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use wire::sid::FlexFlowSid;

    use super::*;
    use crate::flex::fake::{Asked, Fake, Reply, flow, service, target};
    use crate::flex::rest::Options;

    async fn asked(target: &Target) -> Result<FlexFlow, String> {
        let rest = Rest::new(target, Options::default()).expect("a client");
        ask_within(target, &rest, true, Duration::from_millis(300)).await.map_err(|error| error.to_string())
    }

    async fn refusal(reply: fn(&Asked) -> Reply) -> String {
        asked(&Fake::start(reply).target()).await.expect_err("a refusal")
    }

    #[tokio::test]
    async fn a_target_that_answers_tells_its_flow() {
        let fake = Fake::start(|asked| {
            Reply::Json(200, if asked.line.contains("FlexFlows") { flow("task") } else { service() })
        });
        let flow = asked(&fake.target()).await.expect("a flow");
        assert_eq!(flow.sid, FlexFlowSid::mock(1, 4));
        assert!(fake.lines().iter().all(|line| line.starts_with("GET ")), "{:?}", fake.lines());
    }

    #[tokio::test]
    async fn nobody_there() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("one");
        let refusal =
            asked(&target(&format!("http://{free}").parse().expect("a URL"))).await.expect_err("nobody");
        assert!(refusal.contains("refused") && refusal.contains("flexload mock"), "{refusal}");
    }

    #[tokio::test]
    async fn somebody_who_never_answers() {
        let refusal = refusal(|_| Reply::Silence).await;
        assert!(refusal.contains("no answer within 0.3 s"), "{refusal}");
    }

    #[tokio::test]
    async fn somebody_else() {
        for reply in [
            |_: &Asked| Reply::Json(200, r#"{"hello":"world"}"#.to_owned()),
            |_: &Asked| Reply::Raw("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
            |_: &Asked| Reply::Raw("220 mail.example.com ESMTP\r\n"),
        ] {
            let refusal = refusal(reply).await;
            assert!(refusal.contains("something else answers there"), "{refusal}");
        }
    }

    #[tokio::test]
    async fn somebody_who_refuses_the_credentials() {
        let refusal = refusal(|_| {
            Reply::Json(401, r#"{"code":20003,"message":"Authenticate","more_info":"","status":401}"#.into())
        })
        .await;
        assert!(refusal.contains("HTTP 401, code 20003: Authenticate"), "{refusal}");
        assert!(refusal.contains("still valid?") && !refusal.contains("hush"), "{refusal}");
    }

    #[tokio::test]
    async fn a_flow_of_another_account() {
        let refusal = refusal(|_| {
            Reply::Json(404, r#"{"code":20404,"message":"not found","more_info":"","status":404}"#.into())
        })
        .await;
        assert!(refusal.contains("check flex_flow_sid of target `fake`"), "{refusal}");
    }

    #[tokio::test]
    async fn rest_without_a_socket_beside_it() {
        let fake = Fake::start(|asked| {
            Reply::Json(200, if asked.line.contains("FlexFlows") { flow("task") } else { service() })
        });
        let mut target = fake.target();
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("one");
        target.endpoints.socket = format!("ws://{free}/v3/wsconnect").parse().expect("a URL");
        let refusal = asked(&target).await.expect_err("nobody");
        assert!(refusal.starts_with(&format!("ws://{free}")), "{refusal}");
    }
}
