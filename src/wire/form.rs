//! `application/x-www-form-urlencoded`, as Twilio's helper libraries write it.
//!
//! They differ: Node writes a space as `%20`, Python as `+`; Python 7 writes `True` and `False`; arrays are
//! the same key repeated. [`Form`] reads all of it, [`Encoder`] writes any of it.

use std::{borrow::Cow, fmt, sync::Arc};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    identity::Identity,
    sid::{Kind, Sid},
    time::Timestamp,
};

/// The most pairs a form may have: far more than any operation takes, so that a body of nothing but `&` costs
/// no more memory than an honest one.
pub const MAX_PAIRS: usize = 256;

/// What both libraries leave as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A parsed form: decoded pairs, in the order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// A form had more than [`MAX_PAIRS`] pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyPairs;

impl fmt::Display for TooManyPairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a form of more than {MAX_PAIRS} pairs")
    }
}

impl std::error::Error for TooManyPairs {}

impl<'a> Form<'a> {
    /// Decodes a body or a query. Bytes that are no UTF-8 become U+FFFD, as everywhere on the web.
    ///
    /// # Errors
    /// If it has too many pairs.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TooManyPairs> {
        // More than most operations take: one allocation instead of three.
        let mut pairs = Vec::with_capacity(if bytes.is_empty() { 0 } else { 12 });
        for pair in form_urlencoded::parse(bytes) {
            if pairs.len() == MAX_PAIRS {
                return Err(TooManyPairs);
            }
            pairs.push(pair);
        }
        Ok(Self { pairs })
    }

    /// The first value under this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values under this name: how arrays are written.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| &**value)
    }

    /// The pairs in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (&**key, &**value))
    }

    /// A field of any kind: required, optional or repeated, as its type says.
    ///
    /// # Errors
    /// If it is missing though required, or not what its type asks for.
    pub fn field<T: Parameter>(&self, name: &'static str) -> Result<T, FieldError> {
        T::from_form(self, name)
    }
}

/// What a field should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is required.
    Something,
    /// `true` or `false`, in any case.
    Boolean,
    /// A whole number that fits.
    Number,
    /// The SID of this kind: prefix and name.
    Sid(&'static str, &'static str),
    /// An ISO 8601 moment.
    Moment,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Something => f.write_str("a value"),
            Self::Boolean => f.write_str("true or false"),
            Self::Number => f.write_str("a whole number"),
            Self::Sid(prefix, name) => write!(f, "the SID of {name} ({prefix} and 32 hex digits)"),
            Self::Moment => f.write_str("a moment like 2016-08-01T22:10:40Z"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
        }
    }
}

/// A field that is missing or not what it should be. It does not repeat what it saw: that may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: &'static str,
    /// What it should have been; [`Expected::Something`] when it is missing.
    pub expected: Expected,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.field, self.expected)
    }
}

impl std::error::Error for FieldError {}

/// A value of a form, in words.
pub trait Field: Sized {
    /// Reads the decoded text.
    ///
    /// # Errors
    /// What it should have been.
    fn read(text: &str) -> Result<Self, Expected>;

    /// Writes it under a name.
    fn write(&self, encoder: &mut Encoder, name: &'static str);
}

/// A parameter of an operation: a required [`Field`], an optional one, or a repeated one.
pub trait Parameter: Sized {
    /// Takes it out of a form.
    ///
    /// # Errors
    /// If it is missing though required, or not what it should be.
    fn from_form(form: &Form<'_>, name: &'static str) -> Result<Self, FieldError>;

    /// Writes it under its name, if it has a value.
    fn to_pairs(&self, encoder: &mut Encoder, name: &'static str);
}

impl<T: Field> Parameter for T {
    fn from_form(form: &Form<'_>, name: &'static str) -> Result<Self, FieldError> {
        // An empty required value says no more than a missing one.
        let text = form.get(name).filter(|text| !text.is_empty());
        let text = text.ok_or(FieldError { field: name, expected: Expected::Something })?;
        T::read(text).map_err(|expected| FieldError { field: name, expected })
    }

    fn to_pairs(&self, encoder: &mut Encoder, name: &'static str) {
        self.write(encoder, name);
    }
}

impl<T: Field> Parameter for Option<T> {
    fn from_form(form: &Form<'_>, name: &'static str) -> Result<Self, FieldError> {
        form.get(name)
            .map(|text| T::read(text).map_err(|expected| FieldError { field: name, expected }))
            .transpose()
    }

