//! Which target a name means: one of flexload.yaml, Twilio by its usual variables, or the mock.

mod given;
mod resolve;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wire::secret::Secret;
use wire::sid::{AccountSid, ApiKeySid, ChatServiceSid, FlexFlowSid};

use self::given::Given;
use crate::flex::budget::Budget;
use crate::flex::target::{Target, TargetError};
use crate::scenario::Diagnostic;
use crate::scenario::yaml::{self, Source};
use crate::value::suggest;

/// The file that is looked for, here and in each folder above.
pub const FILE_NAME: &str = "flexload.yaml";

/// More than any honest target file; what is larger is some other file.
const FILE_LIMIT: u64 = 1 << 20;

/// Looks a variable up. Only the command line reads the environment, so it hands this down.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a run goes to.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// A mock to be started in this process.
    Embedded,
    /// Something that is already there.
    There(Box<Target>),
}

/// What a target is looked for with.
pub struct Search<'a> {
    /// The name asked for, if any.
    pub name: Option<&'a str>,
    /// The file of targets, if one was named.
    pub file: Option<&'a Path>,
    /// The folder to look for flexload.yaml from.
    pub from: &'a Path,
    /// The environment.
    pub env: Env<'a>,
}

impl Search<'_> {
    /// Finds the target. Without a name that is the embedded mock; a name of the file comes before the
    /// names that need none, so that a flexload.yaml may say what `mock` or `twilio` is.
    ///
    /// # Errors
    ///
    /// When there is no such target, or it cannot be used as written: says where and what to do.
    pub fn find(&self) -> Result<Chosen, TargetError> {
        let Some(name) = self.name else { return Ok(Chosen::Embedded) };
        let file = match self.file {
            Some(path) => Some(Targets::read(path)?),
            None => upward(self.from).map(|path| Targets::read(&path)).transpose()?,
        };
        if let Some(file) = &file
            && let Some(written) = file.targets.get(name)
        {
            let place = resolve::Place::File { source: &file.source, path: &file.path };
            return resolve::target(name, written, place, self.env)
                .map(|target| Chosen::There(Box::new(target)));
        }
        match name {
            "twilio" => resolve::twilio(self.env).map(|target| Chosen::There(Box::new(target))),
            "mock" => Ok(Chosen::Embedded),
            _ => Err(unknown(name, file.as_ref())),
        }
    }
}

/// What a flexload.yaml holds.
struct Targets {
    path: PathBuf,
    source: Source,
    targets: BTreeMap<String, Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    targets: BTreeMap<String, Written>,
}

/// A target as somebody wrote it down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    account_sid: Given<AccountSid>,
    api_key: Option<Given<ApiKeySid>>,
    api_secret: Option<Given<Secret>>,
    auth_token: Option<Given<Secret>>,
    chat_service_sid: Given<ChatServiceSid>,
    flex_flow_sid: Given<FlexFlowSid>,
    region: Option<String>,
    ca_file: Option<PathBuf>,
    budget: Option<Budget>,
    #[serde(default)]
    endpoints: WrittenEndpoints,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEndpoints {
    flex_api: Option<String>,
    chat: Option<String>,
    socket: Option<String>,
}

impl Targets {
    fn read(path: &Path) -> Result<Self, TargetError> {
        let shown = path.display().to_string();
        let text = read_small(path).map_err(|error| {
            TargetError::new(
                &shown,
                format!("cannot read the target file: {error}"),
                "--targets names another one",
            )
        })?;
        let parsed = yaml::parse::<Contents>(&shown, &text, &[]).map_err(|diagnostic| *diagnostic)?;
        Ok(Self { path: path.to_owned(), source: parsed.source, targets: parsed.file.targets })
    }
}

/// The line itself is not shown, unlike a scenario's: what is wrong with it may be that it holds a secret, be
/// it behind a mistyped key.
impl From<Diagnostic> for TargetError {
    fn from(diagnostic: Diagnostic) -> Self {
        let place = diagnostic.place.map(|place| format!(":{}:{}", place.line, place.column));
        Self::new(
            format!("{}{}", diagnostic.origin, place.unwrap_or_default()),
            diagnostic.message,
            diagnostic.help.unwrap_or_default(),
        )
    }
}

fn read_small(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_LIMIT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

/// The nearest flexload.yaml, from `start` upward.
fn upward(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .map(|folder| folder.join(FILE_NAME))
        .find(|path| fs::metadata(path).is_ok_and(|metadata| metadata.is_file()))
}

fn unknown(name: &str, file: Option<&Targets>) -> TargetError {
    let mut names: Vec<&str> =
        file.map(|file| file.targets.keys().map(String::as_str).collect()).unwrap_or_default();
    for known in ["twilio", "mock"] {
        if !names.contains(&known) {
            names.push(known);
        }
    }
    let near = suggest::nearest(name, names.iter().copied())
        .map(|known| format!("did you mean `{known}`? "))
        .unwrap_or_default();
    let place = file.map(|file| file.path.display().to_string()).unwrap_or_default();
    let found = if file.is_some() { "" } else { ", and no flexload.yaml was found from here upward" };
    TargetError::new(
        place,
        format!("there is no target `{name}`{found}"),
        format!("{near}there are: {}", names.join(", ")),
    )
}

#[cfg(test)]
mod tests;
