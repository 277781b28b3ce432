//! Which channel a request is about, as far as its text says.

use percent_encoding::percent_decode_str;
use wire::sid::ChannelSid;
use wire::sync::ObjectSid;

use crate::fault::aim::Pattern;
use crate::world::World;
use crate::world::object::Object;

/// Whether a request names a channel that is meant: by SID, by the SID of one of its Sync objects, or by the unique
/// name behind `Channels` or `Conversations` in its path.
pub(crate) fn is_about(world: &World, request: &str, pattern: &Pattern) -> bool {
    let mut before = "";
    request.split(['/', '?', '&', '=', '"', '.', ' ']).any(|word| {
        let named = matches!(std::mem::replace(&mut before, word), "Channels" | "Conversations");
        let by_name = || {
            let name = percent_decode_str(word).decode_utf8_lossy();
            named && pattern.means(&name)
        };
        sid_in(word).map_or_else(by_name, |sid| {
            let channel = world.channel_with(sid);
            channel.is_some_and(|channel| channel.is_meant(&channel.lock().facts, pattern))
        })
    })
}

fn sid_in(word: &str) -> Option<ChannelSid> {
    let of_object = || match Object::from_sid(word.parse::<ObjectSid>().ok()?)? {
        Object::Document(sid) | Object::Messages(sid) | Object::Roster(sid) => Some(sid),
        Object::Channels(_) | Object::Info(_) | Object::Session(_) => None,
    };
    word.parse().ok().or_else(of_object)
}
