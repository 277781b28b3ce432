//! Flex Flows as people keep them in files: what the API answered, or what Twilio's CLI prints with `-o json`.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ChannelType, Integration, IntegrationType};
use crate::sid::{ChatServiceSid, FlexFlowSid};

/// A flow read from a file. What is not here (dates, the account, links) is not the flow's own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Exported {
    /// Its SID.
    pub sid: FlexFlowSid,
    /// Its name.
    #[serde(default)]
    pub friendly_name: Option<String>,
    /// The Chat service its channels live in.
    #[serde(default)]
    pub chat_service_sid: Option<ChatServiceSid>,
    /// Where its customers come from.
    pub channel_type: ChannelType,
    /// The business's own address.
    #[serde(default)]
    pub contact_identity: Option<String>,
    /// Whether it handles customers who turn up by themselves.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// What happens when a customer turns up.
    #[serde(default)]
    pub integration_type: Option<IntegrationType>,
    /// The parameters of that, complete or not.
    #[serde(default)]
    pub integration: Option<Integration>,
    /// Whether its channels are kept for the next contact.
    #[serde(default)]
    pub long_lived: Option<bool>,
    /// Whether the janitor cleans up.
    #[serde(default)]
    pub janitor_enabled: Option<bool>,
}

/// Why a file holds no flows.
#[derive(Debug)]
pub enum ExportError {
    /// There is nothing in it.
    Empty,
    /// It is no JSON; the error says where.
    Json(serde_json::Error),
    /// It is JSON of something else.
    Nothing,
    /// One of its flows lacks what every flow has.
    Lacks {
        /// Which, from 1.
        nth: usize,
        /// What it lacks.
        field: &'static str,
    },
    /// One of its flows cannot be read.
    Flow {
        /// Which, from 1.
        nth: usize,
        /// The field that is wrong, if it is one.
        field: Option<String>,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// What a file of flows is made of.
const EXPECTED: &str = "expected what GET /v1/FlexFlows or GET /v1/FlexFlows/{Sid} answers, or what \
                        `twilio api:flex:v1:flex-flows:list -o json` prints";

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "is empty: {EXPECTED}"),
            Self::Json(error) => write!(f, "is no JSON ({error}): {EXPECTED}"),
            Self::Nothing => write!(f, "holds no Flex Flow: {EXPECTED}"),
            Self::Lacks { nth, field } => write!(f, "flow {nth} has no `{field}`"),
            Self::Flow { nth, field: Some(field), source } => {
                write!(f, "flow {nth}: `{field}` cannot be read: {source}")
            }
            Self::Flow { nth, field: None, source } => write!(f, "flow {nth} cannot be read: {source}"),
        }
    }
}

impl std::error::Error for ExportError {}

/// Reads the flows of a file: one object, an array of them, or a page of the API. Names of fields may be written
/// as the API writes them (`flow_sid`) or as the CLI does (`flowSid`).
///
/// # Errors
/// If there is none, or one cannot be read.
pub fn read(text: &str) -> Result<Vec<Exported>, ExportError> {
    if text.trim().is_empty() {
        return Err(ExportError::Empty);
    }
    let flows = match serde_json::from_str(text).map_err(ExportError::Json)? {
        Value::Array(flows) => flows,
        Value::Object(mut page) => match page.remove("flex_flows") {
            Some(Value::Array(flows)) => flows,
            _ if ["sid", "channel_type", "channelType"].iter().any(|name| page.contains_key(*name)) => {
                vec![Value::Object(page)]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if flows.is_empty() {
        return Err(ExportError::Nothing);
    }
    flows.into_iter().enumerate().map(|(at, flow)| one(at + 1, snake_case(flow))).collect()
}

/// The `nth` flow.
fn one(nth: usize, flow: Value) -> Result<Exported, ExportError> {
    if let Value::Object(fields) = &flow {
        if let Some(field) = ["sid", "channel_type"].into_iter().find(|name| !fields.contains_key(*name)) {
            return Err(ExportError::Lacks { nth, field });
        }
        if let Some((field, source)) = fields.iter().find_map(wrong) {
            return Err(ExportError::Flow { nth, field: Some(field), source });
        }
    }
    serde_json::from_value(flow).map_err(|source| ExportError::Flow { nth, field: None, source })
}

/// What is wrong with a field: it stands alone in a flow that has only what it must. An error of the whole would not
/// say which field it is about.
fn wrong((name, value): (&String, &Value)) -> Option<(String, serde_json::Error)> {
    let mut flow = Map::new();
    flow.insert("sid".to_owned(), format!("FO{:032}", 0).into());
    flow.insert("channel_type".to_owned(), "custom".into());
    flow.insert(name.clone(), value.clone());
    let read = serde_json::from_value::<Exported>(Value::Object(flow));
    read.err().map(|error| (name.clone(), error))
}

/// The same with every name in snake_case.
fn snake_case(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(name, value)| (snake(&name), snake_case(value))).collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = r#"{"sid":"FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","account_sid":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "date_created":"2026-01-01T00:00:00Z","friendly_name":"Shop","channel_type":"custom","enabled":true,
        "integration_type":"studio","integration":{"flow_sid":"FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","retry_count":2}}"#;

    #[test]
    fn what_the_api_answers_and_what_the_cli_prints_are_the_same_flow() {
        let cli = r#"[{"sid":"FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","accountSid":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "dateCreated":"2026-01-01T00:00:00.000Z","friendlyName":"Shop","channelType":"custom","enabled":true,
            "integrationType":"studio","integration":{"flow_sid":"FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","retryCount":2}}]"#;
        let flows = read(API).unwrap();
        assert_eq!(flows, read(cli).unwrap());
        assert_eq!(flows, read(&format!(r#"{{"meta":{{}},"flex_flows":[{API}]}}"#)).unwrap());
        assert_eq!(flows[0].integration.as_ref().unwrap().retry_count, Some(2));
    }

    #[test]
    fn a_flow_is_read_though_it_lacks_what_its_type_needs() {
        let text = r#"{"sid":"FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","channel_type":"custom","integration_type":"task"}"#;
        assert_eq!(read(text).unwrap()[0].integration, None);
    }

    #[test]
    fn what_holds_no_flow_is_refused_with_the_reason() {
        for (text, says) in [
            (" \n", "is empty: expected what GET"),
            ("{", "is no JSON (EOF while parsing an object at line 1 column 1): expected"),
            ("SID  Friendly Name\nFO1  Shop", "list -o json` prints"),
            ("[]", "holds no Flex Flow"),
            (r#"{"states":[]}"#, "holds no Flex Flow"),
            (r#"[{"sid":"FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]"#, "flow 1 has no `channel_type`"),
            (r#"{"channelType":"custom"}"#, "flow 1 has no `sid`"),
            ("[1]", "flow 1 cannot be read: invalid type: integer"),
            (
                r#"[{"sid":"FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","channelType":"custom"}]"#,
                "flow 1: `sid` cannot be read",
            ),
            (
                r#"[{"sid":"FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","channelType":"custom","longLived":3}]"#,
                "flow 1: `long_lived` cannot be read: invalid type: integer `3`",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
