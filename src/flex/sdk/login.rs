//! What the SDK asks for by itself: at the login, and when it is put into another channel.

use tokio::time::Instant;
use wire::{
    sid::ChannelSid,
    sync::{Descriptor, ItemPage, data},
};

use super::{
    account::{self, Account, Configuration, Roots},
    channel::{Channel, Standing},
    config::Login,
    decode::{Conversations, number_of, text},
    error::{Doing, ErrorKind, SdkError},
    event::Event,
    out::Out,
    outcome::Unreadable,
    request::Op,
    session::Session,
    subscribe::Role,
};

impl Session {
    /// The first request after the first `init`.
    pub(super) fn begin_login(&mut self, now: Instant, out: &mut Out) {
        self.progress.roots = 1;
        match self.config.login {
            Login::Faithful => self.submit(Op::Configuration, None, now, out),
            Login::Lean => match account::identity_of(self.token()) {
                Some(identity) => {
                    let name = format!("{identity}.channels").into();
                    self.account = Some(Box::new(Account::unconfigured(identity)));
                    self.submit(Op::MyChannels(name), None, now, out);
                }
                None => {
                    let error = SdkError::new(ErrorKind::Protocol, Doing::Init)
                        .saying("the token has no identity to log in lean with");
                    self.progress.failed = Some(error);
                }
            },
        }
    }

