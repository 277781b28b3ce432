//! What may be wrong with a part of a document, and where it then stands.

use wire::identity::Identity;
use wire::sid::{Kind, Sid};
use wire::time::Timestamp;

use super::{Json, Moment, StateError};
use crate::basis::Refused;
use crate::world::check;

pub(super) type Done<T = ()> = Result<T, StateError>;

pub(super) fn wrong(what: impl Into<String>) -> StateError {
    StateError { place: String::new(), what: what.into() }
}

pub(super) fn refused(refused: &Refused) -> StateError {
    wrong(format!("{} ({})", refused.message, refused.code))
}

impl StateError {
    /// The same, seen from outside.
    pub(super) fn within(mut self, part: &str, nth: usize) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        self.place = format!("{part}[{nth}]{dot}{}", self.place);
        self
    }

    /// The same, of this field.
    pub(super) fn of(self, field: &str) -> Self {
        Self { place: field.to_owned(), ..self }
    }
}

/// Does each of a list; what is wrong is told with its place.
pub(super) fn each<T>(part: &str, list: &[T], mut one: impl FnMut(&T) -> Done) -> Done {
    list.iter().enumerate().try_for_each(|(nth, item)| one(item).map_err(|error| error.within(part, nth)))
}

pub(super) fn moment(said: Option<Moment>, or: Timestamp) -> Timestamp {
    said.map_or(or, |Moment(at)| at)
}

pub(super) fn named(name: Option<&str>) -> Done {
    check::friendly_name(name).map_err(|error| refused(&error).of("friendly_name"))
}

/// An author or a maker, who need not be anybody's user.
pub(super) fn said_by(field: &str, who: Option<&Identity>) -> Done {
    check::author(who).map_err(|error| refused(&error).of(field))
}

pub(super) fn described(attributes: Option<&Json>) -> Done {
    check::attributes(attributes.map(|Json(text)| &**text)).map_err(|error| refused(&error).of("attributes"))
}

/// The SID that is said, which must be a mock's: Sync's names for it are made of the rest of it.
pub(super) fn made_here<K: Kind>(said: Option<Sid<K>>, make: impl FnOnce() -> Sid<K>) -> Done<Sid<K>> {
    let sid = said.unwrap_or_else(make);
    if sid.is_mock() {
        Ok(sid)
    } else {
        Err(wrong(format!("{sid} is no mock's SID: leave it out, and one is made")).of("sid"))
    }
}
