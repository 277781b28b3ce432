//! `open_channel`: the customer's backend opens a Flex Channel.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;
use wire::flex_channel::CreateChannel;
use wire::sid::ChannelSid;

use super::endpoint::Endpoint;
use super::options::network_step;
use crate::value::{JsonTemplate, Template};

network_step! {
    /// Opens a Flex Channel for the customer (`POST /v1/Channels`). With the SDK logged in, the step ends when
    /// the push of having joined arrives.
    pub struct OpenChannel {
        /// The chat's name as agents see it; default: "Chat with Customer N".
        #[serde(default)]
        pub friendly_name: Option<Template>,
        /// The customer's name as agents see it; default: "Customer N".
        #[serde(default)]
        pub user_friendly_name: Option<Template>,
        /// What repeated creates are recognised by; default: the identity.
        #[serde(default)]
        pub target: Option<Template>,
        /// The Chat channel's unique name; default: none.
        #[serde(default)]
        pub unique_name: Option<Template>,
        /// What the person did before the chat; lands in the channel's attributes.
        #[serde(default)]
        pub pre_engagement: Option<JsonTemplate>,
        /// Added to the attributes of the task that Flex makes.
        #[serde(default)]
        pub task_attributes: Option<JsonTemplate>,
        /// Overrides what the Flex Flow says.
        #[serde(default)]
        pub long_lived: Option<bool>,
        /// Repeats the create of this chat with the same target: the same channel should come back.
        #[serde(default)]
        pub reuse: bool,
        /// Asks the integration's own endpoint instead, which answers the channel's SID.
        #[serde(default)]
        pub from: Option<Endpoint>,
    }
}

impl OpenChannel {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let channel = self.ask(turn, customer).await?;
        if self.reuse {
            return customer.expect_the_same_channel(channel);
        }
        let long_lived = self.long_lived.unwrap_or(false);
        let opened = match customer.enter(channel, long_lived, turn.due, turn.deadline).await {
            Ok(opened) => opened,
            Err(failure) => {
                turn.part_failed(customer, 0, turn.due.elapsed());
                return Err(failure);
            }
        };
        if let Some(joined) = opened.joined {
            turn.part(customer, 0, joined);
        }
        Ok(opened.at)
    }

    async fn ask(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done<ChannelSid> {
        match &self.from {
            Some(endpoint) => {
                let url = turn.text(&endpoint.url, customer);
                customer.ask_for_channel(&url, endpoint.json_pointer.as_str(), turn.deadline).await
            }
            None => {
                let create = self.create(turn, customer);
                customer.create_channel(&create, turn.pooled()).await
            }
        }
    }

    fn create(&self, turn: &Turn<'_>, customer: &Customer) -> CreateChannel {
        let text =
            |template: &Option<Template>| template.as_ref().map(|template| turn.text(template, customer));
        let json =
            |template: &Option<JsonTemplate>| template.as_ref().map(|template| turn.json(template, customer));
        let user = text(&self.user_friendly_name).unwrap_or_else(|| format!("Customer {}", turn.customer));
        let name = text(&self.friendly_name).unwrap_or_else(|| format!("Chat with {user}"));
        let flow = customer.context().flow;
        let mut create = CreateChannel::new(flow, customer.identity().clone(), &user, &name);
        create.target = Some(text(&self.target).unwrap_or_else(|| customer.identity().to_string()));
        create.chat_unique_name = text(&self.unique_name);
        create.pre_engagement_data = json(&self.pre_engagement);
        create.task_attributes = json(&self.task_attributes);
        create.long_lived = self.long_lived;
        create
    }
}
