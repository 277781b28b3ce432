//! The control port: connections, who may ask, and who answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use wire::form::Form;
use wire::secret::Secret;

use super::ask::{Answer, Ask, Endpoint, Problem, Query, account_of};
use super::{accounts, faults, journal, look, state, time, verify};
use crate::account::Account;
use crate::server::Mock;

/// Connections at once. One more waits.
const CONNECTIONS: usize = 64;

/// Bytes of a body: a state may be large.
const BODY: usize = 256 << 20;

/// How long a head, and then a body, may take to come.
const DEADLINE: Duration = Duration::from_secs(30);

macro_rules! endpoints {
    ($($method:literal $path:literal $query:expr, $says:literal $(, $example:path)? => $run:path;)+) => {
        /// All that can be asked.
        const ENDPOINTS: &[Endpoint] = &[
            $(Endpoint {
                method: $method,
                path: $path,
                query: $query,
                says: $says,
                example: [$(Some($example) ,)? None][0],
                run: $run,
            }),+
        ];
    };
}

endpoints! {
    "GET" "/" &[], "lists these requests" => look::help;
    "GET" "/ready" &[], "200 once the mock accepts connections; needs no token" => look::ready;
    "POST" "/reset" &[], "the account begins anew, as it was at its start" => look::reset;
    "POST" "/seed" &[], "begins anew with a state: the document of --state FILE", state::LIKE => state::restore;
    "GET" "/snapshot" &[], "the state as such a document: without clock, faults, journal, bytes of media, push bindings" => state::snapshot;
    "POST" "/snapshot" &[], "begins anew with a state; the same as /seed", state::LIKE => state::restore;
    "GET" "/clock" &[], "the time as the account has it" => time::read;
    "POST" "/clock/advance" &[], "lets time pass", time::LIKE => time::advance;
    "GET" "/faults" &[], "the faults in force, and how often each struck" => faults::read;
    "PUT" "/faults" &[], "these faults instead of those there were", faults::LIKE => faults::replace;
    "DELETE" "/faults" &[], "no faults any more; answers what those there were had done" => faults::remove;
    "GET" "/counters" &[], "what was planted, what there is, how much was asked" => look::counters;
    "GET" "/rules" &[], "every rule with its basis and how often it was followed" => look::rules;
    "GET" "/journal" journal::FILTERS, "the latest requests, the newest last" => journal::read;
    "POST" "/verify" &[], "how many requests were like the one described; 409 if not as many as expected", verify::LIKE => verify::verify;
    "GET" "/accounts" &[], "the accounts" => accounts::list;
    "POST" "/accounts" &[], "makes an isolated account, of a seed of its own if none is sent", accounts::LIKE => accounts::add;
    "DELETE" "/accounts/{sid}" &[], "takes an account away" => accounts::remove;
}

impl Endpoint {
    /// What stands in the place of the path's name, if the path is this endpoint's.
    fn names<'p>(&self, path: &'p str) -> Option<&'p str> {
        match self.path.split_once('{') {
            None => (path == self.path).then_some(""),
            Some((before, _)) => {
                path.strip_prefix(before).filter(|name| !name.is_empty() && !name.contains('/'))
            }
        }
    }
}

