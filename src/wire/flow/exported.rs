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
    /// It is no JSON; the error says where.
    Json(serde_json::Error),
    /// It is JSON of something else.
    Nothing,
    /// One of its flows cannot be read.
    Flow {
        /// Which, from 1.
        nth: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "{}:{} is no JSON: {error}", error.line(), error.column()),
            Self::Nothing => f.write_str(
                "holds no Flex Flow: expected what GET /v1/FlexFlows or GET /v1/FlexFlows/{Sid} answers, or what \
                 `twilio api:flex:v1:flex-flows:list -o json` prints",
            ),
            Self::Flow { nth, source } => write!(f, "flow {nth} cannot be read: {source}"),
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
    let flows = match serde_json::from_str(text).map_err(ExportError::Json)? {
        Value::Array(flows) => flows,
        Value::Object(mut page) => match page.remove("flex_flows") {
            Some(Value::Array(flows)) => flows,
            _ if page.contains_key("sid") => vec![Value::Object(page)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if flows.is_empty() {
        return Err(ExportError::Nothing);
    }
    let read = |(at, flow)| {
        serde_json::from_value(snake_case(flow)).map_err(|source| ExportError::Flow { nth: at + 1, source })
    };
    flows.into_iter().enumerate().map(read).collect()
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
            ("{", "1:1 is no JSON"),
            ("[]", "holds no Flex Flow"),
            (r#"{"states":[]}"#, "holds no Flex Flow"),
            (
                r#"[{"sid":"FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]"#,
                "flow 1 cannot be read: missing field `channel_type`",
            ),
            (
                r#"[{"sid":"FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","channelType":"custom"}]"#,
                "flow 1 cannot be read",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
