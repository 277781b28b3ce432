//! Errors that say where and what to do.

use std::fmt;
use std::path::PathBuf;

/// Whether it stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but somebody should look.
    Warning,
}

/// Where something stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters the caret underlines; at least one is drawn.
    pub length: usize,
    /// The line's text.
    pub source: String,
}

/// One thing that is wrong, or doubtful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the run.
    pub severity: Severity,
    /// The file, or the option, that says it.
    pub origin: String,
    /// Where in the file; an option has no place.
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What to do, after the caret.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let help = self.help.as_deref().unwrap_or_default();
        let Some(place) = &self.place else {
            write!(f, "{}  {warning}{}", self.origin, self.message)?;
            return if help.is_empty() { Ok(()) } else { write!(f, "\n     {help}") };
        };
        writeln!(f, "{}:{}:{}  {warning}{}", self.origin, place.line, place.column, self.message)?;
        // A tab stays a tab, so that the caret lines up in any terminal.
        let indent: String =
            place.source.chars().take(place.column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
        let room = place.source.chars().count().saturating_sub(place.column - 1).max(1);
        let carets = "^".repeat(place.length.clamp(1, room));
        writeln!(f, "{:>4} | {}", place.line, place.source)?;
        write!(f, "     | {}", format!("{indent}{carets} {help}").trim_end())
    }
}

/// Why a scenario cannot be run.
#[derive(Debug)]
pub enum ScenarioError {
    /// The file could not be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The file was read; this is wrong with it. At least one is an error.
    Invalid(Vec<Diagnostic>),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScenarioError::Unreadable { path, why } => write!(f, "{}: {why}", path.display()),
            ScenarioError::Invalid(diagnostics) => {
                for (index, diagnostic) in diagnostics.iter().enumerate() {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    diagnostic.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ScenarioError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_the_line_and_a_caret() {
        let diagnostic = Diagnostic {
            severity: Severity::Error,
            origin: "launch.yaml".to_owned(),
            place: Some(Place { line: 6, column: 3, length: 5, source: "  cuont: 5".to_owned() }),
            message: "unknown field `cuont`".to_owned(),
            help: Some("did you mean `count`?".to_owned()),
        };
        assert_eq!(
            diagnostic.to_string(),
            "launch.yaml:6:3  unknown field `cuont`\n   6 |   cuont: 5\n     |   ^^^^^ did you mean `count`?"
        );
    }
}
