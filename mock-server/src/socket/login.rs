//! Logging in and changing the token: who is it, what is granted, what is remembered of the last time.

use std::borrow::Cow;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use wire::frame::client::{Init, Update};
use wire::frame::server::{
    ContinuationTokenStatus, InitRegistration, InitReply, OfflineStorage, Reply, StorageId,
};
use wire::frame::{Header, Id, Status};
use wire::identity::Identity;
use wire::sid::RequestSid;
use wire::token::Access;

use super::{Shared, upgrade};
use crate::basis::{Refused, RuleId, rules};
use crate::fault::http::Struck;
use crate::guard;
use crate::journal::{Asked, Notes, Via};
use crate::near;
use crate::operation::Operation;
use crate::world::connection::{Connection, Order};
use crate::world::user::User;

rules! {
    GRANTED = "socket.init", Recorded("public captures of the service, and a session of SDK 6.0.0"),
        "init with a good token is answered 200 with capabilities, a continuation token and the registrations asked for";
    TOKEN = "socket.init.token", Library("twilsock 0.12: errorCode 20101 to 20107 in a 401; 20103 and the shape are recorded"),
        "a bad token is refused with 401, Twilio's code and its title, on init as on update";
    NO_SERVICE = "socket.init.no-service", Inferred("error catalogue 51101; the status is a guess"),
        "a token for a Chat service there is not is refused with 403, 51101";
    NO_USER = "socket.init.no-user", Inferred("the refusals of making a user, as the socket would say them"),
        "an identity that cannot be a user is refused with 403 and the code of making one";
    UPDATED = "socket.update", Library("twilsock 0.12: 200 to an update of the token"),
        "update with a good token of the same identity is answered 200";
    OTHER_IDENTITY = "socket.update.identity", Inferred("error catalogue 51007; the code is a guess"),
        "update with a token of another identity or service is refused with 403, 51007";
}

/// What the service grants of what a client could do. `telemetry.v1` was never seen granted.
const CAPABILITIES: [&str; 2] = ["client_update", "offline_storage"];

/// Who a connection is, from its token.
pub(super) struct Granted {
    pub(super) connection: Arc<Connection>,
    pub(super) access: Access,
    /// Whether the client wants to be told of its token's end.
    pub(super) client_update: bool,
    pub(super) reply: Bytes,
    /// The fault that strikes the login.
    pub(super) struck: Option<Struck>,
}

/// A refusal, as the frame that says so.
pub(super) struct Denied(pub(super) Bytes);

/// Twilio's code for a token that has ended.
const EXPIRED: u32 = 20104;

/// What the journal calls a login and a new token.
const INIT: &str = "INIT";
const UPDATE: &str = "UPDATE";

/// Logs a client in.
pub(super) fn init(shared: &Shared, init: &Init<'_>) -> Result<Granted, Denied> {
    let notes = Notes::default();
    let result = admit(shared, init, &notes);
    let who = result.as_ref().ok().map(|granted| &granted.access.identity);
    let refused = result.as_ref().err().map(|(refused, _)| refused);
    record(shared, (INIT, Operation::Login), who, GRANTED, refused, &notes);
    result.map_err(|(refused, payload)| Denied(refusal(&init.id, &refused, &payload)))
}

/// The fault that strikes a frame that is no request, or how it refuses it.
pub(super) fn struck(shared: &Shared, operation: Operation) -> (Option<Struck>, Result<(), Refused>) {
    let asked = guard::Asked { world: &shared.world, via: Via::Socket, text: "" };
    let (struck, passed) = shared.guard.request(operation, &asked);
    // A line that is reset or falls silent says nothing, no refusal either.
    let unsaid = struck.as_ref().is_some_and(|struck| struck.line().is_some());
    (struck, if unsaid { Ok(()) } else { passed })
}

/// Whose login it is, and what a fault makes of it.
fn known(
    shared: &Shared,
    init: &Init<'_>,
    notes: &Notes,
) -> Result<(Option<Struck>, Arc<User>, Access), Refused> {
    let access = access(shared, &init.token, notes)?;
    let world = &shared.world;
    let service = world.find_service(access.service_sid).map_err(|_| {
        notes.warn(near::no_service(world, &access.service_sid.text()));
        Refused::new(403, 51101, "Service instance not found", NO_SERVICE)
    })?;
    let user = world
        .user_for(&service, &access.identity, None)
        .map_err(|refused| Refused::new(403, refused.code, refused.message, NO_USER))?;
    let (struck, passed) = struck(shared, Operation::Login);
    if let Some(says) = struck.as_ref().and_then(Struck::note) {
        notes.warn(says);
    }
    passed.map(|()| (struck, user, access))
}

