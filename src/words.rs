//! Figures and names in the few columns that people have for them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A time in at most six columns: `812us`, `1.35ms`, `722ms`, `11.2s`.
pub fn time(ms: f64) -> String {
    match ms {
        ms if ms < 0.9995 => format!("{:.0}us", ms * 1e3),
        ms if ms < 9.995 => format!("{ms:.2}ms"),
        ms if ms < 99.95 => format!("{ms:.1}ms"),
        ms if ms < 999.5 => format!("{ms:.0}ms"),
        ms if ms < 9_995.0 => format!("{:.2}s", ms / 1e3),
        ms if ms < 99_950.0 => format!("{:.1}s", ms / 1e3),
        ms => format!("{:.0}s", ms / 1e3),
    }
}

/// A count in at most five columns: `99999`, `100k`, `1.5M`.
pub fn count(count: u64) -> String {
    match count as f64 {
        n if n < 100_000.0 => count.to_string(),
        n if n < 999_500.0 => format!("{:.0}k", n / 1e3),
        n if n < 99_950_000.0 => format!("{:.1}M", n / 1e6),
        n => format!("{:.0}M", n / 1e6),
    }
}

/// A length of a run: `7.6 s`, `119 s`, `4 min 02 s`, `2 h 05 min`.
pub fn seconds(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..=9 => format!("{seconds:.1} s"),
        10..=119 => format!("{whole} s"),
        120..=7199 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// So many seconds as a clock shows them, to the nearest: `1:05`, `1:02:05`.
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How many columns of a terminal a text takes: two for most characters of East Asia.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// A text in at most `room` columns, with `…` where it was cut.
pub fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(character);
    }
    if room > 0 {
        kept.push('…');
    }
    kept
}

/// A text in exactly `room` columns, cut or filled up behind.
pub fn filled(text: &str, room: usize) -> String {
    let mut filled = cut(text, room);
    filled.extend(std::iter::repeat_n(' ', room.saturating_sub(columns(&filled))));
    filled
}

/// A text as lines of at most `room` columns, broken between words, and within a word that is longer.
pub fn broken(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = columns(word);
        if used > 0 && used + 1 + wide > room {
            lines.push(String::new());
            used = 0;
        } else if used > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        for character in word.chars() {
            let wide = character.width().unwrap_or(0);
            if used > 0 && used + wide > room {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, character);
            used += wide;
        }
    }
    lines
}

fn push(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        line.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_at_most_six_columns() {
        let table = [
            (0.0, "0us"),
            (0.9994, "999us"),
            (0.412, "412us"),
            (0.9996, "1.00ms"),
            (1.0, "1.00ms"),
            (9.994, "9.99ms"),
            (99.94, "99.9ms"),
            (999.4, "999ms"),
            (9_994.0, "9.99s"),
            (99_949.0, "99.9s"),
            (3_600_000.0, "3600s"),
        ];
        for (ms, words) in table {
            assert_eq!(time(ms), words);
        }
    }

    #[test]
    fn counts_have_at_most_five_columns() {
        let table =
            [(0, "0"), (99_999, "99999"), (123_456, "123k"), (1_234_567, "1.2M"), (123_456_789, "123M")];
        for (number, words) in table {
            assert_eq!(count(number), words);
        }
    }

    #[test]
    fn lengths_are_as_exact_as_a_reader_wants_them() {
        let table = [(7.61, "7.6 s"), (119.0, "119 s"), (242.0, "4 min 02 s"), (7500.0, "2 h 05 min")];
        for (length, words) in table {
            assert_eq!(seconds(length), words);
        }
        let clocks = [(0.0, "0:00"), (5.0, "0:05"), (65.4, "1:05"), (59.6, "1:00"), (7205.0, "2:00:05")];
        for (seconds, words) in clocks {
            assert_eq!(clock(seconds), words);
        }
    }

    #[test]
    fn text_is_broken_between_words_and_only_a_word_without_end_within() {
        let table: [(&str, usize, &[&str]); 5] = [
            ("too many requests", 8, &["too many", "requests"]),
            ("too  many requests ", 80, &["too many requests"]),
            ("请求太多了 retry", 6, &["请求太", "多了", "retry"]),
            ("abcdefgh i", 3, &["abc", "def", "gh", "i"]),
            ("", 5, &[""]),
        ];
        for (text, room, lines) in table {
            assert_eq!(broken(text, room), lines, "{text} in {room}");
        }
    }

    #[test]
    fn names_are_cut_and_filled_by_columns_not_by_characters() {
        let table = [
            ("connect", 7, "connect"),
            ("connect", 5, "conn…"),
            ("connect", 9, "connect  "),
            ("客服聊天", 8, "客服聊天"),
            ("客服聊天", 7, "客服聊…"),
            ("客服聊天", 6, "客服… "),
            ("connect", 1, "…"),
            ("connect", 0, ""),
        ];
        for (text, room, words) in table {
            assert_eq!(filled(text, room), words, "{text} in {room}");
            assert_eq!(columns(words), room);
        }
    }
}
