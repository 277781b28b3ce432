//! The cheapest HTTP client there can be: what it costs must not matter, since servers are measured with it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{Fallible, mock};

/// One kept-alive connection.
pub(crate) struct Http {
    stream: TcpStream,
    head: String,
    flow: String,
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
            "POST /v1/Channels HTTP/1.1\r\nhost: {address}\r\nauthorization: Basic {}\r\n\
             accept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ",
            BASE64_STANDARD.encode(pair)
        );
        Ok(Self { stream, head, flow: credentials.flex_flow_sid.to_string(), buffer: Vec::new() })
    }

    /// `POST /v1/Channels` for this customer; the size of the answer's body.
    pub(crate) async fn open_channel(&mut self, identity: &str) -> Fallible<usize> {
        let Self { head, flow, .. } = self;
        let names = "ChatUserFriendlyName=Customer&ChatFriendlyName=Chat%20about%20pricing";
        let body = format!("FlexFlowSid={flow}&Identity={identity}&{names}&Target={identity}");
        let request = format!("{head}{}\r\n\r\n{body}", body.len());
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Fallible<usize> {
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let (head, body) = self.buffer.split_at(end + 4);
            let head = std::str::from_utf8(head)?.to_ascii_lowercase();
            if !head.starts_with("http/1.1 201") {
                return Err(format!("a channel was not opened: {head}").into());
            }
            let size = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let size: usize = size.ok_or("an answer of unknown size")?.trim().parse()?;
            if body.len() >= size {
                return Ok(size);
            }
        }
    }
}