    fn to_pairs(&self, encoder: &mut Encoder, name: &'static str) {
        if let Some(value) = self {
            value.write(encoder, name);
        }
    }
}

impl<T: Field> Parameter for Vec<T> {
    fn from_form(form: &Form<'_>, name: &'static str) -> Result<Self, FieldError> {
        form.all(name)
            .map(|text| T::read(text).map_err(|expected| FieldError { field: name, expected }))
            .collect()
    }

    fn to_pairs(&self, encoder: &mut Encoder, name: &'static str) {
        for value in self {
            value.write(encoder, name);
        }
    }
}

/// What an operation takes, as a whole.
pub trait Parameters {
    /// The names of its parameters on the wire.
    const NAMES: &'static [&'static str];
}

/// Declares what an operation takes, once for both ends: the server reads it from a form, the client writes it.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $wire:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl $crate::form::Parameters for $name {
            const NAMES: &'static [&'static str] = &[$($wire),+];
        }

        impl $name {
            /// Reads it from a form; what else the form holds is ignored.
            ///
            /// # Errors
            /// The first field that is missing though required, or not what it should be.
            pub fn from_form(form: &$crate::form::Form<'_>) -> Result<Self, $crate::form::FieldError> {
                Ok(Self { $($field: form.field($wire)?,)+ })
            }

            /// Writes it as a form.
            pub fn to_form(&self, style: $crate::form::Style) -> String {
                let mut encoder = $crate::form::Encoder::new(style);
                $($crate::form::Parameter::to_pairs(&self.$field, &mut encoder, $wire);)+
                encoder.finish()
            }
        }
    };
}
pub(crate) use parameters;

/// Whose habits a written form has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Style {
    /// Node's: a space is `%20`, booleans are `true` and `false`.
    #[default]
    Node,
    /// Python's from version 8 on: a space is `+`.
    Python,
    /// Python 7's: a space is `+`, booleans are `True` and `False`.
    Python7,
}

/// Writes pairs as a form.
#[derive(Debug)]
pub struct Encoder {
    text: String,
    style: Style,
}

impl Encoder {
    /// Nothing written yet.
    pub const fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    /// Writes a pair.
    pub fn text(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.escape(name);
        self.text.push('=');
        self.escape(value);
    }

    /// Writes a pair whose value is a boolean.
    pub fn boolean(&mut self, name: &str, value: bool) {
        self.text(
            name,
            match (self.style, value) {
                (Style::Python7, true) => "True",
                (Style::Python7, false) => "False",
                (Style::Node | Style::Python, true) => "true",
                (Style::Node | Style::Python, false) => "false",
            },
        );
    }

    fn escape(&mut self, text: &str) {
        match self.style {
            Style::Node => self.text.extend(utf8_percent_encode(text, ESCAPED)),
            Style::Python | Style::Python7 => {
                for (n, word) in text.split(' ').enumerate() {
                    if n > 0 {
                        self.text.push('+');
                    }
                    self.text.extend(utf8_percent_encode(word, ESCAPED));
                }
            }
        }
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.text
    }
}

impl Field for bool {
    fn read(text: &str) -> Result<Self, Expected> {
        match text {
            _ if text.eq_ignore_ascii_case("true") => Ok(true),
            _ if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(Expected::Boolean),
        }
    }

    fn write(&self, encoder: &mut Encoder, name: &'static str) {
        encoder.boolean(name, *self);
    }
}

macro_rules! text_fields {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn read(text: &str) -> Result<Self, Expected> {
                Ok(text.into())
            }

            fn write(&self, encoder: &mut Encoder, name: &'static str) {
                encoder.text(name, self);
            }
        }
    )+};
}
text_fields!(String, Arc<str>, Identity);

macro_rules! number_fields {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn read(text: &str) -> Result<Self, Expected> {
                text.parse().map_err(|_| Expected::Number)
            }

            fn write(&self, encoder: &mut Encoder, name: &'static str) {
                encoder.text(name, &self.to_string());
            }
        }
    )+};
}
number_fields!(u8, u32, i32, u64);

