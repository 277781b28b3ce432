//! Flex Channels: one customer's chat, opened through a flow.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use wire::channel::{NewChannel, Visibility};
use wire::flex_channel::{CreateChannel, FlexChannel as View};
use wire::flow::{ChannelType, FlexFlow, IntegrationType};
use wire::member::NewMember;
use wire::sid::{ChannelSid, FlexFlowSid, TaskSid, UserSid};
use wire::time::Timestamp;

use super::channel::{Channel, ChannelState, Facts};
use super::page::{Ordered, Page, PageRequest};
use super::service::Service;
use super::{World, check, lock};
use crate::basis::{Refused, rules};

rules! {
    NO_FLOW = "flex.channel.create.no-flow", Documented("error catalogue 45205; the status follows its meaning"),
        "creating a channel through an unknown flow is 404, 45205";
    NO_SERVICE = "flex.channel.create.no-service", Inferred("error catalogue 45009, a configuration problem"),
        "creating a channel through a flow whose Chat service is gone is 400, 45009";
    UNKNOWN = "flex.channel.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown Flex Channel is 404, 20404";
    NAME_TAKEN = "flex.channel.create.unique-name-taken", Documented("error catalogue 45208; the status follows its meaning"),
        "a ChatUniqueName that another active channel has is 409, 45208";
    NAME_INACTIVE = "flex.channel.create.unique-name-inactive", Inferred("a customer who returns under a fixed ChatUniqueName gets a new channel"),
        "a ChatUniqueName that an INACTIVE channel has goes to the new one";
    RESERVED = "flex.channel.create.reserved", Documented("error catalogue 45211; the status follows its meaning"),
        "the identity `system` is reserved: 400, 45211";
    USER_LIMIT = "flex.channel.create.user-limit", Documented("error catalogue 45207; count limits are 403"),
        "a customer in as many channels as the service allows gets no further one: 403, 45207";
    pub(crate) NEW = "flex.channel.create", Documented("openapi flex_v1 CreateChannel: 201"),
        "a create makes the user, a private Chat channel with Flex's attributes, and the customer's membership: 201";
    pub(crate) NOT_CUSTOM = "flex.channel.create.not-custom", Inferred("no document says that a flow of another channel type is refused"),
        "a create through a flow whose channel type is not custom is answered as any other, with that type in the attributes: 201";
    TASK = "flex.channel.create.task", Documented("openapi flex_v1 Channel: task_sid, TaskSid, Integration.CreationOnMessage"),
        "a flow of type task has a task_sid from the start, TaskSid if given, none yet with CreationOnMessage; the others have null";
    LONG_LIVED = "flex.channel.create.long-lived", Documented("openapi flex_v1 CreateChannel: LongLived"),
        "LongLived says whether a channel is long-lived; without it, the flow does";
    PRE_ENGAGEMENT = "flex.channel.create.pre-engagement", Recorded("mailroom: pre_engagement_data of a channel's attributes"),
        "PreEngagementData, text of JSON, is an object in the Chat channel's attributes";
    pub(crate) EXISTING = "flex.channel.create.existing", Observed("PS-sms README, twitter sample; whether it is 200 or 201 is not known"),
        "a create for a flow and target whose channel is ACTIVE or long-lived returns that channel";
    pub(crate) REOPENED = "flex.channel.create.reopened", Observed("PS-sms README, clear-long-lived-channels: a new task on the next contact"),
        "a create for a long-lived channel that is INACTIVE returns it, ACTIVE again and with a new task";
}

/// Whether a create made a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// It did.
    New,
    /// There was one for this flow and target.
    Existing,
    /// There was a long-lived one that had ended: it goes on.
    Reopened,
    /// It did, though the flow is for channels of another type.
    OfOtherType,
}

/// Which of the two APIs opens a channel. Neither sees the other's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Door {
    /// `/v1/Channels`.
    Flex,
    /// `/v1/WebChannels`.
    Web,
}

/// What makes two creates ask for the same channel: the flow, and the target or else the identity.
pub(super) type Key = (FlexFlowSid, Arc<str>, Door);

/// What Flex knows of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Flex {
    pub(super) door: Door,
    pub(super) flow: FlexFlowSid,
    pub(super) user: UserSid,
    pub(super) task: Option<TaskSid>,
    pub(super) target: Arc<str>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// As much of a channel's attributes as Flex itself looks at.
#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow, default)]
    status: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    long_lived: Option<bool>,
}

