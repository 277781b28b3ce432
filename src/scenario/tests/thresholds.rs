//! What a threshold's sentence may say, and what is said of one that is wrong.

use super::*;

const MISTAKES: &[Mistake] = &[
    ("errors.rate < 1%", "errors.rate < 1% for 30", "18:26", "`30` has no unit", "a window is a time"),
    ("errors.rate < 1%", "errors.rate < 1% for", "18:25", "`for` without a time", "like `for 30s`"),
    ("errors.rate < 1%", "errors.rate < 1% for 500ms", "18:26", "a window of 500ms", "at least `1s`"),
    ("errors.rate < 1%", "errors.rate < 1% for 2h", "18:26", "a window of 2h", "at most `1h`"),
    ("errors.rate < 1%", "errors.rate < 1% fro 30s", "18:22", "`fro` after the limit", "did you mean `for`?"),
    ("errors.rate < 1%", "errors.rate < 1%, abrot", "18:23", "`abrot` after", "did you mean `abort`?"),
    ("errors.rate < 1%", "errors.rate < 1%, abort for 30s", "18:29", "`for` after", "`for` before `abort`"),
    (
        "  - errors.rate < 1%",
        "  [errors.rate < 1%, abort]",
        "18:22",
        "no metric `abort`",
        "sentence in quotes",
    ),
    ("errors.rate < 1%", "errors.rate < 1% now", "18:22", "`now` after the limit", "leave it out"),
    (
        "errors.rate < 1%",
        "errors.count > 5, abort",
        "18:18",
        "missed before anything has happened",
        "at the end",
    ),
    (
        "errors.rate < 1%",
        "errors.rate of journey mian < 1%",
        "18:28",
        "no journey `mian`",
        "did you mean `main`?",
    ),
    ("errors.rate < 1%", "errors.rate of journey x < 1%", "18:28", "no journey `x`", "there is `main`"),
    ("errors.rate < 1%", "errors.rate of main < 1%", "18:20", "`main` after `of`", "of journey NAME"),
    (
        "errors.rate < 1%",
        "pool_wait.p95 of journey main < 1s",
        "18:19",
        "for all journeys together",
        "leave `of",
    ),
    ("errors.rate < 1%", "errors.rate in warmup < 1%", "18:20", "`warmup` after `in`", "write `in warm-up`"),
    ("errors.rate < 1%", "errors.rate in warm-up < 1%", "18:17", "no warm-up", "`warmup: true`"),
    ("errors.rate < 1%", "delivery.lost == 0", "18:5", "no metric `delivery.lost`", "metrics begin with"),
    ("errors.rate < 1%", "errors.rate < 1s", "18:19", "`1s` is not a share", "1%"),
    ("errors.rate < 1%", "connect.response.p95 < 5", "18:28", "`5` has no unit", "800ms"),
    (
        "errors.rate < 1%",
        "connect.response.p96 < 5s",
        "18:5",
        "no metric",
        "did you mean `connect.response.p9",
    ),
    ("errors.rate < 1%", "connect.rsp < 5s", "18:5", "no metric", "`connect` has"),
    ("errors.rate < 1%", "errors.rate != 1%", "18:17", "`!=` is not a comparison", "use `<=`"),
    ("errors.rate < 1%", "errors.rate", "18:", "without a comparison", ""),
];

#[test]
fn a_wrong_sentence_has_a_place_and_a_remedy() {
    assert_eq!(badly_said(MISTAKES), "");
}

/// CHAT with a warm-up, and two journeys of which one never opens its channel.
fn two_journeys(threshold: &str) -> String {
    let steps = CHAT.find("steps:").unwrap();
    let thresholds = CHAT.find("thresholds:").unwrap();
    let journeys = "journeys:\n  - { name: chatting, steps: [mint_token, connect, open_channel] }\n  \
                    - { name: looking, steps: [mint_token, connect] }\n";
    let text = format!("{}{journeys}{}", &CHAT[..steps], &CHAT[thresholds..]);
    text.replace("errors.rate < 1%", threshold).replace("for: 5s }", "for: 5s, warmup: true }")
}

#[test]
fn a_sentence_prints_as_it_was_read() {
    for (written, printed) in [
        ("errors.rate<1%", "errors.rate < 1%"),
        ("errors.rate < 1% for 30s, abort", "errors.rate < 1% for 30s, abort"),
        ("errors.rate < 1% for 60s abort", "errors.rate < 1% for 1m, abort"),
        ("errors.count == 0, abort", "errors.count == 0, abort"),
        (
            "open_channel.response.p95 of journey chatting < 1s",
            "open_channel.response.p95 of journey chatting < 1s",
        ),
        (
            "connect.tls.p50 in warm-up of journey looking <= 1s for 1h",
            "connect.tls.p50 of journey looking in warm-up <= 1s for 1h",
        ),
        ("agent_wait.p95 in warm-up < 1s", "agent_wait.p95 in warm-up < 1s"),
    ] {
        let scenario = read(&two_journeys(written), &[]).unwrap().scenario;
        assert_eq!(scenario.thresholds[0].to_string(), printed);
    }
}

#[test]
fn a_threshold_may_select_only_what_is_measured() {
    for (written, says, help) in [
        (
            "open_channel.response.p95 of journey looking < 1s",
            "journey `looking` has no `open_channel.response.p95`",
            "it is measured in `chatting`",
        ),
        ("dropped.rate in warm-up < 1%", "`dropped` is counted over the whole run", "leave `in warm-up` out"),
        (
            "agent_join.errors.rate of journey looking < 1%",
            "for all journeys together",
            "leave `of journey looking`",
        ),
    ] {
        let error = errors(&two_journeys(written), &[]);
        assert!(error.contains(says) && error.contains(help), "{error}");
    }
}
