//! A place outside of Flex that takes JSON: the collector a run's metrics are sent to.
//!
//! Here and not beside its caller because this folder is the one that knows the HTTP client and whom it trusts.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::time::timeout;
use url::Url;

use super::target::on_loopback;

/// The most of an answer that is read, in bytes.
const ANSWER: usize = 64 * 1024;

/// Where a collector of OpenTelemetry takes metrics: a URL without credentials, whose path ends with `/v1/metrics`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(Url);

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Collector {
    type Err = String;

    /// A base URL, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it, or the whole one.
    fn from_str(text: &str) -> Result<Self, String> {
        // The text is not repeated: it may hold what must not be printed.
        let mut url = Url::parse(text)
            .map_err(|error| format!("no URL ({error}): write it like http://127.0.0.1:4318"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err("expected http:// or https:// with a host".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(
                "no credentials and no query in it: arguments are visible to everybody on the machine; \
                        put headers into OTEL_EXPORTER_OTLP_HEADERS"
                    .to_owned(),
            );
        }
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        let path = if path.ends_with("/v1/metrics") { path.to_owned() } else { format!("{path}/v1/metrics") };
        url.set_path(&path);
        Ok(Self(url))
    }
}

/// Headers as `OTEL_EXPORTER_OTLP_HEADERS` spells them: `name=value,name=value`, values percent-encoded.
///
/// # Errors
///
/// The name of one that is no header; never a value.
pub fn headers(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or("it is a list of name=value, separated by commas")?;
        let wrong = || format!("`{}` cannot be a header", name.escape_default());
        let name = HeaderName::from_str(name.trim()).map_err(|_| wrong())?;
        let decoded: Vec<u8> = percent_decode_str(value.trim()).collect();
        let mut value = HeaderValue::from_bytes(&decoded).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

/// A place that takes JSON.
pub struct Post {
    client: Client,
    to: Url,
    headers: HeaderMap,
}

impl Post {
    /// A client for it; opens no connection yet.
    ///
    /// # Errors
    ///
    /// There are headers, which may be secret, and everybody on the way could read them; or the system has no
    /// certificates to trust.
    pub fn new(to: Collector, mut headers: HeaderMap) -> Result<Self, String> {
        if !headers.is_empty() && to.0.scheme() != "https" && !on_loopback(&to.0) {
            return Err("headers may be secret and go only over https://, or to this machine".to_owned());
        }
        // A second installation is refused, which is as good: there is one either way.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("flexload/", env!("CARGO_PKG_VERSION")))
            // Headers are for this place and no other.
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(5));
        // Loading the system's certificates fails where there are none.
        let builder = if to.0.scheme() == "https" { builder } else { builder.tls_certs_only([]) };
        let client = builder.build().map_err(|error| {
            let why = std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string);
            format!("no HTTP client: {why}; is the package ca-certificates installed?")
        })?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { client, to: to.0, headers })
    }

    /// Sends a body; answers with the status and what was said, which is read up to a bound.
    ///
    /// # Errors
    ///
    /// No answer, in words without the URL, within `patience` for all of it.
    pub async fn json(&self, body: Vec<u8>, patience: Duration) -> Result<(u16, Vec<u8>), String> {
        let asked = async {
            let request = self.client.post(self.to.clone()).headers(self.headers.clone()).body(body);
            let mut answer = request.send().await.map_err(|error| told(&error))?;
            let mut said = Vec::new();
            while said.len() < ANSWER
                && let Some(more) = answer.chunk().await.map_err(|error| told(&error))?
            {
                said.extend_from_slice(&more[..more.len().min(ANSWER - said.len())]);
            }
            Ok((answer.status().as_u16(), said))
        };
        timeout(patience, asked).await.unwrap_or_else(|_| Err(format!("no answer within {patience:?}")))
    }
}

/// The innermost reason, which is the one that tells: `connection refused`.
fn told(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_gets_the_path_of_metrics() {
        for (given, meant) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
            ("http://[::1]:4318/", "http://[::1]:4318/v1/metrics"),
            ("https://otlp.example.test/otlp/", "https://otlp.example.test/otlp/v1/metrics"),
            ("http://localhost:4318/v1/metrics", "http://localhost:4318/v1/metrics"),
        ] {
            assert_eq!(given.parse::<Collector>().map(|url| url.to_string()).as_deref(), Ok(meant));
        }
    }

    #[test]
    fn a_url_with_credentials_is_refused_without_repeating_them() {
        for given in ["http://me:hush@collector/", "https://hush@collector/", "https://collector/?key=hush"] {
            let says = given.parse::<Collector>().unwrap_err();
            assert!(says.contains("OTEL_EXPORTER_OTLP_HEADERS") && !says.contains("hush"), "{says}");
        }
        for given in ["collector:4318", "grpc://collector", "", "unix:/run/x"] {
            assert!(given.parse::<Collector>().is_err(), "{given}");
        }
    }

    #[test]
    fn headers_go_only_where_nobody_on_the_way_reads_them() {
        let new = |url: &str, given| Post::new(url.parse().unwrap(), headers(given).unwrap()).map(drop);
        for url in ["http://127.0.0.1:4318", "http://[::1]:4318", "http://localhost:4318"] {
            assert_eq!(new(url, "x-key=hush"), Ok(()), "{url}");
        }
        for url in ["http://collector.example.test:4318", "http://192.0.2.1", "http://localhost.example.test"]
        {
            assert_eq!(new(url, ""), Ok(()), "{url}");
            let says = new(url, "x-key=hush").unwrap_err();
            assert!(says.contains("https://") && !says.contains("hush"), "{says}");
        }
        // Where the system has no certificates it is refused for that.
        let says = new("https://collector.example.test", "x-key=hush").err().unwrap_or_default();
        assert!(!says.contains("secret"), "{says}");
    }

    #[test]
    fn headers_are_read_as_opentelemetry_writes_them() {
        let read = headers("Authorization=Basic%20aHVzaA==, x-scope-orgid=1,,").unwrap();
        assert_eq!(read["authorization"], "Basic aHVzaA==");
        assert_eq!(read["x-scope-orgid"], "1");
        assert!(read["authorization"].is_sensitive());
        for wrong in ["hush", "a b=hush", "a=hush%0a"] {
            assert!(!headers(wrong).unwrap_err().contains("hush"), "{wrong}");
        }
    }
}
