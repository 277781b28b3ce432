//! The state a mock begins with, as its author wrote it: `--state FILE`.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use mock_server::state::{State, StateError};

use super::Failure;
use super::exit::Exit;
use crate::scenario::yaml::{self, Source};

/// A state as its author wrote it.
pub(super) struct Written {
    pub(super) state: Arc<State>,
    name: String,
    /// Where its lines are; a snapshot in JSON may be too long to be looked at that closely.
    source: Option<Source>,
}

impl Written {
    /// Reads a file: JSON as the control API answers it, or YAML.
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let name = file.display().to_string();
        let wrong = |error: &dyn fmt::Display| Failure::new(Exit::Input, format!("{name}: {error}"));
        let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
        if text.trim_start().starts_with('{') {
            let state = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
            return Ok(Self { state: Arc::new(state), name, source: None });
        }
        if text.len() as u64 > yaml::LARGEST {
            return Err(wrong(&"YAML may have 1 MiB; a larger state has to be JSON"));
        }
        let parsed = yaml::parse::<State>(&name, &text, &[])
            .map_err(|diagnostic| Failure::new(Exit::Input, diagnostic))?;
        Ok(Self { state: Arc::new(parsed.file), name, source: Some(parsed.source) })
    }

    /// What is wrong with it, at its line if that is known.
    pub(super) fn failed(&self, error: StateError) -> Failure {
        match &self.source {
            Some(source) => Failure::new(Exit::Input, source.at(&error.place, error.what)),
            None => Failure::new(Exit::Input, format!("{}: {error}", self.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Written, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        Written::read(&file).map_err(|failure| failure.says)
    }

    #[test]
    fn a_state_is_read_from_yaml_and_from_json() {
        let yaml =
            read("state.yaml", "services:\n  - channels:\n      - { unique_name: support }\n").expect("YAML");
        let json = read("state.json", r#"{"services": [{"channels": [{"unique_name": "support"}]}]}"#)
            .expect("JSON");
        assert_eq!(yaml.state, json.state);
    }

    #[test]
    fn a_mock_begins_with_what_its_readme_shows() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/mock-server/README.md");
        let readme = fs::read_to_string(readme).expect("a README");
        let example = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let written = read("state.yaml", example.expect("an example")).expect("a state");
        assert_eq!(written.state.services[0].channels[0].messages.len(), 2);
        let config =
            mock_server::Config { state: Some(written.state.clone()), ..mock_server::Config::default() };
        mock_server::MockServer::start(config).expect("a state that makes sense").stop();
    }

    #[test]
    fn what_twilio_calls_otherwise_is_recognised() {
        let text = "services:\n  - channels:\n      - messages: [{ author: ada, body: hello }]\n";
        let says = read("state.yaml", text).err().expect("refused");
        assert!(says.contains("state.yaml:3:22") && says.contains("did you mean `from`?"), "{says}");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let says = read("state.yaml", "services:\n  - chanels: []\n").err().expect("refused");
        assert!(says.contains("state.yaml:2:5") && says.contains("chanels"), "{says}");
        let says = read("state.json", "{\"servces\": []}").err().expect("refused");
        assert!(says.contains("state.json") && says.contains("servces"), "{says}");
    }

    /// What a mock says that is to begin with it.
    fn refused(written: &Written) -> String {
        let config =
            mock_server::Config { state: Some(written.state.clone()), ..mock_server::Config::default() };
        let Err(mock_server::StartError::State(error)) = mock_server::MockServer::start(config) else {
            panic!("started")
        };
        written.failed(error).says
    }

    #[test]
    fn what_makes_no_sense_is_told_where_it_stands_too() {
        let written = read("state.yaml", "services:\n  - channels:\n      - { number: 5 }\n").expect("YAML");
        let says = refused(&written);
        assert!(says.contains("state.yaml:3:19") && says.contains("number"), "{says}");
        let long = "x".repeat(257);
        let text = format!("services:\n  - channels:\n      - messages: [{{ body: hi, from: {long} }}]\n");
        let says = refused(&read("state.yaml", &text).expect("YAML"));
        assert!(says.contains("state.yaml:3:38") && says.contains("50310"), "{says}");
    }
}
