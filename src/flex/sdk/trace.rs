//! Showing frames to whoever watches, without what opens doors.

use super::config::{Direction, SdkConfig};

/// Fields of a frame's header that hold a token.
const SECRET: [&str; 2] = [r#""token":""#, r#""continuation_token":""#];

/// Shows a frame to the observer, if there is one.
pub(super) fn show(config: &SdkConfig, connection: u32, direction: Direction, frame: &[u8]) {
    if let Some(trace) = &config.trace {
        trace(connection, direction, &redacted(frame));
    }
}

/// The frame with its tokens blacked out; its sizes are left as they were.
fn redacted(frame: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(frame).into_owned();
    for field in SECRET {
        let Some(start) = text.find(field).map(|start| start + field.len()) else { continue };
        // Tokens are base64 and dots: the first quote ends them.
        let Some(length) = text.get(start..).and_then(|rest| rest.find('"')) else { continue };
        text.replace_range(start..start + length, "***");
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_blacked_out() {
        let frame = br#"TWILSOCK V3.0 70
{"id":"TM1","method":"init","token":"eyJ.eyJ.sig","continuation_token":"abc==","metadata":{}}"#;
        let shown = String::from_utf8(redacted(frame)).unwrap();
        assert!(shown.contains(r#""token":"***","continuation_token":"***","metadata""#), "{shown}");
        let plain = br#"{"continuation_token":null,"method":"update"}"#;
        assert_eq!(redacted(plain), plain);
    }
}