/// What the next create for the same target makes of a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It gets it as it is.
    Active,
    /// It gets it again, for another conversation.
    Resting,
    /// It gets a new one.
    Ended,
}

/// Where a channel with these attributes stands.
///
/// What is no longer said counts as it was: an integration that overwrites the attributes and loses `status` has
/// not closed the chat. Upper case is what is seen; the documentation's remedy says `inactive`, so case does not
/// matter.
fn standing(attributes: &str) -> Standing {
    let Ok(Status { status, long_lived }) = serde_json::from_str(attributes) else { return Standing::Active };
    match (status.is_some_and(|status| status.eq_ignore_ascii_case("INACTIVE")), long_lived) {
        (false, _) => Standing::Active,
        (true, Some(true)) => Standing::Resting,
        (true, _) => Standing::Ended,
    }
}

impl World {
    /// Opens a customer's channel, or finds the one that is open.
    ///
    /// # Errors
    /// If the flow is unknown, the unique name taken, the identity not to be had, or a limit reached.
    pub fn open_flex_channel(&self, new: CreateChannel) -> Result<(View, Opened), Refused> {
        let (sid, flex, opened) = self.open(new, Door::Flex)?;
        Ok((self.flex_view(sid, &flex), opened))
    }

    /// The same, by either door. What is known of the channel is returned with it: it may be deleted by now.
    pub(super) fn open(
        &self,
        mut new: CreateChannel,
        door: Door,
    ) -> Result<(ChannelSid, Flex, Opened), Refused> {
        // An empty field of a form is one that was left out.
        new.target = new.target.filter(|target| !target.is_empty());
        new.chat_unique_name = new.chat_unique_name.filter(|name| !name.is_empty());
        let flow = self
            .flow(new.flex_flow_sid)
            .map_err(|_| Refused::new(404, 45205, "Requested Flex Flow is not found", NO_FLOW))?;
        let service = flow
            .chat_service_sid
            .and_then(|sid| self.find_service(sid).ok())
            .ok_or(Refused::new(400, 45009, "The flow's Chat service is not found", NO_SERVICE))?;
        let target: Arc<str> = new.target.as_deref().unwrap_or(new.identity.as_str()).into();
        let key = (new.flex_flow_sid, target, door);
        // Held to the end, so that two creates at once make one channel.
        let mut keys = self.flex_keys.shard(&key);
        let known = keys.get(&key).and_then(|sid| self.channel_with(*sid));
        if let Some(channel) = known
            && let Some((flex, opened)) = self.still_open(&channel, &flow, &new)
        {
            return Ok((channel.sid, flex, opened));
        }
        let (sid, flex) = self.make_flex_channel(&flow, &service, new, (key.1.clone(), door))?;
        keys.insert(key, sid);
        let meant = match door {
            Door::Flex => ChannelType::Custom,
            Door::Web => ChannelType::Web,
        };
        Ok((sid, flex, if flow.channel_type == meant { Opened::New } else { Opened::OfOtherType }))
    }

    /// What is known of the channel, if the next create gets it again. Somebody may be deleting it.
    fn still_open(&self, channel: &Channel, flow: &FlexFlow, new: &CreateChannel) -> Option<(Flex, Opened)> {
        let mut state = channel.lock();
        state.alive().ok()?;
        let opened = match standing(&state.facts.attributes) {
            Standing::Active if self.is_doubled(channel, &state) => return None,
            Standing::Active => Opened::Existing,
            Standing::Resting => {
                self.reopen(channel, &mut state, flow, self.task_of(flow, new));
                Opened::Reopened
            }
            Standing::Ended => return None,
        };
        Some((Flex::clone(state.flex.as_ref()?), opened))
    }

    /// Whether a fault makes another channel beside this one.
    fn is_doubled(&self, channel: &Channel, state: &ChannelState) -> bool {
        let age = self.now().millis().saturating_sub(state.facts.created.millis());
        let age = Duration::from_millis(u64::try_from(age).unwrap_or_default());
        channel.service.faults.doubles_channel(age, &|pattern| channel.is_meant(&state.facts, pattern))
    }

