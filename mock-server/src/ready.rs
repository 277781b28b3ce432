//! What a mock says when it is ready: one line of JSON with all a client needs.

use std::net::SocketAddr;

use serde::Serialize;
use wire::sid::{AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid, WorkspaceSid};

use crate::control::door::Control;
use crate::credentials::Credentials;

/// What a client needs to know.
#[derive(Serialize)]
pub(crate) struct Ready<'a> {
    url: &'a str,
    socket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bind: Option<SocketAddr>,
    account_sid: AccountSid,
    auth_token: &'a str,
    api_key_sid: ApiKeySid,
    api_key_secret: &'a str,
    chat_service_sid: ChatServiceSid,
    flex_flow_sid: FlexFlowSid,
    task_flow_sid: FlexFlowSid,
    studio_flow_sid: FlexFlowSid,
    external_flow_sid: FlexFlowSid,
    workspace_sid: WorkspaceSid,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control_token: Option<&'a str>,
}

impl<'a> Ready<'a> {
    /// Of an account of the mock that is reached at `url`. Its secrets are in it on purpose: they open nothing but
    /// the mock.
    pub(crate) fn new(url: &'a str, credentials: &'a Credentials) -> Self {
        Self {
            url,
            socket: socket_url(url),
            bind: None,
            account_sid: credentials.account_sid,
            auth_token: credentials.auth_token.expose(),
            api_key_sid: credentials.api_key_sid,
            api_key_secret: credentials.api_key_secret.expose(),
            chat_service_sid: credentials.chat_service_sid,
            flex_flow_sid: credentials.flex_flow_sid,
            task_flow_sid: credentials.task_flow_sid,
            studio_flow_sid: credentials.studio_flow_sid,
            external_flow_sid: credentials.external_flow_sid,
            workspace_sid: credentials.workspace_sid,
            control: None,
            control_token: None,
        }
    }
}

/// The line of a mock that is reached at `url` and listens on `bind`, and where its control API is if it has one.
#[must_use]
pub fn ready(url: &str, bind: SocketAddr, credentials: &Credentials, control: Option<&Control>) -> String {
    let ready = Ready {
        bind: Some(bind),
        control: control.map(|control| control.url.as_str()),
        control_token: control.map(|control| control.token.expose()),
        ..Ready::new(url, credentials)
    };
    // SIDs and text: writing them into memory cannot fail.
    serde_json::to_string(&ready).unwrap_or_default()
}

/// The socket of the mock at `url`.
#[must_use]
pub fn socket_url(url: &str) -> String {
    match url.strip_prefix("https://") {
        Some(authority) => format!("wss://{authority}/v3/wsconnect"),
        None => format!("ws://{}/v3/wsconnect", url.strip_prefix("http://").unwrap_or(url)),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const BIND: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8765);

    #[test]
    fn the_line_names_both_urls_where_it_listens_and_every_credential() {
        let line = ready("https://mock.example.test", BIND, &Credentials::of_seed(1), None);
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["url"], "https://mock.example.test");
        assert_eq!(ready["socket"], "wss://mock.example.test/v3/wsconnect");
        assert_eq!(ready["bind"], "127.0.0.1:8765");
        assert_eq!(ready["flex_flow_sid"], ready["task_flow_sid"]);
        assert_eq!(ready["auth_token"].as_str().unwrap().len(), 32);
        assert!(!line.contains('\n') && !line.contains("control"));
    }

    #[test]
    fn the_line_says_where_the_control_api_is_if_there_is_one() {
        let control = Control::new(1, "127.0.0.1:9000".parse().unwrap());
        let line = ready("http://127.0.0.1:8765", BIND, &Credentials::of_seed(1), Some(&control));
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["control"], "http://127.0.0.1:9000");
        assert_eq!(ready["control_token"], control.token.expose());
    }
}
