//! Twilio's errors: the envelope of a refusal and the catalogue of codes.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

mod catalogue;

/// The body of a refusal, in the order of the real service's fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// Twilio's code; see [`title`].
    pub code: u32,
    /// More about it; the real service sends it empty with some refusals and not at all with most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
    /// For people.
    pub message: Cow<'static, str>,
    /// Where the code is explained.
    #[serde(default)]
    pub more_info: Cow<'static, str>,
    /// The HTTP status, once more.
    pub status: u16,
}

impl ApiError {
    /// A refusal whose `more_info` is the code's page.
    pub fn new(status: u16, code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        let more_info = format!("https://www.twilio.com/docs/errors/{code}").into();
        Self { code, detail: None, message: message.into(), more_info, status }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HTTP {}, code {})", self.message, self.status, self.code)
    }
}

impl std::error::Error for ApiError {}

/// The title of a code in Twilio's catalogue.
pub fn title(code: u32) -> Option<&'static str> {
    let at = catalogue::TITLES.binary_search_by_key(&code, |(known, _)| *known).ok()?;
    catalogue::TITLES.get(at).map(|(_, title)| *title)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_has_no_code_twice() {
        assert!(catalogue::TITLES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(catalogue::TITLES.iter().all(|(_, title)| !title.is_empty()));
    }

    #[test]
    fn titles_are_found_by_code() {
        assert_eq!(title(45205), Some("Requested Flex Flow is not found"));
        assert_eq!(title(catalogue::TITLES[0].0), Some(catalogue::TITLES[0].1));
        assert_eq!(title(1), None);
    }

    #[test]
    fn the_envelope_is_the_recorded_one() {
        let mut refusal = ApiError::new(401, 20003, "Authenticate");
        refusal.detail = Some("".into());
        assert_eq!(
            serde_json::to_string(&refusal).unwrap(),
            r#"{"code":20003,"detail":"","message":"Authenticate","more_info":"https://www.twilio.com/docs/errors/20003","status":401}"#
        );
        let plain = serde_json::to_string(&ApiError::new(404, 20404, "x")).unwrap();
        assert!(!plain.contains("detail"));
    }

    proptest! {
        #[test]
        fn every_error_comes_back(status in 400..600_u16, code: u32, message in ".{0,60}", detail: Option<String>) {
            let mut error = ApiError::new(status, code, message);
            error.detail = detail.map(Cow::Owned);
            let json = serde_json::to_string(&error).unwrap();
            prop_assert_eq!(serde_json::from_str::<ApiError>(&json).unwrap(), error);
        }
    }
}