/// Serves the control API until it is dropped.
pub(crate) async fn serve(listener: TcpListener, mock: Arc<Mock>, token: Secret) {
    let opens = Arc::new(Secret::from(format!("Bearer {}", token.expose())));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (mock, opens) = (mock.clone(), opens.clone());
        tokio::spawn(async move {
            let _permit = permit;
            let service = service_fn(|request| answered(request, mock.clone(), opens.clone()));
            // A line that broke is nobody's business but the client's.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(DEADLINE)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answered(
    request: Request<Incoming>,
    mock: Arc<Mock>,
    opens: Arc<Secret>,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let answer = match admitted(request, &opens).await {
        // A state may take a while to read and write: nobody who talks to the mock has to wait for that.
        Ok((head, body)) => spawn_blocking(move || run(&mock, &head, &body)).await.unwrap_or_else(|_| {
            Err(Problem::new(500, "the request could not be finished", "the mock", "report it"))
        }),
        Err(problem) => Err(problem),
    };
    let answer = answer.unwrap_or_else(|problem| problem.answer());
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Whether whoever asks may, and the whole request.
async fn admitted(
    request: Request<Incoming>,
    opens: &Secret,
) -> Result<(http::request::Parts, Bytes), Problem> {
    let (head, body) = request.into_parts();
    if head.uri.path() == "/ready" {
        // Anybody may ask, so nothing is read of whoever does.
        return Ok((head, Bytes::new()));
    }
    if !is_open(&head.headers, opens) {
        return Err(Problem::new(
            401,
            "the control token is missing or wrong",
            "the header `Authorization`",
            "send `Authorization: Bearer` and the `control_token` that the mock printed when it was ready",
        ));
    }
    let whole = timeout(DEADLINE, Limited::new(body, BODY).collect()).await;
    match whole {
        Ok(Ok(body)) => Ok((head, body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Problem::new(413, "the body is too large", "the body", "send at most 256 MiB"))
        }
        Ok(Err(error)) => {
            let what = format!("the body cannot be read: {error}");
            Err(Problem::new(400, what, "the body", "send as much as its head says, in whole chunks"))
        }
        Err(_) => Err(Problem::new(408, "the body did not come in time", "the body", "send it within 30 s")),
    }
}

fn is_open(headers: &HeaderMap, opens: &Secret) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|given| opens.matches(given.as_bytes()))
}

fn run(mock: &Mock, head: &http::request::Parts, body: &[u8]) -> Result<Answer, Problem> {
    let (method, path) = (head.method.as_str(), head.uri.path());
    let (endpoint, named) = find(method, path)?;
    let (account, query) = query_of(mock, endpoint, head.uri.query().unwrap_or_default())?;
    (endpoint.run)(&Ask { mock, endpoints: ENDPOINTS, account, query, named, body })
}

fn find<'p>(method: &str, path: &'p str) -> Result<(&'static Endpoint, &'p str), Problem> {
    let mut methods = Vec::new();
    for endpoint in ENDPOINTS {
        if let Some(named) = endpoint.names(path) {
            if endpoint.method == method {
                return Ok((endpoint, named));
            }
            methods.push(endpoint.method);
        }
    }
    if methods.is_empty() {
        let what = format!("there is no {path}");
        return Err(Problem::new(404, what, "the path", "GET / lists what there is"));
    }
    let next = format!("use {}", methods.join(" or "));
    Err(Problem::new(405, format!("{path} does not take {method}"), "the method", next))
}

/// The account that is meant, and the rest of the query.
fn query_of(mock: &Mock, endpoint: &Endpoint, query: &str) -> Result<(Arc<Account>, Query), Problem> {
    let form = Form::parse(query.as_bytes())
        .map_err(|error| Problem::new(400, error.to_string(), "the query", "say less"))?;
    let mut account = mock.accounts().first().clone();
    let mut rest = Vec::new();
    for (name, value) in form.pairs() {
        if name == "account" {
            account = account_of(mock, value, "the query, `account`")?;
        } else if endpoint.query.contains(&name) {
            rest.push((name.to_owned(), value.to_owned()));
        } else {
            let what = format!("`{name}` says nothing to {} {}", endpoint.method, endpoint.path);
            let next = format!("it takes: account {}", endpoint.query.join(" "));
            return Err(Problem::new(400, what, "the query", next.trim_end()));
        }
    }
    Ok((account, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_in_the_table_of_the_documentation() {
        let table = include_str!("mod.rs");
        for Endpoint { method, path, .. } in ENDPOINTS {
            assert!(table.contains(&format!("//! | `{method} {path}` |")), "{method} {path}");
        }
    }

    #[test]
    fn what_there_is_not_is_told_from_what_is_asked_wrongly() {
        let status =
            |method, path| find(method, path).map(|(_, named)| named).map_err(|problem| problem.status);
        assert_eq!(status("GET", "/clock"), Ok(""));
        assert_eq!(status("DELETE", "/accounts/AC0"), Ok("AC0"));
        assert_eq!(status("DELETE", "/accounts/"), Err(404));
        assert_eq!(status("DELETE", "/clock"), Err(405));
        assert_eq!(status("GET", "/v1/Channels"), Err(404));
    }
}
