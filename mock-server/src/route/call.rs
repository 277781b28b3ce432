//! One request to one operation: what the files of this folder read parameters from.

use std::borrow::Cow;

use axum::extract::RawPathParams;
use http::HeaderMap;
use serde::Serialize;
use wire::form::{Encoder, FieldError, Form, Parameters, Style};
use wire::page::{Envelope, Meta};
use wire::sid::{ChannelSid, ChatServiceSid, Kind, Sid};

use super::parameter::Bad;
use crate::answer::Answer;
use crate::basis::{Refused, RuleId, rules};
use crate::guard::Guard;
use crate::journal::{NOTES, Notes};
use crate::suggest::nearest;
use crate::world::{Page, PageRequest, World};

rules! {
    NO_SUCH_SID = "rest.path.sid", Recorded("a resource that is not there: 404, 20404, with the path in the message"),
        "a path with something that is no SID where one must be is 404, 20404";
    WEBHOOK_ENABLED = "chat.webhook-enabled", Documented("OpenAPI chat_v2: X-Twilio-Webhook-Enabled, true or false"),
        "an X-Twilio-Webhook-Enabled other than true and false, in any case, is 400, 20001";
    PAIRS = "rest.form.pairs", MockOnly("a mock must not grow without bound"),
        "a form or a query of more than 256 pairs is 400, 20001";
    PAGE_PARAMETERS = "rest.page.parameters", Inferred("20001 is the general code for parameters that make no sense"),
        "a PageSize that is no number, a PageToken the mock did not make and a Page without its PageToken are 400, 20001";
    PAGE_CLAMPED = "rest.page.clamped", Inferred("v2 endpoints seem to clamp; 20007 exists"),
        "a PageSize beyond the endpoint's maximum is taken for the maximum, 0 for 1";
    PAGES = "rest.page.envelope", Documented("OpenAPI examples: flex_v1 and chat_v2, meta with seven fields"),
        "a list stands under the key that its meta names, and its meta carries the URLs of its pages, filters kept";
    BACK = "rest.page.back", Inferred("the OpenAPI examples show first pages only"),
        "previous_page_url is given from the second page to the first, and null elsewhere";
}

/// The page size of every list unless asked for another.
const PAGE_SIZE: u32 = 50;

/// A request: the parts of it that operations read.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    pub(crate) guard: &'a Guard,
    /// The path as asked for, with its version.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) parameters: &'a RawPathParams,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) notes: &'a Notes,
}

