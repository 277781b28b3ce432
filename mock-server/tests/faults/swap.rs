//! Faults are exchanged while the mock runs.

use mock_server::fault::Fault;

use super::{planted, told};

#[test]
fn other_faults_take_the_place_of_those_there_were_and_count_anew() {
    let api = planted(r#"[{"status":{"operation":"list_flows","status":500}}]"#);
    api.get("/v1/FlexFlows").refuses(500, 20500);
    let account = api.mock.accounts().first().clone();
    let others = r#"[{"status":{"operation":"list_flows","status":503}}]"#;
    let before = account.plant(&serde_json::from_str::<Vec<Fault>>(others).unwrap());
    assert_eq!((before[0].fault.name(), before[0].times), ("status", 1));
    assert_eq!(told(&api).times, 0);
    api.get("/v1/FlexFlows").refuses(503, 20503);
    assert_eq!(account.plant(&[])[0].times, 1);
    api.get("/v1/FlexFlows").is(200);
    assert_eq!(api.mock.counters().planted, []);
}
