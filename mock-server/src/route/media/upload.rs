//! `POST …/Media`: a file, as the body itself or within a form of a browser.
//!
//! Memory is taken before it is filled, from a cap that all files share. What is refused is read to its end all the
//! same, so that the client hears why: a connection closed on a client that is still writing tells it nothing.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};
use wire::form::Form;
use wire::media::{Category, Media};

use super::mime::mime;
use super::{Asker, SYSTEM, multipart, named};
use crate::answer::Answer;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::route::app::{App, BROKEN, Begun, Parameters, Shared, TOO_SLOW, give};
use crate::world::media::{NewFile, Reserved};

rules! {
    CREATED = "media.create", Recorded("mailroom client_test.go: 201 with relative links, microseconds and offset"),
        "an upload is answered 201 with the file's SID, its author `system` for the account, links without a host";
    NAMED = "media.create.names", Library("mcs-client 0.5.3: Category and Filename in the query"),
        "the query's Category, Filename and, for the account, Author are the file's";
    TYPED = "media.create.type", Library("mcs-client 0.5.3: the type given to sendMessage is the Content-Type"),
        "a file's type is the Content-Type of its upload, application/octet-stream if there is none";
    BAD_CATEGORY = "media.create.category", Inferred("20001 is the general code for parameters that make no sense"),
        "a Category that is none of media, body and history is 400, 20001";
    LARGE = "media.create.large", Inferred("size_limit_mb 150 of the service is documented, 50512 is in the error catalogue; the status is a guess"),
        "a file of more than 150 MB is 413, 50512";
}

/// Bytes of a file: the `size_limit_mb` of every service.
const FILE: usize = 150 * 1024 * 1024;

/// Bytes that a form may have around its file.
const AROUND: usize = 64 * 1024;

/// A client that is slower than this many bytes in the time a usual body has is cut off.
const SLOWEST: usize = 1024 * 1024;

pub(super) async fn upload(
    State(app): State<Shared>,
    parameters: Parameters,
    request: Request,
) -> Response<Body> {
    let begun = Begun::new(&app);
    let (head, body) = request.into_parts();
    let mut incoming = Incoming::new(&app, &head.headers, body);
    let asker = match app.asker(&head.headers, named(&parameters, "service")) {
        Ok(asker) => asker,
        Err(refused) => {
            incoming.pass().await;
            return app.turn_away(&begun, &head, refused);
        }
    };
    let (struck, passed) = asker.meets(Operation::UploadMedia, head.uri.path());
    let received = match passed {
        Ok(()) => receive(&asker, &head, &mut incoming).await,
        Err(refused) => Err(refused),
    };
    let answer = match received {
        Ok(media) => Answer::created(&media, CREATED),
        Err(refused) => {
            let refusal = Answer::refused(refused, head.uri.path());
            if incoming.pass().await { refusal } else { refusal.and_close() }
        }
    };
    // The bytes of a file would tell nobody anything in the journal.
    let response = asker.finish(&begun, &head, Operation::UploadMedia, b"", answer);
    give(&asker.room, struck, response).await
}

async fn receive(asker: &Asker, head: &Parts, incoming: &mut Incoming) -> Result<Media, Refused> {
    let asked = Asked::read(head)?;
    let mut reserved = asker.room.world.reserve();
    let body = incoming.keep(&mut reserved).await?;
    let file = asked.file(body, asker.author.clone())?;
    if file.bytes.len() > FILE {
        return Err(too_large());
    }
    asker.room.world.add_file(asker.service, file, reserved)
}

/// What an upload says besides its bytes.
struct Asked<'a> {
    content_type: &'a str,
    category: Category,
    filename: Option<String>,
    author: Option<String>,
}

impl<'a> Asked<'a> {
    fn read(head: &'a Parts) -> Result<Self, Refused> {
        let content_type = match head.headers.get(CONTENT_TYPE) {
            Some(given) if TYPED.follow() => mime(given)?,
            _ => "application/octet-stream",
        };
        let query = Form::parse(head.uri.query().unwrap_or_default().as_bytes()).ok();
        let named = |name: &str| {
            let query = query.as_ref().filter(|_| NAMED.follow())?;
            // The libraries write `Filename`, public integrations also `FileName` and `filename`.
            let (_, value) = query.pairs().find(|(given, _)| given.eq_ignore_ascii_case(name))?;
            (!value.is_empty()).then(|| value.to_owned())
        };
        let category = match named("Category") {
            None => Category::Media,
            Some(word) => Category::read(&word)
                .ok_or_else(|| Refused::new(400, 20001, "Invalid parameter Category", BAD_CATEGORY))?,
        };
        Ok(Self { content_type, category, filename: named("Filename"), author: named("Author") })
    }

    /// The file that came with this body.
    fn file(self, body: Bytes, asker: wire::identity::Identity) -> Result<NewFile, Refused> {
        let mut part = match multipart::boundary(self.content_type) {
            Some(boundary) => multipart::read(&body, boundary)?,
            None => multipart::Upload {
                bytes: body,
                content_type: Some(self.content_type.to_owned()),
                ..Default::default()
            },
        };
        let content_type = part.content_type.as_deref().unwrap_or("application/octet-stream");
        let author = part.author.take().or(self.author).filter(|_| asker == SYSTEM);
        Ok(NewFile {
            content_type: content_type.into(),
            filename: self.filename.or(part.filename).map(Into::into),
            category: self.category,
            author: author.map_or(asker, |author| author.as_str().into()),
            bytes: part.bytes,
        })
    }
}

fn too_large() -> Refused {
    Refused::new(413, 50512, "Message media size is too large", LARGE)
}

/// A body on its way.
struct Incoming {
    body: Body,
    /// How much it says there is.
    declared: Option<usize>,
    received: usize,
    begun: Instant,
    patience: Duration,
}

impl Incoming {
    fn new(app: &App, headers: &HeaderMap, body: Body) -> Self {
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Self { body, declared, received: 0, begun: Instant::now(), patience: app.body_deadline }
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Refused> {
        loop {
            let steps = u32::try_from(1 + self.received / SLOWEST).unwrap_or(u32::MAX);
            let deadline = self.begun + self.patience.saturating_mul(steps);
            let frame = timeout_at(deadline, self.body.frame())
                .await
                .map_err(|_| Refused::new(408, 20001, "The request's body did not come in time", TOO_SLOW))?;
            let Some(frame) = frame else { return Ok(None) };
            let frame =
                frame.map_err(|_| Refused::new(400, 20001, "The request's body broke off", BROKEN))?;
            if let Ok(piece) = frame.into_data() {
                self.received = self.received.saturating_add(piece.len());
                return Ok(Some(piece));
            }
        }
    }

    /// All of it, in memory that is reserved before.
    async fn keep(&mut self, reserved: &mut Reserved<'_>) -> Result<Bytes, Refused> {
        let declared = self.declared.unwrap_or(0);
        if declared > FILE + AROUND {
            return Err(too_large());
        }
        reserved.take(declared)?;
        let mut kept = BytesMut::with_capacity(declared);
        while let Some(piece) = self.next().await? {
            if self.received > FILE + AROUND {
                return Err(too_large());
            }
            reserved.take(self.received.saturating_sub(declared.max(kept.len())))?;
            kept.extend_from_slice(&piece);
        }
        Ok(kept.freeze())
    }

    /// Reads what is left and keeps none of it; `false` if the end does not come within reason.
    async fn pass(&mut self) -> bool {
        // A file that is somewhat too large is still read: a connection that is reset says nothing.
        while self.received <= 2 * FILE {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
        false
    }
}
