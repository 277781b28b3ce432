//! Pages of lists.

use serde_json::Value;

use crate::support::Api;

/// The path and query of a URL of this mock.
fn path(api: &Api, url: &Value) -> Option<String> {
    Some(url.as_str()?.strip_prefix(&api.mock.url()).expect("a link leads elsewhere").to_owned())
}

#[test]
fn following_next_page_url_reads_the_whole_list_once() {
    let api = Api::start();
    let mut opened: Vec<String> = (0..7).map(|n| api.open(&format!("c-{n}"))).collect();
    let mut next = Some("/v1/Channels?PageSize=3".to_owned());
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    while let Some(at) = next {
        let page = api.get(&at).is(200);
        let items = page.body["flex_chat_channels"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["sid"].as_str().unwrap().to_owned()));
        sizes.push((page.body["meta"]["page"].as_u64().unwrap(), items.len()));
        next = path(&api, &page.body["meta"]["next_page_url"]);
    }
    assert_eq!(sizes, [(0, 3), (1, 3), (2, 1)]);
    seen.sort_unstable();
    opened.sort_unstable();
    assert_eq!(seen, opened);
}

#[test]
fn the_envelope_has_the_seven_documented_fields() {
    let api = Api::start();
    let page = api.get("/v1/Channels").is(200);
    let url = format!("{}/v1/Channels?PageSize=50&Page=0", api.mock.url());
    assert_eq!(
        page.body["meta"],
        serde_json::json!({
            "page": 0, "page_size": 50, "first_page_url": url, "previous_page_url": null,
            "url": url, "next_page_url": null, "key": "flex_chat_channels",
        })
    );
    assert_eq!(page.body["flex_chat_channels"], Value::Array(Vec::new()));
}

#[test]
fn filters_are_kept_from_page_to_page() {
    let api = Api::start();
    for n in 0..3 {
        api.open(&format!("c-{n}"));
    }
    let first = api.get(&api.service("/Channels?Type=private&PageSize=2")).is(200);
    let next = path(&api, &first.body["meta"]["next_page_url"]).unwrap();
    assert!(next.contains("?Type=private&PageSize=2&Page=1&PageToken=PA"), "{next}");
    let second = api.get(&next).is(200);
    assert_eq!(second.body["channels"].as_array().unwrap().len(), 1);
    assert_eq!(second.body["meta"]["previous_page_url"], first.body["meta"]["first_page_url"]);
    assert_eq!(path(&api, &second.body["meta"]["url"]).unwrap(), next);
}

#[test]
fn a_page_size_beyond_the_most_is_taken_for_the_most() {
    let api = Api::start();
    let size = |path: &str| api.get(path).is(200).body["meta"]["page_size"].clone();
    assert_eq!(size("/v1/Channels?PageSize=5000"), 1000);
    assert_eq!(size(&api.service("/Channels?PageSize=5000")), 100);
    assert_eq!(size("/v1/Channels?PageSize=0"), 1);
    assert_eq!(size("/v1/Channels?PageSize=20"), 20);
}

#[test]
fn pages_cannot_be_made_up() {
    let api = Api::start();
    for query in ["Page=1", "PageToken=PB00", "PageSize=many", "PageToken=PA1"] {
        api.get(&format!("/v1/Channels?{query}")).refuses(400, 20001);
    }
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