impl Call<'_> {
    /// Has the journal say that the request was answered, but hardly meant so.
    pub(crate) fn warn(&self, says: impl Into<Cow<'static, str>>) {
        self.notes.warn(says);
    }

    /// Whether the request asks for webhooks: a change by REST fires none of itself.
    pub(crate) fn enables_webhooks(&self) -> Result<bool, Refused> {
        let Some(value) = self.headers.get("x-twilio-webhook-enabled") else { return Ok(false) };
        let says = |word: &[u8]| value.as_bytes().eq_ignore_ascii_case(word);
        if says(b"true") || says(b"false") {
            return Ok(says(b"true"));
        }
        let says = "Invalid header X-Twilio-Webhook-Enabled: expected true or false";
        Err(Refused::new(400, 20001, says, WEBHOOK_ENABLED))
    }

    /// A decoded parameter of the path.
    pub(crate) fn name(&self, parameter: &str) -> &str {
        self.parameters.iter().find(|(name, _)| *name == parameter).map_or("", |(_, value)| value)
    }

    /// A parameter of the path that can be nothing but a SID.
    pub(crate) fn sid<K: Kind>(&self, parameter: &str) -> Result<Sid<K>, Refused> {
        self.name(parameter).parse().map_err(|_| Refused::not_found(NO_SUCH_SID))
    }

    /// The service of a Chat path.
    pub(crate) fn service(&self) -> Result<ChatServiceSid, Refused> {
        self.sid("service")
    }

    /// The parameters in the body. `bad` is how the operation refuses a missing or malformed one.
    pub(crate) fn body<T: Parameters>(
        &self,
        read: impl FnOnce(&Form<'_>) -> Result<T, FieldError>,
        bad: impl Into<Bad>,
    ) -> Result<T, Refused> {
        read(&self.form::<T>()?).map_err(|error| bad.into().refuse(error, "post body"))
    }

    /// What an update of Chat changes: as [`Self::body`], but for one that says nothing, which `empty` refuses.
    pub(crate) fn change<T: Parameters + Default + PartialEq>(
        &self,
        read: impl FnOnce(&Form<'_>) -> Result<T, FieldError>,
        bad: impl Into<Bad>,
        empty: RuleId,
    ) -> Result<T, Refused> {
        let change = read(&self.form::<T>()?).map_err(|error| bad.into().refuse(error, "post body"))?;
        if change == T::default() {
            return Err(Refused::new(400, 20161, "Parameters are not specified for update request", empty));
        }
        Ok(change)
    }

    /// The form in the body. What says nothing to the operation is left out, as Twilio does: the journal tells.
    fn form<T: Parameters>(&self) -> Result<Form<'_>, Refused> {
        let form = form(self.body)?;
        if self.body.trim_ascii_start().starts_with(b"{") {
            self.warn("the body is JSON; this API reads a form, application/x-www-form-urlencoded");
            return Ok(form);
        }
        for (name, _) in form.pairs().filter(|(name, _)| !T::NAMES.contains(name)).take(NOTES) {
            self.warn(match nearest(name, T::NAMES.iter().copied()) {
                Some(meant) => format!("unknown parameter `{name}`, did you mean `{meant}`?"),
                None => format!("unknown parameter `{name}`: it says nothing to this operation"),
            });
        }
        Ok(form)
    }

    /// Parameters in the query, besides those of paging.
    pub(crate) fn query<T>(
        &self,
        read: impl FnOnce(&Form<'_>) -> Result<T, FieldError>,
        bad: impl Into<Bad>,
    ) -> Result<T, Refused> {
        read(&form(self.query.as_bytes())?).map_err(|error| bad.into().refuse(error, "query"))
    }

    /// Counts an action on a channel against its limit. A channel that is not there is not counted.
    pub(crate) fn acts_on_channel(
        &self,
        service: ChatServiceSid,
        channel: &str,
    ) -> Result<ChannelSid, Refused> {
        let service = self.world.find_service(service)?;
        let channel = self.world.find_channel(&service, channel)?.sid;
        self.guard.channel_action(channel)?;
        Ok(channel)
    }

    /// Counts an action on a service against its limit.
    pub(crate) fn acts_on_service(&self, service: ChatServiceSid) -> Result<(), Refused> {
        self.guard.service_action(service)
    }

    /// Answers one page of a list: finds out which, has it fetched, and puts it into its envelope.
    pub(crate) fn list<T: Serialize>(
        &self,
        key: &'static str,
        most: u32,
        rule: RuleId,
        fetch: impl FnOnce(PageRequest) -> Result<Page<T>, Refused>,
    ) -> Result<Answer, Refused> {
        let query = form(self.query.as_bytes())?;
        let asked = Asked::read(&query, most)?;
        let page = fetch(asked.request)?;
        let next = page.next.map(|cursor| cursor.to_string());
        let meta = self.meta(key, &query, &asked, next.as_deref());
        Ok(Answer::ok(&Envelope { meta, items: page.items }, rule))
    }

    fn meta(&self, key: &'static str, query: &Form<'_>, asked: &Asked<'_>, next: Option<&str>) -> Meta {
        let key = if PAGES.follow() { key } else { "" };
        let url = |page: u32, token: Option<&str>| {
            let mut encoder = Encoder::new(Style::Node);
            for (name, value) in query.pairs().filter(|(name, _)| !PAGING.contains(name)) {
                encoder.text(name, value);
            }
            encoder.text("PageSize", &asked.size.to_string());
            encoder.text("Page", &page.to_string());
            if let Some(token) = token {
                encoder.text("PageToken", token);
            }
            format!("{}{}?{}", self.world.base(), self.path, encoder.finish())
        };
        Meta {
            page: asked.page,
            page_size: asked.size,
            first_page_url: url(0, None),
            previous_page_url: (asked.page == 1 && BACK.follow()).then(|| url(0, None)),
            url: url(asked.page, asked.token),
            next_page_url: next.map(|token| url(asked.page.saturating_add(1), Some(token))),
            key: key.into(),
        }
    }
}

/// What a query says about paging; all else in it is a filter, and kept from page to page.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// Which page is asked for.
struct Asked<'a> {
    size: u32,
    page: u32,
    token: Option<&'a str>,
    request: PageRequest,
}

impl<'a> Asked<'a> {
    fn read(query: &'a Form<'_>, most: u32) -> Result<Self, Refused> {
        let bad = |error: FieldError| Bad::from(PAGE_PARAMETERS).refuse(error, "query");
        let asked = query.field::<Option<u32>>("PageSize").map_err(bad)?.unwrap_or(PAGE_SIZE);
        let size = match asked.clamp(1, most) {
            size if size == asked || PAGE_CLAMPED.follow() => size,
            _ => PAGE_SIZE.min(most),
        };
        let page = query.field::<Option<u32>>("Page").map_err(bad)?.unwrap_or(0);
        let token = query.get("PageToken");
        let after = token.map(str::parse).transpose().map_err(|_| {
            Refused::new(400, 20001, "Invalid PageToken: follow next_page_url as it is", PAGE_PARAMETERS)
        })?;
        if page > 0 && after.is_none() {
            let message = "A Page is reached by next_page_url only, with its PageToken";
            return Err(Refused::new(400, 20001, message, PAGE_PARAMETERS));
        }
        Ok(Self { size, page, token, request: PageRequest { size: size as usize, after } })
    }
}

fn form(bytes: &[u8]) -> Result<Form<'_>, Refused> {
    Form::parse(bytes).map_err(|error| Refused::new(400, 20001, format!("Refused: {error}"), PAIRS))
}
