//! The fault `forge_message`: behind a message there is another, which nobody sent.

use std::sync::Arc;

use serde_json::Value;
use wire::identity::Identity;

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.forge-message", MockOnly("configured"), "a message that nobody sent follows another, stored or only pushed";
}

fault! {
    /// Behind a message there is another, which nobody sent.
    sender ForgeMessage {
        /// Who is said to have sent it; the author of the message before, if it is not said.
        #[serde(default)]
        pub author: Option<String>,
        /// What it says.
        #[serde(default = "words")]
        pub body: String,
        /// Its attributes, as JSON text. If they are not said, those of the message before with every digit of
        /// their values changed: a mark in them is well-formed, and none that was ever made.
        #[serde(default)]
        pub attributes: Option<String>,
        /// Whether history has it, too.
        #[serde(default = "yes")]
        pub stored: bool,
    }
}

fn words() -> String {
    "Nobody sent this".to_owned()
}

const fn yes() -> bool {
    true
}

impl Said for ForgeMessage {
    fn post(&self, talk: &mut Talk<'_>, message: Message, strike: &Struck<'_>) -> Result<(), Refused> {
        let given = || self.attributes.as_deref().map(Arc::from);
        let forged = Message {
            author: self.author.as_deref().map_or_else(|| message.author.clone(), Identity::from),
            body: self.body.as_str().into(),
            attributes: given().or_else(|| message.attributes.as_deref().map(other_digits)),
            ..message.clone()
        };
        talk.put(message);
        match talk.renew(forged) {
            None => strike.strike.take_back(),
            Some(forged) if self.stored => talk.put(forged),
            Some(forged) => {
                talk.tell(&forged);
                talk.forget(&forged);
            }
        }
        Ok(())
    }
}

/// The same JSON with every digit in its values changed, a leading one to no zero.
fn other_digits(attributes: &str) -> Arc<str> {
    let Ok(mut value) = serde_json::from_str(attributes) else { return attributes.into() };
    change(&mut value);
    value.to_string().into()
}

fn change(value: &mut Value) {
    let next = |c: char| match c {
        '1'..='8' => char::from_u32(c as u32 + 1).unwrap_or(c),
        '9' => '1',
        c => c,
    };
    match value {
        Value::String(text) => *text = text.chars().map(next).collect(),
        Value::Number(number) => {
            let other: String = number.to_string().chars().map(next).collect();
            *value = serde_json::from_str(&other).unwrap_or(Value::Null);
        }
        Value::Array(values) => values.iter_mut().for_each(change),
        Value::Object(fields) => fields.values_mut().for_each(change),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_mark_has_the_shape_of_a_true_one_and_other_digits() {
        let forged = other_digits(r#"{"run":"a1b9","seq":10,"ok":true,"of":["ch20"]}"#);
        assert_eq!(&*forged, r#"{"of":["ch30"],"ok":true,"run":"a2b1","seq":20}"#);
    }
}
