//! What each behaviour of the mock rests on.
//!
//! Everything a client can see of the mock follows a [`Rule`], and each rule has exactly one [`Basis`].
//! Answers, refusals and events cannot be built without a [`RuleId`]: their constructors ask for one, so that
//! no behaviour slips in that nobody can say the source of.
//!
//! Rules are declared by `rules!` beside the code that follows them. An operation's
//! success is one rule, each of its refusals is a rule of its own.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the knowledge behind a rule comes from, best first. The text says where to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Twilio's documentation, error catalogue or OpenAPI documents say so: a URL or a pointer into them.
    Documented(&'static str),
    /// Recorded from the real service in a public test suite or by the real SDK: which recording.
    Recorded(&'static str),
    /// An official library sends or expects it: name and version.
    Library(&'static str),
    /// Working public code relies on it: which.
    Observed(&'static str),
    /// A guess that fits what is known: why this guess. Answers that rest on one say so in `X-Mock-Basis`.
    Inferred(&'static str),
    /// Not Twilio's behaviour at all: a cap or a tool of the mock itself.
    MockOnly(&'static str),
}

impl Basis {
    /// The basis in one word, as printed and as sent in `X-Mock-Basis`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented(_) => "documented",
            Self::Recorded(_) => "recorded",
            Self::Library(_) => "library",
            Self::Observed(_) => "observed",
            Self::Inferred(_) => "inferred",
            Self::MockOnly(_) => "mock-only",
        }
    }

    /// Where to read it: a URL, a recording, a library's version, a reason.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::Documented(text)
            | Self::Recorded(text)
            | Self::Library(text)
            | Self::Observed(text)
            | Self::Inferred(text)
            | Self::MockOnly(text) => text,
        }
    }

    /// Whether the rule is a guess.
    #[must_use]
    pub const fn is_inferred(self) -> bool {
        matches!(self, Self::Inferred(_))
    }
}

/// One thing the mock does that a client can see.
#[derive(Debug)]
pub struct Rule {
    /// Its name, `area.topic.what`: never reused for something else.
    pub id: &'static str,
    /// What it rests on.
    pub basis: Basis,
    /// The behaviour in one sentence.
    pub says: &'static str,
    /// How often it was followed, and in the highest bit whether it is broken: so following costs one addition.
    followed: AtomicU64,
}

/// Set in [`Rule::followed`] while the rule is broken.
const BROKEN: u64 = 1 << 63;

impl Rule {
    /// A rule nobody has followed yet. Use `rules!`, which also lists it.
    #[must_use]
    pub const fn new(id: &'static str, basis: Basis, says: &'static str) -> Self {
        Self { id, basis, says, followed: AtomicU64::new(0) }
    }
}

/// Names are never used twice.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl Hash for Rule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// A handle to a declared rule: what constructors of answers and events ask for.
///
/// A rule's count, and whether it is broken, belong to the process: one mock a process is the norm, and an
/// account of a rule for each mock would have to be carried to every place that follows one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleId(&'static Rule);

impl RuleId {
    /// Wraps a declared rule. Use `rules!`, which also lists it.
    #[must_use]
    pub const fn new(rule: &'static Rule) -> Self {
        Self(rule)
    }

    /// The rule itself.
    #[must_use]
    pub const fn rule(self) -> &'static Rule {
        self.0
    }

    /// The rule's name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.0.id
    }

    /// What the rule rests on.
    #[must_use]
    pub const fn basis(self) -> Basis {
        self.0.basis
    }

    /// Asked at the moment the rule decides what a client sees, and counted. The answer is `true` unless the rule
    /// is broken on purpose: then what it says must visibly not happen.
    ///
    /// Constructors that take a rule ask this themselves; code that follows one in another way does so by
    /// `if RULE.follow() { … }`.
    #[must_use = "a rule that is broken is not to be followed"]
    pub fn follow(self) -> bool {
        self.0.followed.fetch_add(1, Ordering::Relaxed) & BROKEN == 0
    }

    /// Whether it is broken, without counting: for what has to be decided before it is the rule's turn.
    #[must_use]
    pub fn is_broken(self) -> bool {
        self.0.followed.load(Ordering::Relaxed) & BROKEN != 0
    }

    /// How often it was its turn in this process.
    #[must_use]
    pub fn count(self) -> u64 {
        self.0.followed.load(Ordering::Relaxed) & !BROKEN
    }

    fn set_broken(self, broken: bool) {
        if broken {
            self.0.followed.fetch_or(BROKEN, Ordering::Relaxed);
        } else {
            self.0.followed.fetch_and(!BROKEN, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

/// Rules that are broken for as long as this lives. What a rule says then does not happen: an answer is `200 {}`,
/// an event or another frame is not sent, all else is left out.
#[derive(Debug)]
pub(crate) struct Broken(Vec<RuleId>);

impl Broken {
    pub(crate) fn new(rules: Vec<RuleId>) -> Self {
        rules.iter().for_each(|rule| rule.set_broken(true));
        Self(rules)
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.0.iter().for_each(|rule| rule.set_broken(false));
    }
}

/// Declares rules beside the code that follows them: a static each, and `RULES`, the slice of them all.
///
/// ```ignore
/// rules! {
///     CREATE = "flex.channel.create", Documented("openapi flex_v1 CreateChannel"), "a create answers 201";
///     pub(super) NO_FLOW = "flex.channel.create.no-flow", Inferred("…"), "an unknown flow is 404, 45205";
/// }
/// ```
///
/// Add each new `RULES` to [`crate::rules::all`], and for each rule a probe under `tests/rules/`, which fails for a
/// rule that no code follows.
macro_rules! rules {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $id:literal, $basis:ident($source:expr), $says:literal;)+) => {
        $(
            #[doc = $says]
            $(#[$meta])*
            $vis static $name: $crate::basis::RuleId = $crate::basis::RuleId::new({
                static RULE: $crate::basis::Rule =
                    $crate::basis::Rule::new($id, $crate::basis::Basis::$basis($source), $says);
                &RULE
            });
        )+
        /// The rules declared here.
        pub(crate) static RULES: &[$crate::basis::RuleId] = &[$($name),+];
    };
}
pub(crate) use rules;

/// An operation refused: what a REST answer or an answer through the socket's tunnel is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// Twilio's error code.
    pub code: u32,
    /// The message for people. Empty for what is not found: the answer then names the path that was asked for,
    /// which only the route knows.
    pub message: Cow<'static, str>,
    /// The rule that refused.
    pub rule: RuleId,
}

impl Refused {
    /// A refusal with words of its own.
    #[must_use]
    pub fn new(status: u16, code: u32, message: impl Into<Cow<'static, str>>, rule: RuleId) -> Self {
        Self { status, code, message: message.into(), rule }
    }

    /// A refusal in the words of Twilio's catalogue.
    #[must_use]
    pub fn titled(status: u16, code: u32, rule: RuleId) -> Self {
        let title = wire::error::title(code).unwrap_or_default();
        Self::new(status, code, title.strip_prefix("Programmable Chat: ").unwrap_or(title), rule)
    }

    /// 404 with code 20404: `The requested resource <path> was not found`.
    #[must_use]
    pub const fn not_found(rule: RuleId) -> Self {
        Self { status: 404, code: 20404, message: Cow::Borrowed(""), rule }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ({:?})", self.status, self.code, self.message, self.rule)
    }
}

impl std::error::Error for Refused {}
