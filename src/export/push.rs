//! Pushes to a collector of OpenTelemetry, over OTLP/HTTP with JSON.
//!
//! Nothing is tried again: each push has all counts since the start, so the next one makes up for one that was lost.

use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Begun;
use super::source::Source;
use crate::flex::post::Post;

/// How often.
const EVERY: Duration = Duration::from_secs(10);
/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most words of a collector's that are kept.
const WORDS: usize = 200;

/// What became of the pushes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// How many there were.
    pub all: u64,
    /// How many of them the collector did not take, or not whole.
    pub failed: u64,
    /// Why the last of those failed.
    pub why: Option<String>,
}

impl Pushed {
    fn note(&mut self, taken: Result<(), String>) {
        self.all += 1;
        if let Err(why) = taken {
            self.failed += 1;
            self.why = Some(why);
        }
    }
}

/// Pushes at once, then every ten seconds, and once more when told to stop. Tells what became of the first one.
pub(super) async fn push(
    post: Post,
    source: Source,
    tell: &mpsc::SyncSender<Begun>,
    stopped: oneshot::Receiver<()>,
) -> Pushed {
    let mut pushed = Pushed::default();
    pushed.note(once(&post, &source).await);
    // There is room for one, and whoever does not listen need not know.
    let _ = tell.send(Ok(pushed.why.clone()));
    let mut every = interval_at(Instant::now() + EVERY, EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut stopped = std::pin::pin!(stopped);
    loop {
        tokio::select! {
            biased;
            // A sender that is gone was dropped without asking for a last push.
            asked = &mut stopped => {
                if asked.is_ok() {
                    pushed.note(once(&post, &source).await);
                }
                return pushed;
            }
            _ = every.tick() => pushed.note(once(&post, &source).await),
        }
    }
}

async fn once(post: &Post, source: &Source) -> Result<(), String> {
    let (status, answer) = post.json(source.request(), PATIENCE).await?;
    if !(200..300).contains(&status) {
        return Err(format!("answered {status}: {}", words(&String::from_utf8_lossy(&answer))));
    }
    // A collector may take some and refuse the rest; what else it says does not matter.
    let rejected = serde_json::from_slice::<Answer>(&answer).unwrap_or_default().partial_success;
    match rejected.rejected_data_points {
        Count::Number(0) => Ok(()),
        Count::Text(none) if none == "0" => Ok(()),
        Count::Number(_) | Count::Text(_) => {
            Err(format!("it took only some of the values: {}", words(&rejected.error_message)))
        }
    }
}

/// What a collector answers to a push that it took, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    partial_success: Partial,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Partial {
    rejected_data_points: Count,
    error_message: String,
}

/// A 64-bit number in the JSON mapping of protobuf: text, though some write a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u64),
    Text(String),
}

impl Default for Count {
    fn default() -> Self {
        Self::Number(0)
    }
}

/// Text of somebody else's as it may be printed: one line, bounded, nothing a terminal would obey.
fn words(text: &str) -> String {
    let kept: String = text.chars().take(WORDS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    kept.trim().to_owned()
}
