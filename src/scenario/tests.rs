use super::*;
use std::path::Path;

const CHAT: &str = "\
version: 1
name: t
vars: { topic: pricing }
customers: { count: 5, identity: \"c-{{ customer.index }}\" }
agents: { count: 1 }
load:
  phases:
    - hold: { rate: 1/s, for: 5s }
steps:
  - mint_token
  - connect
  - open_channel: { friendly_name: \"{{ vars.topic }}\" }
  - send_message: { body: hello }
  - await_reply
thresholds:
  - errors.rate < 1%
";

fn read(text: &str, overrides: &[&str]) -> Result<Loaded, ScenarioError> {
    let overrides: Vec<Override> = overrides.iter().map(|over| over.parse().unwrap()).collect();
    parse("t.yaml", text, Path::new("."), &overrides)
}

#[test]
fn a_scenario_is_read() {
    let loaded = read(CHAT, &[]).unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.scenario.journeys[0].steps.len(), 5);
}
