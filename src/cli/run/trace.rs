//! `--trace`: every request and frame, on stderr, with secrets blacked out.

use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;

use crate::flex::rest::{Exchange, Tracer, without_tokens};
use crate::flex::sdk::{Direction, Trace};

/// Prints each REST call. Its headers are not told: they hold the credentials.
pub(super) fn rest() -> Tracer {
    Arc::new(|exchange: &Exchange<'_>| {
        let answer = match exchange.answer {
            Ok((status, body)) => format!("{status} {}", String::from_utf8_lossy(body)),
            Err(error) => error.to_string(),
        };
        print(&format!("> {} {} {}\n< {answer}\n", exchange.method, exchange.url, exchange.form));
    })
}

/// Prints each frame with the number of its connection.
pub(super) fn frames() -> Trace {
    Rc::new(|connection, direction, frame| {
        let arrow = match direction {
            Direction::Sent => '>',
            Direction::Received => '<',
        };
        let text = String::from_utf8_lossy(frame);
        print(&format!("{arrow} [{connection}] {}\n", text.replace("\r\n", "\n      ").trim_end()));
    })
}

fn print(text: &str) {
    // A customer's own backend may answer with tokens, and messages may hold any.
    let text = without_tokens(text);
    // Tracing must not be able to fail what it traces.
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}
