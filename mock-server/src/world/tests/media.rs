//! Media files and the messages they are sent with.

use std::sync::Arc;

use wire::media::Category;

use super::super::media::NewFile;
use super::*;
use crate::fault::Fault;

/// A file by this name.
fn upload(bench: &Bench) -> wire::sid::MediaSid {
    let new = NewFile {
        bytes: "picture".into(),
        content_type: "image/png".into(),
        filename: None,
        category: Category::Media,
        author: "ada".into(),
    };
    bench.world.add_file(bench.service, new, bench.world.reserve()).unwrap().sid
}

#[test]
fn a_file_knows_its_message_also_where_a_fault_moves_that() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let fault: Fault = serde_json::from_str(r#"{"sender_order": {}}"#).unwrap();
    bench.world.plant(&[fault]);
    // The first leaves a place free, the second takes it.
    for _ in 0..2 {
        let sid = upload(&bench);
        let media_sids: Vec<Arc<str>> = vec![sid.to_string().into()];
        let new = NewMessage { from: Some("ada".into()), media_sids, ..NewMessage::default() };
        let message = bench.world.post_message(bench.service, &channel.text(), new).unwrap();
        let file = bench.world.find_file(bench.service, sid).unwrap();
        let told = bench.world.file_view(&file, "").message_sid;
        assert_eq!(told, Some(message.sid));
        assert!(bench.world.message(bench.service, &channel.text(), message.sid).is_ok());
    }
}