    /// A long-lived channel begins another conversation.
    fn reopen(&self, channel: &Channel, state: &mut ChannelState, flow: &FlexFlow, task: Option<TaskSid>) {
        let now = self.now();
        let Some(flex) = &mut state.flex else { return };
        (flex.task, flex.updated) = (task, now);
        let mut facts = Facts::clone(&state.facts);
        let mut attributes: Map<String, Value> = serde_json::from_str(&facts.attributes).unwrap_or_default();
        attributes.insert("status".to_owned(), "ACTIVE".into());
        match task {
            Some(task) => attributes.insert("task_sid".to_owned(), task.to_string().into()),
            None => attributes.remove("task_sid"),
        };
        // As long as they were, but for a SID: not refused.
        self.drop_attributes(Some(&facts.attributes));
        (facts.attributes, facts.updated) = (Value::Object(attributes).to_string().into(), now);
        self.attribute_bytes.add(facts.attributes.len());
        state.facts = Arc::new(facts);
        state.attach_webhook(flow, now);
        channel.document_changed(state, now);
    }

    /// The channel that has this name and has ended, if one has.
    fn ended_holder(&self, service: &Service, name: &str) -> Result<Option<Arc<Channel>>, Refused> {
        let Some(holder) = lock(&service.names).get(name).copied() else { return Ok(None) };
        // One that is not to be found yet is being made.
        let ended = |channel: &Arc<Channel>| standing(&channel.lock().facts.attributes) != Standing::Active;
        self.channel_with(holder).filter(ended).map(Some).ok_or_else(name_taken)
    }

    /// Takes a channel's name from it.
    fn give_up_name(&self, channel: &Channel) {
        if !NAME_INACTIVE.follow() {
            return;
        }
        let now = self.now();
        let mut names = lock(&channel.service.names);
        let mut state = channel.lock();
        if state.alive().is_err() {
            // Whoever deletes it frees the name, too.
            return;
        }
        let mut facts = Facts::clone(&state.facts);
        if let Some(name) = facts.unique_name.take() {
            names.remove(&name);
        }
        facts.updated = now;
        state.facts = Arc::new(facts);
        channel.document_changed(&mut state, now);
    }

    fn make_flex_channel(
        &self,
        flow: &FlexFlow,
        service: &Arc<Service>,
        new: CreateChannel,
        (target, door): (Arc<str>, Door),
    ) -> Result<(ChannelSid, Flex), Refused> {
        let name = new.chat_unique_name.as_deref();
        let task = self.task_of(flow, &new);
        let attributes = attributes(flow, &new, task);
        // All that can be refused is looked at before anything is made.
        check::attributes(Some(&attributes))?;
        check::friendly_name(Some(&new.chat_friendly_name))?;
        check::friendly_name(Some(&new.chat_user_friendly_name))?;
        check::unique_name(name)?;
        let holder = name.map_or(Ok(None), |name| self.ended_holder(service, name))?;
        let user =
            self.user_for(service, &new.identity, Some(&new.chat_user_friendly_name)).map_err(as_flex)?;
        if let Some(holder) = holder {
            self.give_up_name(&holder);
        }
        let now = self.now();
        let flex = Flex { door, flow: flow.sid, user: user.sid, task, target, created: now, updated: now };
        let chat = NewChannel {
            friendly_name: Some(new.chat_friendly_name.into()),
            unique_name: new.chat_unique_name.map(Into::into),
            attributes: Some(attributes.into()),
            visibility: Some(Visibility::Private),
            ..NewChannel::default()
        };
        let channel = self.add_channel(service, chat, Some(Box::new(flex.clone()))).map_err(as_flex)?;
        channel.lock().attach_webhook(flow, now);
        if let Err(refused) = self.join(&channel, &user, NewMember::new(new.identity), |_| ()) {
            // Nobody was told of it yet. Without its Flex side, because removing that takes the lock held here.
            channel.lock().flex = None;
            self.flex_order(door).remove(channel.nth);
            self.remove_channel(&channel);
            return Err(as_flex(refused));
        }
        Ok((channel.sid, flex))
    }

    /// The task of a new channel: the one that is given, or a new one where the flow makes one at once.
    fn task_of(&self, flow: &FlexFlow, new: &CreateChannel) -> Option<TaskSid> {
        if flow.integration_type != Some(IntegrationType::Task) || !TASK.follow() {
            return None;
        }
        let waits = flow.integration.as_ref().and_then(|integration| integration.creation_on_message);
        let made = || (waits != Some(true)).then(|| TaskSid::mock(self.seed(), self.next()));
        new.task_sid.or_else(made)
    }

    /// Reads a Flex Channel.
    ///
    /// # Errors
    /// If there is none.
    pub fn flex_channel(&self, sid: ChannelSid) -> Result<View, Refused> {
        let flex = self.channel_with(sid).and_then(|channel| channel.opened_by(Door::Flex));
        flex.map(|flex| self.flex_view(sid, &flex)).ok_or(Refused::not_found(UNKNOWN))
    }

