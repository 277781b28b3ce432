use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::flex::target::Login;

const AC: &str = "AC00112233445566778899aabbccddeeff";
const SK: &str = "SK00112233445566778899aabbccddeeff";
const IS: &str = "IS00112233445566778899aabbccddeeff";
const FO: &str = "FO00112233445566778899aabbccddeeff";

/// A folder with a flexload.yaml, and an environment.
struct Desk {
    folder: tempfile::TempDir,
    env: HashMap<String, String>,
}

impl Desk {
    fn with(yaml: &str) -> Self {
        let desk = Self::bare();
        fs::write(desk.folder.path().join(FILE_NAME), yaml).expect("written");
        desk
    }

    fn bare() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), env: HashMap::new() }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn find(&self, name: Option<&str>) -> Result<Chosen, TargetError> {
        let from = self.folder.path().join("deep/er");
        fs::create_dir_all(&from).expect("folders");
        let env = |name: &str| self.env.get(name).cloned();
        Search { name, file: None, from: &from, env: &env }.find()
    }

    fn target(&self, name: &str) -> Target {
        match self.find(Some(name)).expect("a target") {
            Chosen::There(target) => *target,
            Chosen::Embedded => panic!("the embedded mock"),
        }
    }

    fn refusal(&self, name: &str) -> String {
        self.find(Some(name)).expect_err("a refusal").to_string()
    }
}

fn staging(more: &str) -> String {
    format!(
        "targets:\n  staging:\n    account_sid: {AC}\n    chat_service_sid: {IS}\n    flex_flow_sid: {FO}\n{more}"
    )
}

const KEY: &str = "    api_key: { env: KEY }\n    api_secret: { env: SECRET }\n";

#[test]
fn no_name_is_the_embedded_mock_whatever_the_file_says() {
    assert!(matches!(Desk::with(&staging(KEY)).find(None), Ok(Chosen::Embedded)));
    assert!(matches!(Desk::bare().find(Some("mock")), Ok(Chosen::Embedded)));
}

#[test]
fn a_target_is_read_from_the_file_found_upward() {
    let yaml = staging(&format!(
        "{KEY}    region: ie1\n    ca_file: extra.pem\n    budget: {{ channels: 5, messages: 50, duration: 30m }}\n"
    ));
    let desk = Desk::with(&yaml).env("KEY", SK).env("SECRET", "hush");
    let target = desk.target("staging");
    assert_eq!(target.account_sid.to_string(), AC);
    assert_eq!(target.endpoints.flex_api.as_str(), "https://flex-api.ie1.twilio.com/");
    assert_eq!(target.endpoints.socket.as_str(), "wss://tsock.ie1.twilio.com/v3/wsconnect");
    assert_eq!(target.ca_file, Some(desk.folder.path().join("extra.pem")));
    assert_eq!(target.budget.map(|budget| budget.channels), Some(5));
    assert_eq!(target.signing_key().expect("a key").secret.expose(), "hush");
    assert_eq!(target.last4(), "eeff");
    assert!(!target.is_local());
    assert!(!format!("{target:?}").contains("hush"));
}

#[test]
fn twilio_needs_no_file_and_says_all_that_is_missing() {
    let refusal = Desk::bare().env("TWILIO_ACCOUNT_SID", AC).refusal("twilio");
    assert!(
        refusal.contains(
            "TWILIO_API_KEY, TWILIO_API_SECRET, TWILIO_CHAT_SERVICE_SID, TWILIO_FLEX_FLOW_SID are not set"
        ),
        "{refusal}"
    );
    let desk = Desk::bare()
        .env("TWILIO_ACCOUNT_SID", AC)
        .env("TWILIO_AUTH_TOKEN", "hush")
        .env("TWILIO_CHAT_SERVICE_SID", IS)
        .env("TWILIO_FLEX_FLOW_SID", FO);
    let target = desk.target("twilio");
    assert!(matches!(target.login, Login::AuthToken(_)));
    assert!(target.signing_key().expect_err("no key").to_string().contains("TWILIO_API_KEY"));
    assert_eq!(target.endpoints.chat.as_str(), "https://chat.twilio.com/");
    let half = desk.env("TWILIO_API_KEY", SK).refusal("twilio");
    assert!(half.contains("TWILIO_API_SECRET is not set"), "{half}");
}

