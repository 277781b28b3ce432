use super::*;
use crate::value::{Distribution, Span};

fn step(yaml: &str) -> Result<Step, String> {
    crate::scenario::yaml::parse_fragment(yaml).map_err(|error| error.to_string())
}

#[test]
fn every_step_is_written_as_a_map_with_one_key() {
    for (yaml, kind) in [
        ("mint_token: {}", "mint_token"),
        ("mint_token: { like: python, ttl: 60s }", "mint_token"),
        ("mint_token: { from: { url: 'http://127.0.0.1/t', json_pointer: /token } }", "mint_token"),
        ("connect: { login: lean, timeout: 5s }", "connect"),
        (
            "open_channel: { friendly_name: 'Chat {{ run.id }}', pre_engagement: { page: /x } }",
            "open_channel",
        ),
        ("history: { pages: 3 }", "history"),
        (
            "send_message: { body: hello, attributes: { a: 1 }, id: first, on_error: continue }",
            "send_message",
        ),
        ("send_message: { media: receipt.png }", "send_message"),
        ("send_message: { media: { content_type: image/png, size: 20KiB } }", "send_message"),
        ("await_reply: { within: 5s }", "await_reply"),
        ("typing: {}", "typing"),
        ("mark_read: {}", "mark_read"),
        ("think: 3s", "think"),
        ("think: { uniform: { min: 1s, max: 2s } }", "think"),
        ("pace: { every: 3s }", "pace"),
        ("repeat: { times: 2, steps: [typing, mark_read] }", "repeat"),
        ("one_of: [{ weight: 3, steps: [leave] }, { steps: [] }]", "one_of"),
        ("disconnect: {}", "disconnect"),
        ("reconnect: {}", "reconnect"),
        ("leave: {}", "leave"),
    ] {
        assert_eq!(step(yaml).unwrap().kind(), kind, "{yaml}");
    }
}

#[test]
fn a_step_without_options_may_be_the_bare_word() {
    for word in NAMES {
        match *word {
            "send_message" | "think" | "pace" | "repeat" | "one_of" => {
                assert!(step(word).unwrap_err().contains("needs options"), "{word}");
            }
            _ => {
                let full = step(&format!("{word}: {{}}")).unwrap();
                assert_eq!(step(word).unwrap(), full, "{word}");
                assert_eq!(step(&format!("{word}:")).unwrap(), full, "{word}");
            }
        }
    }
}

#[test]
fn what_is_wrong_with_a_step_is_said() {
    for (yaml, says) in [
        ("send_mesage: { body: x }", "unknown step `send_mesage`"),
        ("send_mesage", "did you mean `send_message`"),
        ("send_message: { bodi: x }", "unknown field `bodi`"),
        ("{ typing: {}, leave: {} }", "a step has one key"),
        ("{}", "the step is empty"),
        ("send_message: { body: null }", "put it in quotes"),
        ("send_message: { body: x, timeout: 30 }", "write `30s`"),
        ("send_message: { media: { content_type: image/png } }", "missing field `size`"),
        ("send_message: { media: { content_type: image/png, size: 20 } }", "`20"),
        ("send_message: { media: [] }", "the name of a file, or `{ content_type: image/png, size: 20KiB }`"),
    ] {
        let error = step(yaml).unwrap_err();
        assert!(error.contains(says), "{yaml}: {error}");
    }
}

#[test]
fn a_step_is_measured_under_its_id_or_its_own_name() {
    assert_eq!(step("typing").unwrap().name(), Some("typing"));
    assert_eq!(step("typing: { id: first }").unwrap().name(), Some("first"));
    assert_eq!(step("think: 1s").unwrap().name(), None);
}

#[test]
fn defaults_are_what_the_language_says() {
    let Step::SendMessage(send) = step("send_message: { body: x }").unwrap() else { panic!() };
    assert_eq!((send.timeout, send.on_error), (Span::seconds(30), OnError::EndChat));
    let Step::Think(Think(pause)) = step("think: 3s").unwrap() else { panic!() };
    assert_eq!(pause, Distribution::Fixed(Span::seconds(3)));
}

#[test]
fn branches_are_drawn_by_weight() {
    let Step::OneOf(branches) = step("one_of: [{ weight: 3, steps: [leave] }, { steps: [] }]").unwrap()
    else {
        panic!()
    };
    let weights = branches.0.iter().map(|branch| branch.weight);
    let drawn = [0.0, 0.74, 0.76, 0.999].map(|u| weighted(weights.clone(), u));
    assert_eq!(drawn, [Some(0), Some(0), Some(1), Some(1)]);
    assert_eq!(weighted([0, 0].into_iter(), 0.5), None);
}
