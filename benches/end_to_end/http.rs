//! The cheapest HTTP client there can be: what it costs must not matter, since servers are measured with it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use wire::{flex_channel::FlexChannel, sid::ChannelSid};

use crate::{Fallible, mock};

/// One kept-alive connection.
pub(crate) struct Http {
    stream: TcpStream,
    head: String,
    buffer: Vec<u8>,
}

impl Http {
    /// Connects to `127.0.0.1:8765`.
    pub(crate) async fn connect(address: &str) -> Fallible<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let credentials = mock::credentials();
        let pair = format!("{}:{}", credentials.account_sid, credentials.auth_token.expose());
        let head = format!(
            " HTTP/1.1\r\nhost: {address}\r\nauthorization: Basic {}\r\n\
             accept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ",
            BASE64_STANDARD.encode(pair)
        );
        Ok(Self { stream, head, buffer: Vec::new() })
    }

    /// Opens a channel for this customer.
    pub(crate) async fn open_channel(&mut self, identity: &str) -> Fallible<ChannelSid> {
        let opened: FlexChannel =
            serde_json::from_slice(self.post("/v1/Channels", &channel_form(identity)).await?)?;
        Ok(opened.sid)
    }

    /// Makes something: the answer's body.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Fallible<&[u8]> {
        let request = format!("POST {path}{}{}\r\n\r\n{body}", self.head, body.len());
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Fallible<&[u8]> {
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let (head, body) = self.buffer.split_at(end + 4);
            let head = std::str::from_utf8(head)?.to_ascii_lowercase();
            if !head.starts_with("http/1.1 201") {
                return Err(format!("nothing was made: {head}").into());
            }
            let size = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let size: usize = size.ok_or("an answer of unknown size")?.trim().parse()?;
            if body.len() >= size {
                return Ok(&self.buffer[end + 4..]);
            }
        }
    }
}

/// The parameters of a channel for this customer.
pub(crate) fn channel_form(identity: &str) -> String {
    let flow = mock::credentials().flex_flow_sid;
    let names = "ChatUserFriendlyName=Customer&ChatFriendlyName=Chat%20about%20pricing";
    format!("FlexFlowSid={flow}&Identity={identity}&{names}&Target={identity}")
}

/// Where messages of a channel are posted.
pub(crate) fn messages(channel: ChannelSid) -> String {
    format!("/v2/Services/{}/Channels/{channel}/Messages", mock::credentials().chat_service_sid)
}

/// Where members of a channel are added.
pub(crate) fn members(channel: ChannelSid) -> String {
    format!("/v2/Services/{}/Channels/{channel}/Members", mock::credentials().chat_service_sid)
}

/// The parameters of a message: what customers of these figures say.
pub(crate) const MESSAGE: &str = "Body=hello%2C+I+need+help+with+my+order";
