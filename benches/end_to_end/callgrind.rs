//! Whose instructions a process executes, by callgrind: a function's own and those it had executed for it.
//!
//! In a release build most of what is asked for is inlined into its callers, and what is not calls things that all
//! others call, too: the allocator, the serializer, copying. So instructions belong to somebody
//!
//! - by their source line, which the compiler keeps through inlining, or as part of a function that is somebody's by
//!   its name;
//! - or, in functions that are nobody's, by who called: as large a part of them as of the calls' cost comes from a
//!   line that is somebody's, directly or through others.
//!
//! Each instruction is counted once, however calls nest.

use std::collections::HashMap;

use crate::Fallible;

/// Whose it is: an index the caller gives a meaning.
pub(crate) type Owner = usize;

/// How often shares are passed on from callers to callees. Call chains out of what is somebody's are short, and what
/// would come later is next to nothing.
const ROUNDS: usize = 60;

/// What a process executed, as callgrind wrote it down.
#[derive(Default)]
pub(crate) struct Profile {
    functions: Vec<Function>,
    calls: Vec<Call>,
}

/// One function's own instructions.
#[derive(Default)]
struct Function {
    name: String,
    /// By source file, as functions of several files are inlined into it.
    own: HashMap<String, f64>,
}

/// All calls from one line of one function to another, with what they cost in all.
struct Call {
    from: usize,
    file: String,
    to: usize,
    cost: f64,
}

/// Names that callgrind writes once and then refers to by number.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// `(12) name`, or `(12)` for a name that was there before.
    fn read(&mut self, text: &str) -> Fallible<(String, String)> {
        let (id, name) = text.split_once(')').ok_or_else(|| format!("no name: {text}"))?;
        if !name.is_empty() {
            self.0.insert(id.to_owned(), name.trim_start().to_owned());
        }
        let name = self.0.get(id).ok_or_else(|| format!("a name that was not introduced: {text}"))?;
        Ok((id.to_owned(), name.clone()))
    }
}

impl Profile {
    /// Reads a profile of the event `Ir` with line positions, callgrind's default.
    pub(crate) fn read(text: &str) -> Fallible<Self> {
        let (mut files, mut names) = (Names::default(), Names::default());
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut profile = Self::default();
        let (mut file, mut function) = (String::new(), 0);
        let mut callee = None;
        for line in text.lines() {
            if let Some((key, value)) = line.split_once('=').filter(|(key, _)| !key.contains(' ')) {
                match key {
                    "fl" | "fi" | "fe" => file = files.read(value)?.1,
                    // Where the callee is matters to nobody, but it may introduce a name.
                    "cfi" | "cfl" => _ = files.read(value)?,
                    "fn" | "cfn" => {
                        let (id, name) = names.read(value)?;
                        let number = *numbers.entry(id).or_insert_with(|| {
                            profile.functions.push(Function { name, own: HashMap::new() });
                            profile.functions.len() - 1
                        });
                        if key == "fn" { function = number } else { callee = Some((number, false)) }
                    }
                    "calls" => callee = callee.map(|(number, _)| (number, true)),
                    _ => {}
                }
            } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
                let cost = line.split(' ').nth(1).ok_or_else(|| format!("no cost: {line}"))?.parse()?;
                match callee.take() {
                    Some((to, true)) => {
                        profile.calls.push(Call { from: function, file: file.clone(), to, cost })
                    }
                    _ => *profile.functions[function].own.entry(file.clone()).or_default() += cost,
                }
            }
        }
        Ok(profile)
    }

    /// All instructions.
    pub(crate) fn total(&self) -> f64 {
        self.functions.iter().flat_map(|function| function.own.values()).sum()
    }

    /// The instructions of each owner; `owner` tells whose a file or a function's name is.
    pub(crate) fn of<const N: usize>(&self, owner: impl Fn(&str) -> Option<Owner>) -> [f64; N] {
        let named: Vec<Option<Owner>> = self.functions.iter().map(|function| owner(&function.name)).collect();
        let whose = |function: usize, file: &str| named[function].or_else(|| owner(file));
        let callers: Vec<Option<Owner>> =
            self.calls.iter().map(|call| whose(call.from, &call.file)).collect();
        let mut called = vec![0.0; self.functions.len()];
        self.calls.iter().for_each(|call| called[call.to] += call.cost);
        let mut shares = vec![[0.0; N]; self.functions.len()];
        for _ in 0..ROUNDS {
            let mut next = vec![[0.0; N]; self.functions.len()];
            for (call, caller) in self.calls.iter().zip(&callers).filter(|(call, _)| called[call.to] > 0.0) {
                let part = call.cost / called[call.to];
                for (at, share) in next[call.to].iter_mut().enumerate() {
                    *share += part * caller.map_or(shares[call.from][at], |it| f64::from(u8::from(it == at)));
                }
            }
            shares = next;
        }
        let mut sums = [0.0; N];
        for (nth, function) in self.functions.iter().enumerate() {
            for (file, cost) in &function.own {
                match whose(nth, file) {
                    Some(it) => sums[it] += cost,
                    None => sums.iter_mut().zip(shares[nth]).for_each(|(sum, share)| *sum += cost * share),
                }
            }
        }
        sums
    }
}
