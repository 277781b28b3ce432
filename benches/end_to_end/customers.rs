//! Our customers: what the figures are about.

use std::{
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use flexload::flex::sdk::{Answer, Event, Sdk, SdkConfig};
use tokio::time::Instant;
use wire::{
    sid::ChannelSid,
    token::{Claims, Signer},
};

use crate::{Fallible, mock};

/// What a customer of these figures says.
pub(crate) const TEXT: &str = "hello, I need help with my order";

/// What customers share.
pub(crate) struct Crowd {
    pub(crate) config: Rc<SdkConfig>,
    signer: Signer,
    prefix: String,
}

impl Crowd {
    /// Customers `{prefix}0`, `{prefix}1` … who connect to this socket.
    pub(crate) fn new(socket: &str, prefix: &str) -> Fallible<Self> {
        let credentials = mock::credentials();
        let key = &credentials.api_key_secret;
        let signer = Signer::new(credentials.account_sid, credentials.api_key_sid, key, None)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let config = SdkConfig::new(socket.parse()?, "us1", u64::try_from(now.as_millis())?);
        Ok(Self { config: Rc::new(config), signer, prefix: prefix.to_owned() })
    }

    /// The `nth` customer's token.
    pub(crate) fn token(&self, nth: usize) -> Fallible<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let identity = format!("{}{nth}", self.prefix);
        let claims = Claims::new(&identity, mock::credentials().chat_service_sid, now);
        Ok(self.signer.mint(&claims))
    }

    /// Logs the `nth` customer in.
    pub(crate) async fn log_in(&self, nth: usize) -> Fallible<Sdk> {
        let token = self.token(nth)?;
        let deadline = Instant::now() + Duration::from_secs(60);
        // On the heap, as the engine does it.
        let (sdk, _) = Box::pin(Sdk::connect(&self.config, &token, deadline)).await?;
        Ok(sdk)
    }
}

/// The channel of a customer who has one.
pub(crate) fn channel_of(sdk: &Sdk) -> Fallible<ChannelSid> {
    Ok(sdk.channels().next().ok_or("a customer without a channel")?)
}

/// Sends a message, and waits until it is acknowledged and its echo is there.
pub(crate) async fn say(sdk: &mut Sdk, channel: ChannelSid) -> Fallible<()> {
    let sent = sdk.send_message(channel, TEXT, "{}");
    let (mut accepted, mut heard) = (false, false);
    while !(accepted && heard) {
        match sdk.next().await {
            Event::Reply { ticket, result, .. } if ticket == sent => {
                let Answer::Sent { .. } = result? else { return Err("an answer to something else".into()) };
                accepted = true;
            }
            Event::MessageAdded { .. } => heard = true,
            _ => {}
        }
    }
    Ok(())
}

/// Reads the newest page of the channel's past.
pub(crate) async fn read_history(sdk: &mut Sdk, channel: ChannelSid) -> Fallible<()> {
    let asked = sdk.history(channel, None);
    loop {
        if let Event::Reply { ticket, result, .. } = sdk.next().await
            && ticket == asked
        {
            result?;
            return Ok(());
        }
    }
}