/// With the payload of a refusal.
fn admit(shared: &Shared, init: &Init<'_>, notes: &Notes) -> Result<Granted, (Refused, Vec<u8>)> {
    let (struck, user, access) = known(shared, init, notes).map_err(|refused| (refused, Vec::new()))?;
    let world = &shared.world;
    if let Some(refused) = world.faults().refuses_login(&user.identity) {
        return Err(refused);
    }
    let connection = Arc::new(Connection::new(user.clone(), world.caps().outbox_bytes));
    user.connect(&connection, world.caps().connections_per_user, world.now())
        .map_err(|refused| (refused, Vec::new()))?;
    if world.is_closed() {
        connection.order(Order::ComeAgain);
    }
    let asked = |name: &&'static str| init.capabilities.iter().any(|capability| capability == name);
    let capabilities: Vec<_> = CAPABILITIES.into_iter().filter(asked).collect();
    let client_update = capabilities.contains(&CAPABILITIES[0]);
    let reply =
        if GRANTED.follow() { granted(shared, init, &access.identity, &capabilities) } else { Bytes::new() };
    Ok(Granted { connection, access, client_update, reply, struck })
}

/// Takes a new token for a connection: when it ends.
pub(super) fn update(shared: &Shared, old: &Access, update: &Update<'_>) -> Result<(Access, Bytes), Denied> {
    let notes = Notes::default();
    let result = access(shared, &update.token, &notes).and_then(|access| {
        if (&access.identity, access.service_sid) == (&old.identity, old.service_sid) {
            return Ok(access);
        }
        let says = "Token authentication is rejected: it is another identity's";
        Err(Refused::new(403, 51007, says, OTHER_IDENTITY))
    });
    record(
        shared,
        (UPDATE, Operation::UpdateToken),
        Some(&old.identity),
        UPDATED,
        result.as_ref().err(),
        &notes,
    );
    match result {
        Ok(access) => Ok((access, ok(&update.id, UPDATED))),
        Err(refused) => Err(Denied(refusal(&update.id, &refused, &[]))),
    }
}

/// Judges a token; the journal gets to know in words what is wrong with it.
fn access(shared: &Shared, token: &str, notes: &Notes) -> Result<Access, Refused> {
    let now = u64::try_from(shared.world.now().secs()).unwrap_or_default();
    shared.world.verifier().verify(token, now).map_err(|error| {
        // Whoever mints tokens goes by real time, and wonders.
        let ahead = match shared.world.ahead().as_secs() {
            secs if secs > 0 && error.code() == EXPIRED => {
                format!("; the mock's clock was put ahead by {secs} s")
            }
            _ => String::new(),
        };
        notes.warn(format!("the token was refused: {}{ahead}", error.why()));
        Refused::new(401, error.code(), error.description(), TOKEN)
    })
}

fn record(
    shared: &Shared,
    (method, operation): (&str, Operation),
    who: Option<&Identity>,
    success: RuleId,
    refused: Option<&Refused>,
    notes: &Notes,
) {
    let asked = Asked {
        via: Via::Socket,
        operation: Some(operation),
        method,
        path: upgrade::PATH,
        query: "",
        who: who.map_or("", Identity::as_str),
        body: b"",
        status: refused.map_or(200, |refused| refused.status),
        code: refused.map(|refused| refused.code),
        rule: refused.map_or(success, |refused| refused.rule),
        took: Duration::ZERO,
        notes,
    };
    shared.journal.record(shared.world.now(), &asked);
}

/// A plain `200 OK`; empty, which is not sent, if its rule is broken. So are the other frames here.
pub(super) fn ok(id: &str, rule: RuleId) -> Bytes {
    if !rule.follow() {
        return Bytes::new();
    }
    let mut frame = Vec::new();
    Reply { id, status: Status::OK, http: None }.encode(b"", &mut frame);
    frame.into()
}

/// Twilsock's own refusal.
pub(super) fn refusal(id: &str, refused: &Refused, payload: &[u8]) -> Bytes {
    if !refused.rule.follow() {
        return Bytes::new();
    }
    let word = match refused.status {
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        429 => "TOO_MANY_REQUESTS",
        503 => "SERVICE_UNAVAILABLE",
        _ => "BAD_REQUEST",
    };
    let status = Status::refusal(refused.status, word, refused.code, &refused.message);
    let mut frame = Vec::new();
    Reply { id, status, http: None }.encode(payload, &mut frame);
    frame.into()
}

