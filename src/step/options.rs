//! What every step that talks to the target may say besides its own fields.

use crate::value::{Name, Span};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a failed step means for the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The chat ends here, as a person would give up.
    #[default]
    EndChat,
    /// The next step follows all the same.
    Continue,
}

/// The time-out of a step that names none.
pub const DEFAULT_TIMEOUT: Span = Span::seconds(30);

pub(super) fn default_timeout() -> Span {
    DEFAULT_TIMEOUT
}

/// The options of one step, whichever it is.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The name of its metric, when not the step's own.
    pub id: Option<&'a Name>,
    /// When it counts as timed out.
    pub timeout: Span,
    /// What a failure means for the chat.
    pub on_error: OnError,
}

/// Declares a step that talks to the target: its own fields, then `id`, `timeout` and `on_error`.
macro_rules! network_step {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, expecting = "a map of the step's options (`{}` when it has none)")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Names the step's metric; default: the step's own name.
            #[serde(default)]
            pub id: Option<$crate::value::Name>,
            /// When the step counts as timed out.
            #[serde(default = "crate::step::options::default_timeout")]
            pub timeout: $crate::value::Span,
            /// What a failure means for the chat.
            #[serde(default)]
            pub on_error: $crate::step::options::OnError,
        }

        impl $name {
            /// The options every network step has.
            pub fn options(&self) -> $crate::step::options::Options<'_> {
                $crate::step::options::Options { id: self.id.as_ref(), timeout: self.timeout, on_error: self.on_error }
            }
        }
    };
}
pub(crate) use network_step;
