//! Pages of lists.

use serde_json::Value;

use crate::support::Api;

/// The path and query of a URL of this mock.
fn path(api: &Api, url: &Value) -> Option<String> {
    Some(url.as_str()?.strip_prefix(&api.mock.url()).expect("a link leads elsewhere").to_owned())
}

#[test]
fn messages_are_paged_backwards_too() {
    let api = Api::start();
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    for n in 0..5 {
        api.post(&messages, &[("Body", &n.to_string())]).is(201);
    }
    let mut next = Some(format!("{messages}?Order=desc&PageSize=2"));
    let mut seen = String::new();
    while let Some(at) = next {
        let page = api.get(&at).is(200);
        for message in page.body["messages"].as_array().unwrap() {
            seen.push_str(message["body"].as_str().unwrap());
        }
        next = path(&api, &page.body["meta"]["next_page_url"]);
    }
    assert_eq!(seen, "43210");
}