fn granted(shared: &Shared, init: &Init<'_>, identity: &Identity, capabilities: &[&'static str]) -> Bytes {
    let (token, status) = continuation(shared, identity, init.continuation_token.as_deref());
    let context = |product: &Cow<'_, str>| {
        let digits = shared.hash(&("context", product, shared.world.next()));
        Id::random(digits).dashed()[2..].to_owned()
    };
    let registrations = init.registrations.iter().flatten().map(|wanted| InitRegistration {
        notification_ctx_id: context(&wanted.product).into(),
        r#type: wanted.r#type.clone(),
        product: wanted.product.clone(),
        message_types: wanted.message_types.clone(),
    });
    let mut frame = Vec::new();
    InitReply {
        id: init.id.clone(),
        status: Status::OK,
        capabilities: capabilities.iter().map(|name| Cow::Borrowed(*name)).collect(),
        continuation_token: Some(token.into()),
        continuation_token_status: Some(status),
        offline_storage: Some(OfflineStorage {
            ip_messaging: StorageId { storage_id: shared.storage_id(identity).into() },
        }),
        init_registrations: registrations.collect(),
    }
    .encode(b"", &mut frame);
    frame.into()
}

/// The token a client shows when it comes again: the one it has, if it is its own, or a new one.
fn continuation(
    shared: &Shared,
    identity: &Identity,
    shown: Option<&str>,
) -> (String, ContinuationTokenStatus<'static>) {
    let reissued = |reason: &'static str, message: &'static str| ContinuationTokenStatus {
        reissued: true,
        reissue_reason: Some(reason.into()),
        reissue_message: Some(message.into()),
    };
    let status = match shown {
        None => reissued("MISSING", "Continuation token is not provided"),
        Some(token) if shared.is_continuation_of(identity, token) => {
            let kept =
                ContinuationTokenStatus { reissued: false, reissue_reason: None, reissue_message: None };
            return (token.to_owned(), kept);
        }
        Some(_) => reissued("DIFFERENT_IDENTITY", "Continuation token was issued for another identity"),
    };
    (shared.new_continuation(identity), status)
}

impl Shared {
    /// Sixteen bytes that only this run of the mock makes of these words.
    fn hash(&self, words: &impl std::hash::Hash) -> [u8; 16] {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let boot = self.world.boot();
        let halves = [hasher.hash_one((boot, 0, words)), hasher.hash_one((boot, 1, words))];
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&halves[0].to_be_bytes());
        bytes[8..].copy_from_slice(&halves[1].to_be_bytes());
        bytes
    }

    /// What a browser keeps the SIDs of Sync objects under. New with each run of the mock: a tab that outlived it
    /// must not ask for objects that are gone.
    fn storage_id(&self, identity: &Identity) -> String {
        let one = RequestSid::from_bytes(self.hash(&("storage", 0, identity))).text();
        let other = RequestSid::from_bytes(self.hash(&("storage", 1, identity))).text();
        format!("{}{}", &one[2..], &other[2..10])
    }

    fn new_continuation(&self, identity: &Identity) -> String {
        let endpoint = RequestSid::from_bytes(self.hash(&("endpoint", self.world.next()))).text();
        let body = serde_json::json!({
            "format": "rtd-ct-1",
            "endpointId": format!("twi1-{}", &endpoint[2..]),
            "grants": { "identity": identity },
        });
        let body = URL_SAFE_NO_PAD.encode(body.to_string());
        let seal = STANDARD.encode(self.seal(identity, &body));
        format!("{body}.{seal}")
    }

    fn is_continuation_of(&self, identity: &Identity, token: &str) -> bool {
        let sealed = |(body, seal): (&str, &str)| STANDARD.encode(self.seal(identity, body)) == seal;
        token.split_once('.').is_some_and(sealed)
    }

    /// Not a signature: it tells a client's own token from another's, and guards nothing.
    fn seal(&self, identity: &Identity, body: &str) -> [u8; 32] {
        let mut seal = [0; 32];
        seal[..16].copy_from_slice(&self.hash(&("seal", 0, identity, body)));
        seal[16..].copy_from_slice(&self.hash(&("seal", 1, identity, body)));
        seal
    }
}
