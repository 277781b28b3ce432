//! From what was written to a target: variables and files read, SIDs checked, endpoints filled in.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use url::Url;
use wire::secret::Secret;
use wire::sid::ApiKeySid;

use super::given::{Given, Legible};
use super::{Env, Written, WrittenEndpoints};
use crate::flex::target::{ApiKey, Endpoints, Login, Target, TargetError, on_loopback};
use crate::scenario::Diagnostic;
use crate::scenario::yaml::Source;

/// Longer than any secret or SID.
const SECRET_LIMIT: u64 = 4096;

/// The target that Twilio's own guides would be run with.
pub(super) fn twilio(env: Env<'_>) -> Result<Target, TargetError> {
    let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    // Half an API key is a mistake to be told of, not a reason to fall back on the auth token.
    let key = is_set("TWILIO_API_KEY") || is_set("TWILIO_API_SECRET") || !is_set("TWILIO_AUTH_TOKEN");
    let named = |name: &str| name.to_owned();
    let written = Written {
        account_sid: Given::Env(named("TWILIO_ACCOUNT_SID")),
        api_key: key.then(|| Given::Env(named("TWILIO_API_KEY"))),
        api_secret: key.then(|| Given::Env(named("TWILIO_API_SECRET"))),
        auth_token: (!key).then(|| Given::Env(named("TWILIO_AUTH_TOKEN"))),
        chat_service_sid: Given::Env(named("TWILIO_CHAT_SERVICE_SID")),
        flex_flow_sid: Given::Env(named("TWILIO_FLEX_FLOW_SID")),
        region: env("TWILIO_REGION").filter(|region| !region.is_empty()),
        ca_file: None,
        budget: None,
        endpoints: WrittenEndpoints::default(),
    };
    target("twilio", &written, Place::Environment, env)
}

/// Where a target was written down.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// Nowhere: in the variables of Twilio's guides.
    Environment,
    /// In a file of targets.
    File {
        /// For placing what is found wrong.
        source: &'a Source,
        /// Where it is; what it names is relative to its folder.
        path: &'a Path,
    },
}

/// The target that was written down under this name.
pub(super) fn target(
    name: &str,
    written: &Written,
    place: Place<'_>,
    env: Env<'_>,
) -> Result<Target, TargetError> {
    let mut reader = Reader { name, place, env, unset: Vec::new() };
    let account_sid = reader.read("account_sid", &written.account_sid)?;
    let login = login(written, &mut reader)?;
    let chat_service_sid = reader.read("chat_service_sid", &written.chat_service_sid)?;
    let flex_flow_sid = reader.read("flex_flow_sid", &written.flex_flow_sid)?;
    let endpoints = endpoints(&written.endpoints, written.region.as_deref(), &reader)?;
    let (Some(account_sid), Some(login), Some(chat_service_sid), Some(flex_flow_sid)) =
        (account_sid, login, chat_service_sid, flex_flow_sid)
    else {
        return Err(reader.unset());
    };
    let hidden = [("api_secret", &written.api_secret), ("auth_token", &written.auth_token)];
    let shown = hidden.iter().find(|(_, secret)| matches!(secret, Some(Given::Here(_))));
    if let (false, Some((key, _))) = (account_sid.is_mock(), shown) {
        let what = "a secret is written into the file";
        return Err(reader.wrong(key, what, "write { env: NAME } or { file: path }"));
    }
    Ok(Target {
        name: name.to_owned(),
        endpoints,
        account_sid,
        login,
        chat_service_sid,
        flex_flow_sid,
        region: written.region.clone(),
        ca_file: written.ca_file.as_deref().map(|path| reader.folder().join(path)),
        budget: written.budget,
        embedded: false,
    })
}

/// The API key when there is one, else the auth token. `None` when a variable is not set.
fn login(written: &Written, reader: &mut Reader<'_>) -> Result<Option<Login>, TargetError> {
    match (&written.api_key, &written.api_secret, &written.auth_token) {
        (Some(sid), Some(secret), _) => {
            let sid: Option<ApiKeySid> = reader.read("api_key", sid)?;
            let secret: Option<Secret> = reader.read("api_secret", secret)?;
            Ok(sid.zip(secret).map(|(sid, secret)| Login::ApiKey(ApiKey { sid, secret })))
        }
        (Some(_), None, _) => Err(reader.wrong("api_key", "it is given without api_secret", "give both")),
        (None, Some(_), _) => Err(reader.wrong("api_secret", "it is given without api_key", "give both")),
        (None, None, Some(token)) => Ok(reader.read("auth_token", token)?.map(Login::AuthToken)),
        (None, None, None) => {
            Err(reader.wrong("", "there is nothing to log in with", "give api_key and api_secret"))
        }
    }
}

