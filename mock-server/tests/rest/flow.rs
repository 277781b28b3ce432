//! `/v1/FlexFlows`.

use mock_server::Config;

use crate::support::Api;

#[test]
fn an_exported_flow_is_served_under_its_own_sids_and_is_the_default() {
    let (flow, service) = ("FO0123456789abcdef0123456789abcdef", "IS0123456789abcdef0123456789abcdef");
    let text = format!(
        r#"[{{"sid":"{flow}","friendlyName":"Shop","chatServiceSid":"{service}","channelType":"custom","enabled":true,
            "integrationType":"task","integration":{{"channel":"chat"}}}}]"#
    );
    let flows = wire::flow::exported::read(&text).unwrap();
    let api = Api::with(Config { flows, ..Config::default() });
    assert_eq!(api.credentials().flex_flow_sid.to_string(), flow);
    assert_eq!(api.get(&format!("/v1/FlexFlows/{flow}")).is(200).text("friendly_name"), "Shop");
    let channel = api.open("jane");
    api.get(&format!("/v2/Services/{service}/Channels/{channel}")).is(200);
}