#[test]
fn a_wrong_sid_in_a_variable_names_the_variable_and_not_the_secret() {
    let desk = Desk::with(&staging(KEY)).env("KEY", AC).env("SECRET", "hush");
    let refusal = desk.refusal("staging");
    assert!(refusal.contains("flexload.yaml:6:14: the variable KEY:"), "{refusal}");
    let desk = Desk::with(&staging(KEY)).env("KEY", SK).env("SECRET", "hu sh");
    let refusal = desk.refusal("staging");
    assert!(refusal.contains("white space") && !refusal.contains("hu sh"), "{refusal}");
}

#[test]
fn a_secret_in_a_file_is_closed_to_others() {
    let yaml = staging("    api_key: { env: KEY }\n    api_secret: { file: secret.txt }\n");
    let desk = Desk::with(&yaml).env("KEY", SK);
    let path = desk.folder.path().join("secret.txt");
    assert!(desk.refusal("staging").contains("cannot be read"));
    fs::write(&path, "hush\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened");
    let refusal = desk.refusal("staging");
    assert!(refusal.contains("others can read") && refusal.contains("chmod 600"), "{refusal}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("closed");
    assert_eq!(desk.target("staging").signing_key().expect("a key").secret.expose(), "hush");
}

#[test]
fn a_secret_written_down_is_refused_unless_it_is_the_mocks() {
    let yaml = staging("    auth_token: hush\n");
    let refusal = Desk::with(&yaml).refusal("staging");
    assert!(refusal.contains("{ env:") && !refusal.contains("hush"), "{refusal}");
    let mocked = yaml.replace("0011", "f1e0").replace(
        "    auth_token",
        "    endpoints: { flex_api: 'http://127.0.0.1:1', chat: 'http://127.0.0.1:1', socket: 'ws://[::1]:1/x' }\n    auth_token",
    );
    assert!(Desk::with(&mocked).target("staging").is_local());
    let relay = mocked.replacen("f1e0", "0011", 1).replace("hush", "{ env: TOKEN }");
    assert!(!Desk::with(&relay).env("TOKEN", "x").target("staging").is_local(), "a relay is not local");
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for line in [
        "auth_tokn: 8h5u3s1h7",
        "auth_token: 8531753",
        "auth_token: [8h5u3s1h7]",
        "auth_token: { env: A, 8h5u3s1h7: x }",
        "auth_token: '8h5u3s1h7 x'",
        "budget: 1\n    auth_token: 8h5u3s1h7",
        "region: '8 h'\n    auth_token: 8h5u3s1h7",
    ] {
        let refusal = Desk::with(&staging(&format!("    {line}\n"))).refusal("staging");
        assert!(refusal.contains("flexload.yaml:"), "{refusal}");
        assert!(!refusal.contains("8h5u3s1h7") && !refusal.contains("8531753"), "{line}: {refusal}");
    }
}

#[test]
fn endpoints_never_carry_credentials_in_the_open() {
    for (url, says) in [
        ("http://flex.example.com", "unencrypted"),
        ("https://me:hush@flex.example.com", "no user name"),
        ("ftp://flex.example.com", "should start with"),
        ("flex.example.com", "not a URL"),
        ("https://flex.example.com/?a=b", "nothing behind"),
    ] {
        let yaml = staging(&format!("{KEY}    endpoints: {{ flex_api: '{url}' }}\n"));
        let refusal = Desk::with(&yaml).env("KEY", SK).env("SECRET", "x").refusal("staging");
        assert!(refusal.contains(says) && !refusal.contains("hush"), "{url}: {refusal}");
    }
}

#[test]
fn an_unknown_name_gets_a_suggestion() {
    let refusal = Desk::with(&staging(KEY)).refusal("stagin");
    assert!(refusal.contains("did you mean `staging`?"), "{refusal}");
    let refusal = Desk::bare().refusal("production");
    assert!(refusal.contains("no flexload.yaml was found"), "{refusal}");
}

#[test]
fn a_file_that_makes_no_sense_is_named() {
    for (yaml, says) in [
        ("targets: {}\nwaivers: []\n", "flexload.yaml:2:1: unknown field `waivers`"),
        ("targets: 3\n", "where a map is wanted"),
        ("targets:\n  staging: { acount_sid: x }\n", "did you mean `account_sid`?"),
        (": : :", "flexload.yaml:1:"),
    ] {
        let refusal = Desk::with(yaml).refusal("staging");
        assert!(refusal.contains(says), "{refusal}");
    }
}