fn endpoints(
    written: &WrittenEndpoints,
    region: Option<&str>,
    reader: &Reader<'_>,
) -> Result<Endpoints, TargetError> {
    let usual = Endpoints::of_twilio(region).map_err(|error| reader.wrong("region", &error, ""))?;
    let choose = |key: &str, text: &Option<String>, usual: Url, schemes: [&str; 2]| match text {
        None => Ok(usual),
        Some(text) => endpoint(text, schemes).map_err(|error| reader.wrong(key, &error, "")),
    };
    Ok(Endpoints {
        flex_api: choose("endpoints.flex_api", &written.flex_api, usual.flex_api, ["http", "https"])?,
        chat: choose("endpoints.chat", &written.chat, usual.chat, ["http", "https"])?,
        socket: choose("endpoints.socket", &written.socket, usual.socket, ["ws", "wss"])?,
    })
}

fn endpoint(text: &str, [open, sealed]: [&str; 2]) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        // Not repeated in the message: what stands there may be a secret.
        return Err("a URL here holds no user name or password".to_owned());
    }
    if url.scheme() != open && url.scheme() != sealed {
        return Err(format!("`{text}` should start with {open}:// or {sealed}://"));
    }
    if url.host().is_none() || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("`{text}` should be a host and a path, nothing behind"));
    }
    if url.scheme() == open && !on_loopback(&url) {
        return Err(format!("`{text}` would carry credentials unencrypted; use {sealed}://"));
    }
    Ok(url)
}

/// Reads values from wherever they are, and gathers the variables that are not set: told all at once.
struct Reader<'a> {
    name: &'a str,
    place: Place<'a>,
    env: Env<'a>,
    unset: Vec<String>,
}

impl Reader<'_> {
    fn read<T: Legible + Clone>(&mut self, key: &str, given: &Given<T>) -> Result<Option<T>, TargetError> {
        match given {
            Given::Here(value) => Ok(Some(value.clone())),
            Given::Env(name) => match (self.env)(name).filter(|value| !value.is_empty()) {
                None => {
                    self.unset.push(name.clone());
                    Ok(None)
                }
                Some(text) => T::read(text.trim_end())
                    .map(Some)
                    .map_err(|error| self.wrong(key, &format!("the variable {name}: {error}"), "")),
            },
            Given::File(path) => {
                let path = self.folder().join(path);
                file(&path).map(Some).map_err(|(what, remedy)| {
                    self.wrong(key, &format!("the file {}: {what}", path.display()), &remedy)
                })
            }
        }
    }

    /// Relative paths start here.
    fn folder(&self) -> &Path {
        match self.place {
            Place::Environment => Path::new(""),
            Place::File { path, .. } => path.parent().unwrap_or(Path::new("")),
        }
    }

    /// An error at a key of the target; at the target itself without one.
    fn wrong(&self, key: &str, what: &str, remedy: &str) -> TargetError {
        match self.place {
            Place::Environment => TargetError::new(format!("target `{}`", self.name), what, remedy),
            Place::File { source, .. } => {
                let target = format!("targets.{}", self.name);
                let diagnostic = match key {
                    "" => source.at_key(&target, what.to_owned()),
                    key => source.at(&format!("{target}.{key}"), what.to_owned()),
                };
                Diagnostic { help: Some(remedy.to_owned()).filter(|help| !help.is_empty()), ..diagnostic }
                    .into()
            }
        }
    }

    fn unset(&self) -> TargetError {
        let (verb, these) = if self.unset.len() == 1 { ("is", "it") } else { ("are", "them") };
        self.wrong("", &format!("{} {verb} not set", self.unset.join(", ")), &format!("export {these} first"))
    }
}

/// Reads a value from a file; a secret only from one that is closed to others.
fn file<T: Legible>(path: &Path) -> Result<T, (String, String)> {
    let unreadable = |error: std::io::Error| (format!("cannot be read: {error}"), String::new());
    if T::SECRET {
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err((
                format!("others can read this secret (mode {mode:04o})"),
                format!("chmod 600 {}", path.display()),
            ));
        }
    }
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(SECRET_LIMIT).read_to_string(&mut text))
        .map_err(unreadable)?;
    T::read(text.trim_end()).map_err(|error| (error, String::new()))
}
