//! What the service tells a device in the context of its session list.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use wire::sync::Name;

use super::super::device::Device;
use super::{CONTEXT_BYTES, view};

/// The device's own words and the service's; nothing where the device has too many.
///
/// Twilio's own paths are not known: a client takes them as they are, behind the host's name.
pub(super) fn of(device: Device<'_>, context: Map<String, Value>) -> Option<Box<RawValue>> {
    let (service, user) = (device.service(), device.user());
    let views = view::Paths { service, user: user.sid };
    let reachability = user.service.defaults().reachability;
    let told = json!({
        "identity": user.identity,
        "userInfo": Name::UserInfo(user.sid),
        "myChannels": Name::MyChannels(&user.identity),
        "channels": format!("{service}.channels"),
        "links": {
            "publicChannelsUrl": views.channels(),
            "myChannelsUrl": views.my_channels(),
            "typingUrl": "/v1/typing",
            "syncListUrl": views.sync_list(),
            "usersUrl": views.users(),
            "mediaServiceUrl": format!("/v1/Services/{service}/Media"),
        },
        "reachabilityEnabled": reachability,
        "consumptionReportInterval": "PT1S",
        "httpCacheInterval": "PT1S",
        "userInfosToSubscribe": 100,
    });
    let said = serde_json::to_vec(&context).map_or(usize::MAX, |text| text.len());
    let Value::Object(told) = told else { return None };
    let mut whole = context;
    whole.extend(told);
    (said <= CONTEXT_BYTES).then(|| serde_json::value::to_raw_value(&whole).ok()).flatten()
}
