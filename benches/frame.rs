//! What reading and writing a frame costs: each message of a chat takes some ten of them.

use std::{borrow::Cow, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wire::{
    aim,
    frame::{
        Header, Id, Pairs, ack,
        client::{self, HttpRequest},
        decode, server,
    },
    sid::{ChannelSid, ChatServiceSid, ListSid, MemberSid, MessageSid},
    sync::{Change, Event, Key, Name, Notice, Notification, ObjectType, Protocol, data},
    time::Timestamp,
};

const AT: Timestamp = Timestamp::from_millis(1_795_348_708_690);

fn message() -> data::Message<'static> {
    data::Message {
        sid: MessageSid::mock(1, 1),
        author: Cow::Borrowed("customer-000042"),
        text: Some(Cow::Borrowed("hello, I need help with my order")),
        timestamp: Some(AT),
        date_updated: Some(AT),
        last_updated_by: None,
        attributes: Cow::Borrowed("{}"),
        r#type: Cow::Borrowed("text"),
        member_sid: Some(MemberSid::mock(1, 1)),
        media: None,
        medias: Vec::new(),
    }
}

/// The event of a message, as all members of its channel receive it.
fn payload(message: &data::Message<'_>, unique_name: &str) -> Vec<u8> {
    let event = Event {
        id: 41,
        date_created: AT,
        service_sid: ChatServiceSid::mock(1, 1),
        object: ListSid::mock(1, 1).into(),
        unique_name: Some(unique_name),
        revision: 42,
        change: Change::ItemAdded { key: Key::Index(41), revision: 0, data: message },
    };
    let notification = Notification { protocol: Protocol::V4, correlation_id: None, event };
    serde_json::to_vec(&notification).unwrap_or_default()
}

fn notification(id: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let message_type = server::message_type::live(ObjectType::List);
    server::Notification { id, message_type }.encode(payload, &mut out);
    out
}

/// The request that posts a message.
fn request<'a>(id: &'a str, path: &'a str) -> client::Message<'a> {
    client::Message {
        id: Cow::Borrowed(id),
        active_grant: Cow::Borrowed("ip_messaging"),
        payload_type: Some(Cow::Borrowed(aim::JSON)),
        http_request: HttpRequest {
            host: Cow::Borrowed(aim::HOST),
            path: Cow::Borrowed(path),
            method: Cow::Borrowed("POST"),
            params: Pairs::NONE,
            headers: Pairs::from([
                ("Content-Type", aim::JSON),
                ("X-Twilio-Mutation-Id", "96e57b4f-10cb-41d1-9f85-07e34b471b3e"),
            ]),
        },
    }
}

fn benches(criterion: &mut Criterion) {
    let channel = ChannelSid::mock(1, 1);
    let name = Name::Messages(channel).to_string();
    let path = aim::Path::Messages(ChatServiceSid::mock(1, 1), channel).to_string();
    let (theirs, ours) = (Id::random([7; 16]).plain(), Id::random([8; 16]).dashed());
    let message = message();
    let body = payload(&message, &name);
    let event = notification(&theirs, &body);
    let mut post = Vec::new();
    let text = br#"{"body":"hello, I need help with my order","attributes":"{}"}"#;
    request(&ours, &path).encode(text, &mut post);
    let mut out = Vec::with_capacity(4096);

    let mut group = criterion.benchmark_group("notification");
    group.throughput(Throughput::Bytes(event.len() as u64));
    group.bench_function("decode", |bencher| bencher.iter(|| decode(black_box(&event)).is_ok()));
    group.bench_function("peek", |bencher| bencher.iter(|| server::peek(black_box(&event)).is_ok()));
    group.bench_function("read to the message's text", |bencher| {
        bencher.iter(|| {
            let (_, payload) = server::peek(black_box(&event)).ok()?;
            let notice = Notice::read(payload).ok()?;
            let data = notice.events().next()?.data?;
            let message: data::Message<'_> = serde_json::from_str(data.get()).ok()?;
            message.text.map(|text| text.len())
        });
    });
    group.bench_function("write the payload", |bencher| bencher.iter(|| payload(&message, &name)));
    group.bench_function("write the frame", |bencher| {
        bencher.iter(|| {
            out.clear();
            let message_type = server::message_type::live(ObjectType::List);
            server::Notification { id: &theirs, message_type }.encode(black_box(&body), &mut out);
        });
    });
    group.bench_function("acknowledge", |bencher| {
        bencher.iter(|| {
            out.clear();
            ack(black_box(&theirs), &mut out);
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("message");
    group.throughput(Throughput::Bytes(post.len() as u64));
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            out.clear();
            request(black_box(&ours), &path).encode(text, &mut out);
        });
    });
    group.bench_function("read", |bencher| bencher.iter(|| client::read(black_box(&post)).is_ok()));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