impl<K: Kind> Field for Sid<K> {
    fn read(text: &str) -> Result<Self, Expected> {
        text.parse().map_err(|_| Expected::Sid(K::PREFIX, K::NAME))
    }

    fn write(&self, encoder: &mut Encoder, name: &'static str) {
        encoder.text(name, &self.text());
    }
}

impl Field for Timestamp {
    fn read(text: &str) -> Result<Self, Expected> {
        Self::parse(text).map_err(|_| Expected::Moment)
    }

    fn write(&self, encoder: &mut Encoder, name: &'static str) {
        encoder.text(name, &self.rest().to_string());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_librarys_habits_are_read() {
        let node = Form::parse(b"Body=hi%20%C3%A9&LongLived=true").unwrap();
        let python = Form::parse(b"Body=hi+%C3%A9&LongLived=True").unwrap();
        for form in [node, python] {
            assert_eq!(form.get("Body"), Some("hi \u{e9}"));
            assert_eq!(form.field("LongLived"), Ok(true));
            assert_eq!(form.field::<Option<bool>>("Enabled"), Ok(None));
        }
    }

    #[test]
    fn a_repeated_key_is_an_array() {
        let form = Form::parse(b"Filters=onMessageSent&Url=http%3A%2F%2Fx&Filters=onChannelUpdated").unwrap();
        assert_eq!(form.field::<Vec<String>>("Filters").unwrap(), ["onMessageSent", "onChannelUpdated"]);
        assert_eq!(form.get("Url"), Some("http://x"));
    }

    #[test]
    fn a_missing_required_field_and_an_empty_one_are_the_same() {
        let missing = FieldError { field: "Identity", expected: Expected::Something };
        for body in [&b""[..], b"Identity=", b"Other=x"] {
            assert_eq!(Form::parse(body).unwrap().field::<Identity>("Identity"), Err(missing));
        }
        assert_eq!(Form::parse(b"Body=").unwrap().field("Body"), Ok(Some(String::new())));
    }

    #[test]
    fn a_wrong_field_says_what_it_should_be() {
        let form = Form::parse(b"LongLived=yes&RetryCount=-1&FlexFlowSid=FW0").unwrap();
        let errors = [
            form.field::<bool>("LongLived").unwrap_err(),
            form.field::<Option<u8>>("RetryCount").unwrap_err(),
            form.field::<crate::sid::FlexFlowSid>("FlexFlowSid").unwrap_err(),
        ];
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "LongLived: expected true or false",
                "RetryCount: expected a whole number",
                "FlexFlowSid: expected the SID of a Flex Flow (FO and 32 hex digits)",
            ]
        );
    }

    #[test]
    fn too_many_pairs_are_refused() {
        assert_eq!(Form::parse("a=b&".repeat(MAX_PAIRS + 1).as_bytes()), Err(TooManyPairs));
        assert!(Form::parse("a=b&".repeat(MAX_PAIRS).as_bytes()).is_ok());
    }

    #[test]
    fn each_style_is_written_as_captured() {
        let write = |style| {
            let mut encoder = Encoder::new(style);
            encoder.text("ChatFriendlyName", "Chat with abc_1.2-~");
            encoder.boolean("LongLived", true);
            encoder.finish()
        };
        assert_eq!(write(Style::Node), "ChatFriendlyName=Chat%20with%20abc_1.2-~&LongLived=true");
        assert_eq!(write(Style::Python), "ChatFriendlyName=Chat+with+abc_1.2-~&LongLived=true");
        assert_eq!(write(Style::Python7), "ChatFriendlyName=Chat+with+abc_1.2-~&LongLived=True");
    }

    proptest! {
        #[test]
        fn every_form_comes_back(pairs in prop::collection::vec((".{0,12}", ".{0,24}"), 1..8)) {
            for style in [Style::Node, Style::Python, Style::Python7] {
                let mut encoder = Encoder::new(style);
                for (name, value) in &pairs {
                    encoder.text(name, value);
                }
                let written = encoder.finish();
                let form = Form::parse(written.as_bytes()).unwrap();
                let read: Vec<_> = form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                prop_assert_eq!(&read, &pairs);
            }
        }

        #[test]
        fn no_bytes_break_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::parse(&bytes).map(|form| form.pairs().count());
        }
    }
}