    pub(super) fn channel(&self, sid: ChannelSid) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.sid == sid)
    }

    pub(super) fn channel_mut(&mut self, sid: ChannelSid) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.sid == sid)
    }

    pub(super) fn configured(
        &mut self,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let configuration: Configuration = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        let (account, roots) = configuration.apply(&self.config.links);
        self.account = Some(Box::new(account));
        let Roots { my_channels, my_user } = roots;
        self.submit(Op::MyChannels(my_channels), None, now, out);
        if !my_user.is_empty() {
            self.progress.roots += 1;
            self.submit(Op::Myself(my_user), None, now, out);
        }
        Ok(())
    }

    pub(super) fn my_channels(
        &mut self,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let map: Descriptor<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        self.my_items = map.links.items.as_deref().unwrap_or_default().into();
        self.subscribe(&map, Role::MyChannels, now);
        if self.config.login == Login::Faithful {
            self.submit(Op::MyConversations(None), None, now, out);
            return Ok(());
        }
        let known = &self.config.links;
        if let Some(account) = &mut self.account {
            account.derive(&self.config.aim, &self.my_items, known).ok_or(Unreadable)?;
        }
        self.progress.roots -= 1;
        for item in map.items.unwrap_or_default() {
            self.my_channel(item.key.as_deref(), item.last_event_id, item.data.get(), now, out);
        }
        Ok(())
    }

    /// An item of the map of my channels, from wherever it came.
    pub(super) fn my_channel(
        &mut self,
        key: Option<&str>,
        event: Option<i64>,
        item: &str,
        now: Instant,
        out: &mut Out,
    ) {
        let Some(sid) = key.and_then(|key| key.parse().ok()) else { return };
        let Ok(item) = serde_json::from_str::<data::MyChannel<'_>>(item) else { return };
        let news = News {
            sid,
            standing: Standing::read(&item.status),
            document: &item.channel,
            event,
            horizon: item.last_consumed_message_index.and_then(|index| u32::try_from(index).ok()),
        };
        self.upsert(&news, now, out);
    }

    pub(super) fn myself(&mut self, payload: &[u8], now: Instant, out: &mut Out) -> Result<(), Unreadable> {
        let map: Descriptor<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        self.progress.roots -= 1;
        self.subscribe(&map, Role::Myself, now);
        let link: Box<str> = map.links.items.as_deref().unwrap_or_default().into();
        let items = map.items.unwrap_or_default();
        let reachability = self.account.as_ref().is_some_and(|account| account.reachability);
        for key in ["friendlyName", "attributes", "reachability"] {
            let wanted = key != "reachability" || reachability;
            if wanted && !items.iter().any(|item| item.key.as_deref() == Some(key)) {
                self.progress.roots += 1;
                self.submit(Op::MyselfItem(link.clone(), key), None, now, out);
            }
        }
        Ok(())
    }

    pub(super) fn my_conversations(
        &mut self,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let page: Conversations<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        // The SDK reads all pages before it opens the first channel; they are opened page by page here, which
        // differs from it only for who is in more than fifty.
        for conversation in &page.conversations {
            let news = News {
                sid: conversation.conversation_sid,
                standing: Standing::read(&conversation.status),
                document: &conversation.sync_objects.conversation,
                event: None,
                horizon: conversation.last_consumed_message_index.as_ref().and_then(number_of),
            };
            self.upsert(&news, now, out);
        }
        match page.meta.next_token {
            Some(next) => self.submit(Op::MyConversations(Some(next.into())), None, now, out),
            None => self.progress.roots -= 1,
        }
        Ok(())
    }

    fn subscribe(&mut self, object: &Descriptor<'_>, role: Role, now: Instant) {
        let last_event = object.last_event_id.unwrap_or(-1);
        self.subscriptions.add(object.sid, role, last_event, now, &mut self.chance);
        self.progress.unsettled = true;
    }

    /// What a list, an item or an event says about a channel of mine.
    fn upsert(&mut self, news: &News<'_>, now: Instant, out: &mut Out) {
        let News { sid, standing, document, event, horizon } = *news;
        if let Some(event) = event {
            let known = self.channel(sid).and_then(|channel| channel.item);
            let gone = self.tombstones.iter().find(|(gone, _)| *gone == sid).map(|(_, event)| *event);
            if known.max(gone).is_some_and(|last| last >= event) {
                return;
            }
        }
        self.progress.unsettled = true;
        let Some(channel) = self.channels.iter_mut().find(|channel| channel.sid == sid) else {
            let mut channel = Channel::new(sid);
            (channel.standing, channel.item, channel.horizon, channel.loading) =
                (standing, event, horizon, 1);
            self.channels.push(channel);
            return self.submit(Op::Document(sid, document.into()), None, now, out);
        };
        channel.item = event.or(channel.item);
        channel.horizon = horizon.or(channel.horizon);
        let before = std::mem::replace(&mut channel.standing, standing);
        if standing == Standing::Joined && before != standing {
            self.open_streams(sid, now, out);
        } else if standing == Standing::Outside && before != standing {
            self.left(sid, before, now);
        }
    }

    pub(super) fn document(
        &mut self,
        sid: ChannelSid,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let document: Descriptor<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        let data = document.data.ok_or(Unreadable)?.get();
        let data: data::Channel<'_> = serde_json::from_str(data).map_err(|_| Unreadable)?;
        let Some(channel) = self.channel_mut(sid) else { return Ok(()) };
        channel.loading -= 1;
        channel.private = data.r#type != "public";
        channel.attributes = data.attributes.map_or(0, |attributes| text::digest(attributes.get()));
        channel.names = Some(Box::new(((*data.messages).into(), (*data.roster).into())));
        self.subscribe(&document, Role::Document(sid), now);
        self.open_streams(sid, now, out);
        Ok(())
    }

    /// Asks for a joined channel's messages and members, once its document is here.
    fn open_streams(&mut self, sid: ChannelSid, now: Instant, out: &mut Out) {
        let lean = self.config.login == Login::Lean;
        let Some(channel) = self.channel_mut(sid) else { return };
        if channel.standing != Standing::Joined || channel.streams {
            return;
        }
        // A public channel's document outlives the membership, and so must what it said.
        let names = if channel.private { channel.names.take() } else { channel.names.clone() };
        let Some(names) = names else { return };
        channel.streams = true;
        channel.loading += if lean { 1 } else { 2 };
        let (messages, roster) = *names;
        self.submit(Op::Messages(sid, messages), None, now, out);
        if !lean {
            self.submit(Op::Roster(sid, roster), None, now, out);
        }
    }

    pub(super) fn message_list(
        &mut self,
        sid: ChannelSid,
        payload: &[u8],
        now: Instant,
    ) -> Result<(), Unreadable> {
        let list: Descriptor<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        let items = list.links.items.as_deref().ok_or(Unreadable)?.into();
        let Some(channel) = self.channel_mut(sid) else { return Ok(()) };
        channel.loading -= 1;
        channel.items = items;
        self.subscribe(&list, Role::Messages(sid), now);
        Ok(())
    }

    pub(super) fn roster(
        &mut self,
        sid: ChannelSid,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let map: Descriptor<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        let items = map.links.items.as_deref().ok_or(Unreadable)?.into();
        if self.channel(sid).is_some() {
            self.subscribe(&map, Role::Roster(sid), now);
            self.submit(Op::Members(sid, items, None), None, now, out);
        }
        Ok(())
    }

    pub(super) fn members(
        &mut self,
        sid: ChannelSid,
        link: &str,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let page: ItemPage<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        for item in &page.items {
            let event = item.last_event_id.unwrap_or(-1);
            self.member(sid, item.key.as_deref(), event, Some(item.data.get()));
        }
        let last = page.items.last().and_then(|item| item.key.as_deref());
        match last.filter(|_| page.meta.next_token.is_some()) {
            Some(last) => {
                self.submit(Op::Members(sid, link.into(), Some(last.into())), None, now, out);
            }
            None => {
                if let Some(channel) = self.channel_mut(sid) {
                    channel.loading -= 1;
                    channel.members.shrink_to_fit();
                    self.progress.unsettled = true;
                }
            }
        }
        Ok(())
    }

    /// The client is no longer in a channel.
    pub(super) fn left(&mut self, sid: ChannelSid, before: Standing, now: Instant) {
        let Some(place) = self.channels.iter().position(|channel| channel.sid == sid) else { return };
        let private = self.channels.get(place).is_some_and(|channel| channel.private);
        let goes = |role: Role| role.channel() == Some(sid) && (private || role != Role::Document(sid));
        self.subscriptions.remove(goes, now, &mut self.chance);
        if private {
            self.channels.swap_remove(place);
        } else if let Some(channel) = self.channels.get_mut(place) {
            // The document of a public channel stays subscribed.
            let (item, names) = (channel.item, channel.names.take());
            *channel = Channel { private, item, names, ..Channel::new(sid) };
        }
        if before != Standing::Outside {
            self.events.push_back(Event::ChannelLeft { channel: sid, at: now });
        }
    }
}

/// What was heard of a channel of mine.
struct News<'a> {
    sid: ChannelSid,
    standing: Standing,
    document: &'a str,
    /// The event it was heard by; `None` from the Chat service's list.
    event: Option<i64>,
    horizon: Option<u32>,
}
