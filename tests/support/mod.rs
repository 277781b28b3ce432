//! What the tests of the program share: a folder to be in, the program itself, a mock as a process of its own.

#![allow(clippy::expect_used, reason = "clippy knows tests by their attribute only, not their helpers")]
#![allow(dead_code, reason = "each test binary uses some of it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// The longest any test waits for anything; only a test that fails comes near it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A folder of one test, with flexload in it and nothing in its environment.
pub(crate) struct Here(tempfile::TempDir);

impl Here {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path().join(name), text).expect("written");
        self
    }

    /// flexload in this folder and in an empty environment.
    pub(crate) fn flexload(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flexload"));
        command.args(arguments).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs flexload to its end.
    pub(crate) fn ended(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.flexload(arguments))
    }

    /// `flexload run` of a scenario's text to its end.
    pub(crate) fn run(&self, scenario: &str, arguments: &[&str]) -> Ran {
        self.write("s.yaml", scenario);
        self.run_file("s.yaml", arguments)
    }

    /// `flexload run` of a file to its end.
    pub(crate) fn run_file(&self, file: &str, arguments: &[&str]) -> Ran {
        let ended = self.ended(&[&["run", file], arguments].concat());
        Ran::of(self, ended)
    }

    /// Starts flexload, to be ended by the test.
    pub(crate) fn started(&self, arguments: &[&str]) -> Started {
        let mut command = self.flexload(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        Started(Some(child))
    }

    /// The folder of the newest run, if there is one.
    pub(crate) fn newest_run(&self) -> Option<PathBuf> {
        let runs = fs::read_dir(self.path().join("reports")).ok()?;
        runs.map(|run| run.expect("an entry").path()).max()
    }

    /// Waits until this is so.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < give_up, "{what}: not within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn of(mut command: Command) -> Self {
        command.output().expect("it runs").into()
    }

    /// Asserts the exit code and words on either stream.
    pub(crate) fn says(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self}");
        for word in words {
            assert!(self.out.contains(word) || self.err.contains(word), "`{word}` is missing:\n{self}");
        }
    }
}

impl From<Output> for Ended {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { code: status.code().expect("a code"), out: text(stdout), err: text(stderr) }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\nstdout:\n{}\nstderr:\n{}", self.code, self.out, self.err)
    }
}

/// A run that ended, and what it wrote: read at once, as a test's folder may not outlive it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    pub(crate) folder: Option<PathBuf>,
    /// Each file of the folder by its path in it.
    pub(crate) files: BTreeMap<String, String>,
}

impl Ran {
    /// The newest run here.
    pub(crate) fn of(here: &Here, ended: Ended) -> Self {
        let folder = here.newest_run();
        let mut files = BTreeMap::new();
        if let Some(folder) = &folder {
            read_all(folder, folder, &mut files);
        }
        Self { ended, folder, files }
    }

    pub(crate) fn says(&self, code: i32, words: &[&str]) -> &Self {
        self.ended.says(code, words);
        self
    }

    pub(crate) fn file(&self, name: &str) -> &str {
        self.files
            .get(name)
            .unwrap_or_else(|| panic!("no {name} among {:?}: {}", self.files.keys(), self.ended))
    }

    /// run.json, which fits its published schema and says what the process said.
    pub(crate) fn json(&self) -> Value {
        let run: Value = serde_json::from_str(self.file("run.json")).expect("JSON");
        let schema: Value =
            serde_json::from_str(include_str!("../../reports/run.schema.json")).expect("JSON");
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("run.schema.json", schema).expect("a schema");
        let compiled = compiler.compile("run.schema.json", &mut schemas).expect("a schema");
        schemas.validate(&run, compiled).unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(run["exit_code"], self.ended.code, "{}", self.ended);
        run
    }

    /// A count of `totals`.
    pub(crate) fn total(&self, name: &str) -> u64 {
        count(&self.json()["totals"], name)
    }
}

fn read_all(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            files.insert(name, String::from_utf8_lossy(&fs::read(&path).expect("read")).into_owned());
        }
    }
}

