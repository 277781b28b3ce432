//! This program, started again to be measured.

use std::{
    env,
    io::{BufRead as _, BufReader, Lines, Read as _},
    num::NonZeroUsize,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use tokio::{runtime, task::LocalSet};

use crate::Fallible;

const FLAG: &str = "--role";

/// A copy of this program at work. It ends with this value.
pub(crate) struct Role {
    name: &'static str,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    stdin: Option<ChildStdin>,
}

/// The role this process was started in, and its arguments.
pub(crate) fn role(arguments: &[String]) -> Option<(&str, &[String])> {
    match arguments {
        [flag, role, rest @ ..] if flag == FLAG => Some((role, rest)),
        _ => None,
    }
}

impl Role {
    /// Starts one.
    pub(crate) fn start(name: &'static str, arguments: &[&str]) -> Fallible<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(FLAG).arg(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("a child without output")?;
        let stdin = child.stdin.take();
        Ok(Self { name, child, lines: BufReader::new(stdout).lines(), stdin })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next thing it says.
    pub(crate) fn line(&mut self) -> Fallible<String> {
        Ok(self.lines.next().ok_or_else(|| format!("{} ended before it had measured", self.name))??)
    }

    /// The next thing it says: a number.
    pub(crate) fn number(&mut self) -> Fallible<f64> {
        Ok(self.line()?.parse()?)
    }

    /// Lets it go on after [`wait`].
    pub(crate) fn go_on(&mut self) {
        self.stdin = None;
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        self.go_on();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a role: stands still until whoever started it has looked.
pub(crate) fn wait() {
    let _ = std::io::stdin().read(&mut [0]);
}

/// In a role: does `work` as a worker of flexload does it, on one thread.
pub(crate) fn on_one_thread<T>(work: impl Future<Output = Fallible<T>>) -> Fallible<T> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

/// In a role: does `work` as the mock does it, on as many threads as it has.
pub(crate) fn on_all_threads<T>(work: impl Future<Output = Fallible<T>>) -> Fallible<T> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut builder = match threads {
        1 => runtime::Builder::new_current_thread(),
        _ => runtime::Builder::new_multi_thread(),
    };
    builder.worker_threads(threads).enable_all().build()?.block_on(work)
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> Fallible<f64> {
    values.sort_by(f64::total_cmp);
    Ok(*values.get(values.len() / 2).ok_or("nothing was measured")?)
}
