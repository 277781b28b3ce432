use std::sync::Mutex;

use super::*;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("the paper").clone()).expect("text")
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the paper").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal that was stopped.
struct Stuck;

impl Write for Stuck {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        loop {
            thread::park();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn step(name: &str, customers: u64, p50: u64, p95: u64, failed: u64, limit: Option<&str>) -> StepProgress {
    let time = |ms| if ms == 0 { Lately::Unknown } else { Lately::Time(Duration::from_millis(ms)) };
    let (p50, p95, limit) = (time(p50), time(p95), limit.map(Arc::from));
    StepProgress { name: name.into(), customers, p50, p95, failed, limit }
}

fn busy() -> Progress {
    Progress {
        phase: "steady",
        stopping: false,
        elapsed: Duration::from_secs(65),
        remaining: Some(Duration::from_secs(3725)),
        offered: 8.0,
        achieved: 7.96,
        open_chats: 480,
        waiting: 3,
        sent: 123_456,
        replied: 61_190,
        errors: 14,
        commonest_error: Some(("status 429 (20429)".to_owned(), 12)),
        agents_busy: 70,
        agents: 80,
        saturated: None,
        thinking: 260,
        steps: vec![
            step("connect", 3, 109, 119, 0, None),
            step("open_channel", 2, 112, 181, 0, Some("p95 < 800ms")),
            step("send_message", 0, 1, 4, 12, None),
            step("await_reply", 212, 2900, 11_240, 0, None),
            step("客服聊天的一步", 0, 0, 0, 0, None),
        ],
    }
}

fn drawn(now: &Progress, width: usize) -> String {
    lines::lines(now, Size { width, height: 24 }, false).join("\n")
}

#[test]
fn at_eighty_columns_everything_has_its_place() {
    let expected = "\
steady   1:05   1:02:05 left   generator ok
  8.0/s of 8.0/s   480 chats open   70 of 80 agents busy   3 waiting for one
  123k messages   61190 answered   14 errors: 12 status 429 (20429)
  lately           now    p50    p95   err  limit
  connect            3  109ms  119ms
  open_channel       2  112ms  181ms        p95 < 800ms
  send_message         1.00ms 4.00ms    12
  await_reply      212  2.90s  11.2s
  客服聊天的一步            -      -
  thinking         260";
    assert_eq!(drawn(&busy(), 80), expected);
}

#[test]
fn at_sixty_columns_phrases_go_on_in_a_second_line() {
    let expected = "\
steady   1:05   1:02:05 left   generator ok
  8.0/s of 8.0/s   480 chats open   70 of 80 agents busy
  3 waiting for one
  123k messages   61190 answered
  14 errors: 12 status 429 (20429)
  lately           now    p50    p95   err  limit
  connect            3  109ms  119ms
  open_channel       2  112ms  181ms        p95 < 800ms
  send_message         1.00ms 4.00ms    12
  await_reply      212  2.90s  11.2s
  客服聊天的一步            -      -
  thinking         260";
    assert_eq!(drawn(&busy(), 60), expected);
}

#[test]
fn at_forty_columns_names_are_cut_and_limits_left_out() {
    let expected = "\
steady   1:05   1:02:05 left
  generator ok
  8.0/s of 8.0/s   480 chats open
  70 of 80 agents busy
  3 waiting for one
  123k messages   61190 answered
  14 errors: 12 status 429 (20429)
  lately        now    p50    p95   err
  connect         3  109ms  119ms
  open_chann…     2  112ms  181ms
  send_messa…       1.00ms 4.00ms    12
  await_reply   212  2.90s  11.2s
  客服聊天的…            -      -
  thinking      260";
    assert_eq!(drawn(&busy(), 40), expected);
}

#[test]
fn at_a_hundred_and_twenty_columns_it_takes_fewer_lines_and_does_not_stretch() {
    let expected = "\
steady   1:05   1:02:05 left   generator ok
  8.0/s of 8.0/s   480 chats open   70 of 80 agents busy   3 waiting for one
  123k messages   61190 answered   14 errors: 12 status 429 (20429)
  lately           now    p50    p95   err  limit";
    assert!(drawn(&busy(), 120).starts_with(expected), "{}", drawn(&busy(), 120));
}

#[test]
fn no_line_is_as_wide_as_the_terminal_and_never_are_there_as_many_as_rows() {
    let mut crowded = busy();
    crowded.commonest_error = Some(("protocol 不是这个接口的回答 ".repeat(9), 13));
    crowded.steps.extend(
        (0..40).map(|n| step(&format!("第{n}步 of a very long name indeed"), n, 5, 9, n, Some("p95 < 1s"))),
    );
    for now in [Progress::default(), busy(), crowded] {
        for (width, height) in [(1, 1), (3, 2), (20, 5), (40, 10), (60, 24), (80, 24), (120, 50), (500, 200)]
        {
            for colour in [false, true] {
                let lines = lines::lines(&now, Size { width, height }, colour);
                assert!(lines.len() < height.max(2), "{} lines in {height} rows", lines.len());
                for line in &lines {
                    let bare = console::strip_ansi_codes(line);
                    assert!(words::columns(&bare) < width.max(2), "{width}: {bare}");
                    assert!(colour || bare == *line, "{line:?}");
                }
            }
        }
    }
}

#[test]
fn a_generator_that_is_the_bottleneck_is_told_in_words_and_why() {
    let why = "steady seconds in which a worker was busy: 9 of 65 (limit: less than 5%)";
    let saturated = Progress { saturated: Some(why.to_owned()), ..busy() };
    let text = drawn(&saturated, 80);
    assert!(text.starts_with("steady   1:05   1:02:05 left   generator SATURATED\n"), "{text}");
    assert!(text.contains(&format!("\n  {why}\n")), "{text}");
    assert!(saturated.to_string().ends_with(&format!(" | generator SATURATED: {why}")), "{saturated}");
}

#[test]
fn where_rows_are_few_those_steps_stay_at_which_something_happens() {
    let mut now = busy();
    now.steps = (0..30).map(|n| step(&format!("step_{n}"), u64::from(n % 10 == 0), 0, 0, 0, None)).collect();
    let text = lines::lines(&now, Size { width: 80, height: 12 }, false).join("\n");
    assert!(["step_0 ", "step_10 ", "step_20 "].iter().all(|name| text.contains(name)), "{text}");
    assert!(!text.contains("step_1 "), "{text}");
}

#[test]
fn a_line_of_a_log_tells_what_goes_on() {
    assert_eq!(
        busy().to_string(),
        "steady   1:05 (-1:02:05) | 8.0/s of 8.0/s | 480 open, 3 waiting | 123456 sent, 61190 replied | \
         14 errors: 12 status 429 (20429) | 70/80 agents busy | open_channel p50 112ms p95 181ms | generator ok"
    );
    let mut bare = Progress { agents: 0, errors: 0, commonest_error: None, waiting: 0, ..busy() };
    bare.steps.retain(|step| step.limit.is_none());
    assert_eq!(
        bare.to_string(),
        "steady   1:05 (-1:02:05) | 8.0/s of 8.0/s | 480 open | 123456 sent, 61190 replied | 0 errors | \
         await_reply p50 2.90s p95 11.2s | generator ok"
    );
}

#[test]
fn without_a_terminal_lines_are_printed_until_the_end() {
    let (sender, state) = watch::channel(busy());
    let paper = Paper::default();
    let out = Box::new(paper.clone());
    let display =
        Display::spawn(state, |state, stopped| print(state, stopped, Duration::from_millis(5), out));
    while paper.text().lines().count() < 3 {
        thread::sleep(Duration::from_millis(1));
    }
    drop(display);
    let text = paper.text();
    assert!(text.lines().all(|line| line.starts_with("steady")), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
    drop(sender);
}

#[test]
fn that_it_was_asked_to_stop_is_told_at_once() {
    let (sender, state) = watch::channel(busy());
    let paper = Paper::default();
    let out = Box::new(paper.clone());
    let display =
        Display::spawn(state, |state, stopped| print(state, stopped, Duration::from_secs(3600), out));
    sender.send_modify(|now| now.stopping = true);
    while paper.text().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    drop(display);
    assert_eq!(paper.text(), "stopping 1:05 | once more ends it at once\n");
    let head = lines::lines(&Progress { stopping: true, ..busy() }, Size { width: 80, height: 24 }, false);
    assert_eq!(head[0], "stopping   1:05   once more ends it at once");
}

#[test]
fn a_stopped_terminal_holds_nobody_up() {
    let (sender, state) = watch::channel(busy());
    let printing = Display::spawn(state.clone(), |state, stopped| {
        print(state, stopped, Duration::from_millis(1), Box::new(Stuck))
    });
    let drawing = Display::spawn(state, |state, stopped| draw(state, stopped, true, on(Box::new(Stuck))));
    thread::sleep(Duration::from_millis(20));
    sender.send_replace(Progress::default());
    drop(printing);
    drop(drawing);
}

fn on(out: Box<dyn Write + Send>) -> Screen {
    Screen::new(|| Size { width: 80, height: 24 }, out)
}

#[test]
fn a_live_display_is_drawn_line_by_line_and_taken_off_the_screen_at_the_end() {
    let (sender, state) = watch::channel(busy());
    let paper = Paper::default();
    let out = Box::new(paper.clone());
    let display = Display::spawn(state, |state, stopped| draw(state, stopped, false, on(out)));
    while !paper.text().contains("thinking") {
        thread::sleep(Duration::from_millis(1));
    }
    drop(display);
    let text = paper.text();
    assert!(text.starts_with("\rsteady   1:05   1:02:05 left   generator ok\x1b[K\r\n"), "{text:?}");
    assert!(text.ends_with("\x1b[9A\x1b[J"), "{text:?}");
    drop(sender);
}