pub(crate) fn count(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("no count `{name}` in {of:#}"))
}

/// A process that the test ends.
pub(crate) struct Started(Option<Child>);

impl Started {
    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("not ended yet")
    }

    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        let pid = self.child().id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
        self
    }

    /// The next line it writes to stderr with this word in it.
    pub(crate) fn line_with(&mut self, word: &str) -> String {
        let err = self.child().stderr.as_mut().expect("stderr");
        let mut line = Vec::new();
        loop {
            // Byte by byte: what comes after is left for the end.
            let mut byte = [0];
            err.read_exact(&mut byte).expect("a line");
            if byte != [b'\n'] {
                line.push(byte[0]);
                continue;
            }
            let text = String::from_utf8(std::mem::take(&mut line)).expect("text");
            if text.contains(word) {
                return text;
            }
        }
    }

    pub(crate) fn ended(mut self) -> Ended {
        self.0.take().expect("not ended yet").wait_with_output().expect("it ends").into()
    }

    /// Asserts that it ends soon: not because what it waited for came to its own end.
    pub(crate) fn ended_within(mut self, soon: Duration) -> Ended {
        let give_up = Instant::now() + soon;
        while self.is_running() {
            assert!(Instant::now() < give_up, "it still runs after {soon:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.ended()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child().try_wait().expect("a state").is_none()
    }

    /// Ends it as a crash would.
    pub(crate) fn crash(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It has ended already, or the test failed before it did.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.end();
    }
}

/// A mock of its own on a free port, ended with the test.
pub(crate) struct Mock {
    process: Started,
    out: BufReader<ChildStdout>,
}

impl Mock {
    pub(crate) fn start(here: &Here, arguments: &[&str]) -> Self {
        let mut process = here.started(&[&["mock", "--bind", "127.0.0.1:0"], arguments].concat());
        let out = BufReader::new(process.child().stdout.take().expect("stdout"));
        Self { process, out }
    }

    /// Starts one whose target file lies in the folder: `--target mock` means it.
    pub(crate) fn as_target(here: &Here, arguments: &[&str]) -> (Self, TargetFile) {
        let mut mock = Self::start(here, &[&["--targets-file"], arguments].concat());
        let mut yaml = String::new();
        while !yaml.contains("endpoints") {
            yaml.push_str(&mock.line());
        }
        here.write("flexload.yaml", &yaml);
        (mock, TargetFile(yaml))
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.out.read_line(&mut line).expect("a line"), 0, "the mock has ended");
        line
    }

    pub(crate) fn signal(mut self, name: &str) -> i32 {
        self.process.signal(name);
        self.process.child().wait().expect("it ends").code().expect("a code")
    }

    /// Asks it to end; what it said on stderr.
    pub(crate) fn ended(mut self) -> Ended {
        self.process.signal("-INT");
        self.process.ended()
    }
}

/// What a mock printed with `--targets-file`.
#[derive(Clone, Debug)]
pub(crate) struct TargetFile(pub(crate) String);

impl TargetFile {
    pub(crate) fn value(&self, key: &str) -> String {
        let key = format!("{key}:");
        let line = self.0.lines().find(|line| line.trim_start().starts_with(&key)).expect("a line");
        line.split_once(": ").expect("a value").1.trim_matches('"').to_owned()
    }
}

/// A chat of the guide's order, with a hole for each thing a test may want otherwise. A debug build beside other tests is
/// no generator to be judged.
pub(crate) const CHAT: &str = "\
version: 1
name: chat
customers: { count: 5, identity: \"c-{{ customer.index }}\" }
agents: { count: 1, chats_each: 5, reply_after: 50ms }
load: { phases: [{ hold: { rate: 10/s, for: 500ms } }], drain: 20s }
validity: { starts: 50%, lag: 10s, busy: 100%, throttled_seconds: 100% }
steps:
  - mint_token
  - connect
  - open_channel
  - send_message: { body: hello }
  - await_reply: { within: 20s }
  - leave
thresholds:
  - errors.count == 0
";
