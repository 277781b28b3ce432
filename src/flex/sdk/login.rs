//! What the SDK asks for by itself: at the login, and when it is put into another channel.

use tokio::time::Instant;
use wire::{
    sid::ChannelSid,
    sync::{Accepted, Descriptor, ItemPage, data},
};

use super::{
    account::{self, Account, Configuration, Roots},
    channel::{Channel, Standing},
    config::Login,
    decode::{Conversations, number_of, text},
    error::{Doing, ErrorKind, SdkError},
    event::{Answer, Event, Ticket},
    out::Out,
    request::{Failure, Op, Phase, Request, Style, escape, write},
    session::Session,
    subscribe::Role,
};

/// An answer that does not hold what it must.
pub(super) struct Unreadable;

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

    /// Writes a request's frame. `false`: the address to write to is none.
    pub(super) fn write(&self, request: &Request, out: &mut Out) -> bool {
        if matches!(request.op, Op::Init | Op::Update(_)) {
            self.write_own(request, out);
            return true;
        }
        let mut written = false;
        out.request(|bytes| written = self.write_tunnelled(request, bytes));
        if !written {
            out.retract();
        }
        written
    }

    fn write_tunnelled(&self, request: &Request, out: &mut Vec<u8>) -> bool {
        let Request { id, trace, op, body, .. } = request;
        let body = body.as_deref().unwrap_or_default();
        let sync = Style::Sync(&self.config.sync_client_info);
        let (aim, cds) = (&self.config.aim, &self.config.cds);
        let get = |style: &Style<'_>, url: &str, params: &[(&str, &str)], out: &mut Vec<u8>| {
            write(*id, *trace, style, "GET", url, params, b"", out)
        };
        let Some(account) = &self.account else {
            return get(&Style::Resource, &format!("{aim}/Client/v1/Configuration"), &[], out);
        };
        let conversation = |channel: &ChannelSid| format!("{}/{channel}", account.links.conversations);
        let list = |channel: &ChannelSid| self.channel(*channel).map_or("", |channel| &*channel.items);
        let hidden = ("HideExpired", "true");
        match op {
            Op::Init | Op::Update(_) | Op::Configuration => false,
            Op::MyChannels(name) => {
                let url = format!("{cds}/v3/Maps/{}", escape(name));
                let lean = self.config.login == Login::Lean;
                get(&sync, &url, if lean { &[("Include", "items")] } else { &[] }, out)
            }
            Op::Myself(name) => {
                get(&sync, &format!("{cds}/v3/Maps/{}", escape(name)), &[("Include", "items")], out)
            }
            Op::MyselfItem(url, key) => get(&sync, url, &[hidden, ("Key", key)], out),
            Op::MyConversations(page) => match page {
                Some(page) => {
                    get(&Style::Bare, &account.my_conversations, &[("PageToken", &escape(page))], out)
                }
                None => get(&Style::Bare, &account.my_conversations, &[], out),
            },
            Op::Document(_, name) => get(&sync, &format!("{cds}/v3/Documents/{}", escape(name)), &[], out),
            Op::Messages(_, name) => get(&sync, &format!("{cds}/v3/Lists/{}", escape(name)), &[], out),
            Op::Roster(_, name) => get(&sync, &format!("{cds}/v3/Maps/{}", escape(name)), &[], out),
            Op::Members(_, url, None) => {
                get(&sync, url, &[hidden, ("PageSize", "50"), ("Order", "asc")], out)
            }
            Op::Members(_, url, Some(from)) => {
                let from = escape(from);
                get(&sync, url, &[hidden, ("From", &from), ("PageSize", "51"), ("Order", "asc")], out)
            }
            Op::Subscribe(..) => {
                write(*id, *trace, &sync, "POST", &format!("{cds}/v4/Subscriptions"), &[], body, out)
            }
            Op::Newest(_, channel, page) | Op::History(_, channel, page) => {
                let size = page.size.to_string();
                let rest = [("PageSize", &*size), ("Order", "desc")];
                match page.from.map(|from| from.to_string()) {
                    Some(from) => {
                        get(&sync, list(channel), &[hidden, ("From", &from), rest[0], rest[1]], out)
                    }
                    None => get(&sync, list(channel), &[hidden, rest[0], rest[1]], out),
                }
            }
            Op::Item(_, channel) => get(&sync, &self.my_items, &[hidden, ("Key", &channel.to_string())], out),
            Op::Conversation(_, channel) => get(&Style::Bare, &conversation(channel), &[], out),
            Op::Applied(_, _, url) => get(&Style::Resource, url, &[], out),
            Op::Send(_, channel) => {
                let url = format!("{}/Messages", conversation(channel));
                write(*id, *trace, &Style::Mutation, "POST", &url, &[], body, out)
            }
            Op::Horizon(_, channel) => {
                let url = format!("{}/{channel}", account.my_conversations);
                write(*id, *trace, &Style::Mutation, "POST", &url, &[], body, out)
            }
            Op::Typing(..) => write(*id, *trace, &Style::Form, "POST", &account.links.typing, &[], body, out),
            Op::Leave(_, channel) => {
                // The SDK does not escape the identity here.
                let url = format!("{}/Participants/{}", conversation(channel), account.identity);
                write(*id, *trace, &Style::Mutation, "DELETE", &url, &[], b"null", out)
            }
        }
    }

    pub(super) fn channel(&self, sid: ChannelSid) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.sid == sid)
    }

    pub(super) fn channel_mut(&mut self, sid: ChannelSid) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.sid == sid)
    }

    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, SdkError>,
        attempts: u8,
        at: Instant,
    ) {
        self.events.push_back(Event::Reply { ticket, result, attempts, at });
    }

    /// A request failed: repeat it, if the SDK would.
    pub(super) fn fail(
        &mut self,
        mut request: Request,
        error: SdkError,
        failure: Failure,
        now: Instant,
        out: &mut Out,
    ) {
        let habit = request.op.habit(failure);
        let Request { attempts, delay_ms, began, .. } = &mut request;
        let again = habit.and_then(|habit| habit.again(*attempts, delay_ms, *began, now, &mut self.chance));
        match again {
            Some(at) => {
                request.phase = Phase::Again(at);
                self.requests.push(request);
            }
            None => self.abandon(request, error, now, out),
        }
    }

    /// A request failed for good.
    pub(super) fn abandon(&mut self, request: Request, error: SdkError, now: Instant, _out: &mut Out) {
        let error = error.about(request.op.channel());
        if let Some(ticket) = request.op.ticket() {
            return self.answer(ticket, Err(error), request.attempts, now);
        }
        match request.op {
            Op::Subscribe(correlation, _) => {
                let reachable = !matches!(error.kind, ErrorKind::Denied { .. } | ErrorKind::Closed(_));
                self.subscriptions.refused(correlation, reachable, now, &mut self.chance);
            }
            Op::Document(channel, _)
            | Op::Messages(channel, _)
            | Op::Roster(channel, _)
            | Op::Members(channel, ..) => {
                self.channel_failed(channel, error, now);
            }
            Op::Init | Op::Update(_) => {}
            _ => {
                self.progress.failed.get_or_insert(error);
            }
        }
    }

    pub(super) fn channel_failed(&mut self, channel: ChannelSid, error: SdkError, now: Instant) {
        if self.progress.ready.is_none() {
            self.progress.failed.get_or_insert(error);
        } else if let Some(known) = self.channel_mut(channel) {
            // Not to be reported as joined any more; the SDK, too, leaves it half open.
            known.announced = true;
            self.events.push_back(Event::ChannelFailed { channel, error, at: now });
        }
    }

    /// A request was answered 2xx.
    pub(super) fn done(&mut self, request: Request, code: u16, payload: &[u8], now: Instant, out: &mut Out) {
        let read = match &request.op {
            Op::Init | Op::Update(_) => Ok(()),
            Op::Configuration => self.configured(payload, now, out),
            Op::MyChannels(_) => self.my_channels(payload, now, out),
            Op::Myself(_) => self.myself(payload, now, out),
            Op::MyselfItem(..) => {
                self.progress.roots = self.progress.roots.saturating_sub(1);
                Ok(())
            }
            Op::MyConversations(_) => self.my_conversations(payload, now, out),
            Op::Document(channel, _) => self.document(*channel, payload, now, out),
            Op::Messages(channel, _) => self.message_list(*channel, payload, now),
            Op::Roster(channel, _) => self.roster(*channel, payload, now, out),
            Op::Members(channel, link, _) => self.members(*channel, link, payload, now, out),
            Op::Subscribe(correlation, action) => {
                let none = Accepted { estimated_delivery_in_ms: 0, max_batch_size: 0, ttl_in_s: 0 };
                let accepted = serde_json::from_slice(payload).unwrap_or(none);
                self.subscriptions.accepted(*correlation, *action, &accepted, now);
                Ok(())
            }
            _ => self.command_done(&request, code, payload, now, out),
        };
        if read.is_err() {
            let error = SdkError::new(ErrorKind::Protocol, request.op.doing());
            self.abandon(request, error, now, out);
        }
    }

    fn configured(&mut self, payload: &[u8], now: Instant, out: &mut Out) -> Result<(), Unreadable> {
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

    fn my_channels(&mut self, payload: &[u8], now: Instant, out: &mut Out) -> Result<(), Unreadable> {
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

    fn myself(&mut self, payload: &[u8], now: Instant, out: &mut Out) -> Result<(), Unreadable> {
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

    fn my_conversations(&mut self, payload: &[u8], now: Instant, out: &mut Out) -> Result<(), Unreadable> {
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

    fn document(
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

    fn message_list(&mut self, sid: ChannelSid, payload: &[u8], now: Instant) -> Result<(), Unreadable> {
        let list: Descriptor<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        let items = list.links.items.as_deref().ok_or(Unreadable)?.into();
        let Some(channel) = self.channel_mut(sid) else { return Ok(()) };
        channel.loading -= 1;
        channel.items = items;
        self.subscribe(&list, Role::Messages(sid), now);
        Ok(())
    }

    fn roster(
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

    fn members(
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

    /// Says what has become complete.
    pub(super) fn settle(&mut self, now: Instant) {
        if !self.progress.unsettled || self.progress.roots > 0 || !self.progress.begun {
            return;
        }
        if self.progress.ready.is_none() {
            if self.is_settled() && self.progress.failed.is_none() {
                self.progress.ready = Some(now);
                for channel in &mut self.channels {
                    channel.announced = true;
                }
                self.shrink();
                self.progress.unsettled = false;
            }
            return;
        }
        for place in 0..self.channels.len() {
            let Some(channel) = self.channels.get(place) else { continue };
            let complete = !channel.announced
                && channel.standing == Standing::Joined
                && channel.is_loaded()
                && self.subscriptions.is_established(channel.sid);
            if complete {
                self.events.push_back(Event::ChannelJoined { channel: channel.sid, at: now });
                self.channels[place].announced = true;
            }
        }
        if self.is_settled() {
            self.progress.unsettled = false;
            if std::mem::take(&mut self.progress.recovering) {
                self.events.push_back(Event::Reconnected { at: now });
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.channels.iter().all(Channel::is_loaded) && self.subscriptions.is_settled()
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
