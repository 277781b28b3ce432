//! Showing frames to whoever watches, without what opens doors.

use super::config::{Direction, SdkConfig};

/// Fields of a frame's header that hold a token.
const SECRET: [&str; 2] = [r#""token":""#, r#""continuation_token":""#];
/// What stands in its place.
const BLACK: &str = "***";

/// Shows a frame to the observer, if there is one.
pub(super) fn show(config: &SdkConfig, connection: u32, direction: Direction, frame: &[u8]) {
    if let Some(trace) = &config.trace {
        trace(connection, direction, &redacted(frame));
    }
}

/// The frame with its tokens blacked out, and the size in its first line made right again.
fn redacted(frame: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(frame).into_owned();
    let mut cut = 0;
    for field in SECRET {
        let Some(start) = text.find(field).map(|start| start + field.len()) else { continue };
        // Tokens are base64 and dots: the first quote ends them.
        let Some(length) = text.get(start..).and_then(|rest| rest.find('"')) else { continue };
        text.replace_range(start..start + length, BLACK);
        cut += length.saturating_sub(BLACK.len());
    }
    let line = text.split("\r\n").next().unwrap_or_default();
    let size = line.rsplit(' ').next().unwrap_or_default();
    if let Ok(before) = size.parse::<usize>() {
        let place = line.len() - size.len()..line.len();
        text.replace_range(place, &before.saturating_sub(cut).to_string());
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_blacked_out_and_the_frame_stays_one() {
        let header = r#"{"id":"TM1","method":"init","token":"eyJ.eyJ.sig","continuation_token":"abc==","metadata":{}}"#;
        let mut frame = Vec::new();
        wire::frame::encode(header.as_bytes(), b"", &mut frame);
        let shown = redacted(&frame);
        let read = wire::frame::decode(&shown).unwrap();
        let expected =
            r#"{"id":"TM1","method":"init","token":"***","continuation_token":"***","metadata":{}}"#;
        assert_eq!(std::str::from_utf8(read.header).unwrap(), expected);
        let mut plain = Vec::new();
        wire::frame::encode(br#"{"continuation_token":null,"payload_size":2}"#, b"hi", &mut plain);
        assert_eq!(redacted(&plain), plain);
    }
}
