//! The steps a customer walks through: each file is one step, how it is written and what the customer does.
//!
//! A step is written as a map with one key, `- send_message: { body: hello }`. A step that needs no options may
//! be the bare word, `- leave`.

pub mod await_reply;
pub mod connect;
pub mod disconnect;
pub mod endpoint;
pub mod history;
pub mod leave;
pub mod mark_read;
pub mod media;
pub mod mint_token;
pub mod one_of;
pub mod open_channel;
pub mod options;
pub mod pace;
pub mod reconnect;
pub mod repeat;
pub mod send_message;
pub mod think;
pub mod turn;
pub mod typing;

pub use await_reply::AwaitReply;
pub use connect::{Connect, Login};
pub use disconnect::Disconnect;
pub use endpoint::Endpoint;
pub use history::History;
pub use leave::Leave;
pub use mark_read::MarkRead;
pub use media::{Media, Upload};
pub use mint_token::{Like, MintToken};
pub use one_of::{Branch, OneOf};
pub use open_channel::OpenChannel;
pub use options::{OnError, Options};
pub use pace::Pace;
pub use reconnect::Reconnect;
pub use repeat::Repeat;
pub use send_message::SendMessage;
pub use think::Think;
pub use turn::{PartsOver, Turn, Way};
pub use typing::Typing;

use crate::actor::Done;
use crate::actor::customer::Customer;
use crate::value::one_key::one_key;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// Declares `Step` and everything that is one line for each step.
macro_rules! steps {
    ($($key:literal => $variant:ident $kind:tt,)+) => {
        /// One step of a journey.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Step {
            $(#[doc = concat!("`", $key, "`")] $variant($variant),)+
        }

        /// The names of all steps, in the order of a chat.
        pub const NAMES: &[&str] = &[$($key),+];

        impl Step {
            /// The step's own name, as written.
            pub fn kind(&self) -> &'static str {
                match self { $(Step::$variant(_) => $key,)+ }
            }

            /// The options of a step that talks to the target; `None` for pauses and containers.
            pub fn options(&self) -> Option<Options<'_>> {
                match self { $(Step::$variant(_step) => steps!(@options $kind _step),)+ }
            }
        }

        one_key!(Step, noun: "step", expecting: "a step", { $($key => $variant),+ }, word: bare_word);

        impl JsonSchema for Step {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Step".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let choices = [$(one_key_schema($key, &generator.subschema_for::<$variant>())),+];
                let words: Vec<&str> = NAMES.iter().copied().filter(|name| bare_word(name).is_ok()).collect();
                json_schema!({
                    "description": "One step: a map with one key, or the bare name of a step that needs no options",
                    "oneOf": choices.into_iter().chain([json_schema!({ "enum": words })]).collect::<Vec<_>>(),
                })
            }
        }
    };
    (@options network $step:ident) => { Some($step.options()) };
    (@options local $step:ident) => { None };
}

steps! {
    "mint_token" => MintToken network,
    "connect" => Connect network,
    "open_channel" => OpenChannel network,
    "history" => History network,
    "send_message" => SendMessage network,
    "await_reply" => AwaitReply network,
    "typing" => Typing network,
    "mark_read" => MarkRead network,
    "think" => Think local,
    "pace" => Pace local,
    "repeat" => Repeat local,
    "one_of" => OneOf local,
    "disconnect" => Disconnect network,
    "reconnect" => Reconnect network,
    "leave" => Leave network,
}

impl Step {
    /// The name of the step's metric: its `id`, else its own name. `None` for what is not measured.
    pub fn name(&self) -> Option<&str> {
        self.options().map(|options| options.id.map_or(self.kind(), |id| id.as_str()))
    }
}

impl Step {
    /// Does what the step is for. The end of it is the last byte of what it waits for.
    ///
    /// # Errors
    ///
    /// What went wrong: a result, to be recorded.
    pub async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        match self {
            Self::MintToken(step) => step.perform(turn, customer).await,
            Self::Connect(step) => step.perform(turn, customer).await,
            Self::OpenChannel(step) => step.perform(turn, customer).await,
            Self::History(step) => step.perform(turn, customer).await,
            Self::SendMessage(step) => step.perform(turn, customer).await,
            Self::AwaitReply(step) => step.perform(turn, customer).await,
            Self::Typing(step) => step.perform(turn, customer).await,
            Self::MarkRead(step) => step.perform(turn, customer).await,
            Self::Disconnect(_) => Disconnect::perform(customer),
            Self::Reconnect(step) => step.perform(turn, customer).await,
            Self::Leave(step) => step.perform(turn, customer).await,
            // Pauses and steps that hold steps are the engine's: it alone decides when.
            Self::Think(_) | Self::Pace(_) | Self::Repeat(_) | Self::OneOf(_) => Ok(turn.due),
        }
    }
}

/// `- leave`: the step with no options, where it needs none.
fn bare_word(word: &str) -> Result<Step, String> {
    if !NAMES.contains(&word) {
        return Err(match crate::value::suggest::nearest(word, NAMES.iter().copied()) {
            Some(meant) => format!("unknown step `{word}`; did you mean `{meant}`?"),
            None => format!(
                "unknown step `{word}`; there are {}",
                crate::value::suggest::list(NAMES.iter().copied())
            ),
        });
    }
    let empty = serde_json::json!({ word: {} });
    let needs_options = || format!("`{word}` needs options: `{word}: …`");
    match Step::deserialize(empty).map_err(|_| needs_options())? {
        // Either of its two will do, and one must be.
        Step::SendMessage(SendMessage { body: None, media: None, .. }) => Err(needs_options()),
        step => Ok(step),
    }
}

fn one_key_schema(key: &str, value: &Schema) -> Schema {
    json_schema!({
        "type": "object",
        "properties": { key: value },
        "required": [key],
        "additionalProperties": false,
    })
}

/// The index that `u`, evenly drawn from [0, 1), stands for among weights; `None` when all are zero.
pub(crate) fn weighted(weights: impl Iterator<Item = u32> + Clone, u: f64) -> Option<usize> {
    let total: u64 = weights.clone().map(u64::from).sum();
    let drawn = (u * total as f64) as u64;
    let mut passed = 0;
    weights.enumerate().find_map(|(index, weight)| {
        passed += u64::from(weight);
        (drawn < passed).then_some(index)
    })
}

#[cfg(test)]
mod tests;