    /// Lists the Flex Channels.
    #[must_use]
    pub fn flex_channels(&self, page: PageRequest) -> Page<View> {
        self.opened_by(Door::Flex, page, |sid, flex| self.flex_view(sid, flex))
    }

    /// A page of the channels that came through a door.
    pub(super) fn opened_by<T>(
        &self,
        door: Door,
        page: PageRequest,
        view: impl Fn(ChannelSid, &Flex) -> T,
    ) -> Page<T> {
        let page = self.flex_order(door).page(page);
        // One deleted this instant is left out.
        let known = |channel: &Arc<Channel>| channel.opened_by(door).map(|flex| view(channel.sid, &flex));
        Page { items: page.items.iter().filter_map(known).collect(), next: page.next }
    }

    /// Deletes a Flex Channel and its Chat channel.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_flex_channel(&self, sid: ChannelSid) -> Result<(), Refused> {
        let unknown = Refused::not_found(UNKNOWN);
        let channel = self.channel_with(sid).filter(|channel| channel.opened_by(Door::Flex).is_some());
        if channel.is_some_and(|channel| self.remove_channel(&channel)) { Ok(()) } else { Err(unknown) }
    }

    /// The channels that came through a door.
    pub(super) const fn flex_order(&self, door: Door) -> &Ordered<Channel> {
        match door {
            Door::Flex => &self.flex_order,
            Door::Web => &self.web_order,
        }
    }

    /// The next create for this channel's target makes a new one.
    pub(super) fn forget_flex(&self, flex: &Flex, channel: ChannelSid) {
        let key = (flex.flow, flex.target.clone(), flex.door);
        let mut keys = self.flex_keys.shard(&key);
        if keys.get(&key) == Some(&channel) {
            keys.remove(&key);
        }
    }

    fn flex_view(&self, sid: ChannelSid, flex: &Flex) -> View {
        View {
            flex_flow_sid: Some(flex.flow),
            account_sid: Some(self.account()),
            sid,
            task_sid: flex.task,
            user_sid: Some(flex.user),
            date_created: Some(flex.created),
            date_updated: Some(flex.updated),
            url: Some(View::url(self.base(), sid)),
        }
    }
}

impl Channel {
    /// What Flex knows of it, if it came through this door and is still there.
    pub(super) fn opened_by(&self, door: Door) -> Option<Flex> {
        self.lock().flex.as_deref().filter(|flex| flex.door == door).cloned()
    }
}

/// The Chat channel's attributes: where Flex keeps a chat's state.
fn attributes(flow: &FlexFlow, new: &CreateChannel, task: Option<TaskSid>) -> String {
    #[derive(serde::Serialize)]
    struct Attributes<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        task_sid: Option<TaskSid>,
        from: &'a str,
        channel_type: &'static str,
        status: &'static str,
        long_lived: bool,
        pre_engagement_data: PreEngagement<'a>,
    }
    #[derive(serde::Serialize)]
    #[serde(untagged)]
    enum PreEngagement<'a> {
        Json(&'a RawValue),
        Text(&'a str),
    }
    let given = new.pre_engagement_data.as_deref().unwrap_or_default();
    let attributes = Attributes {
        task_sid: task,
        from: new.target.as_deref().unwrap_or(&new.chat_user_friendly_name),
        channel_type: flow.channel_type.as_str(),
        status: "ACTIVE",
        long_lived: new.long_lived.filter(|_| LONG_LIVED.follow()).unwrap_or(flow.long_lived),
        pre_engagement_data: match serde_json::from_str(given) {
            Ok(json) if PRE_ENGAGEMENT.follow() => PreEngagement::Json(json),
            _ => PreEngagement::Text(given),
        },
    };
    // Text and JSON that was just read: writing them into memory cannot fail.
    serde_json::to_string(&attributes).unwrap_or_default()
}

/// The same refusal in Flex's numbers, where it has its own.
fn as_flex(refused: Refused) -> Refused {
    match refused.code {
        50203 => Refused::new(400, 45211, "Provided identity is reserved by system", RESERVED),
        50208 => {
            let says = "Chat User per Chat Channel limit reached. User is part of too many Chat Channels.";
            Refused::new(403, 45207, says, USER_LIMIT)
        }
        50307 => name_taken(),
        _ => refused,
    }
}

fn name_taken() -> Refused {
    Refused::new(409, 45208, "Chat Channel with this unique name already exists", NAME_TAKEN)
}
