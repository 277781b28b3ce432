//! What an author writes as one scalar or one small map: durations, rates, sizes, templates, distributions.
//!
//! Every type here implements a serde `Visitor` of its own rather than `try_from`, because only then does
//! an error carry the place of the scalar instead of the place of the map around it.

pub mod distribution;
pub mod json;
pub(crate) mod normal;
pub(crate) mod one_key;
pub mod rate;
pub(crate) mod scalar;
pub mod share;
pub mod size;
pub mod span;
pub mod suggest;
pub mod template;
pub mod text;

pub use distribution::Distribution;
pub use json::JsonTemplate;
pub use rate::Rate;
pub use share::Share;
pub use size::Size;
pub use span::Span;
pub use template::{Columns, Scope, Template, Variable, Vars};
pub use text::{Name, Text};
