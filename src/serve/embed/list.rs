//! What one request gets to see: who may, what is found, and that it is kept until something stirs.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::Markup;
use url::Url;

use crate::http::Refusal;
use crate::journal::{Listing, Search};
use crate::metrics::EmbedForm;
use crate::model::{Language, PartnerId};
use crate::partner::{Partner, Status};

use super::super::cache::{Form, Key, Rendered};
use super::super::reading::Reading;
use super::super::{Serve, unavailable};
use super::cards::{Card, Setting};
use super::query::Asked;
use super::words::Words;
use super::{element, fragment, page};

const HTML: &str = "text/html; charset=utf-8";

/// One list, as one visitor gets to see it.
pub(super) struct List<'r> {
    pub(super) serve: &'r Serve,
    pub(super) partner: &'r Partner,
    pub(super) asked: Asked,
    pub(super) language: Language,
    pub(super) today: Date,
    /// Publishes are held back: nothing is shown, as nobody knows what was seen before.
    pub(super) is_withheld: bool,
    pub(super) found: Listing,
    pub(super) cards: Vec<Card>,
}

/// The partner of this name, if it has a list that is in force.
///
/// # Errors
/// It has none, or no longer.
pub(super) fn partner(serve: &Serve, name: &str) -> Result<Arc<Partner>, Refusal> {
    let id: PartnerId = name.parse().map_err(|_| Refusal::UnknownPartner)?;
    let partners = serve.tools.registry.current();
    let partner = partners.get(&id).ok_or(Refusal::UnknownPartner)?;
    let today = today(serve);
    let begun = partner.status != Status::Draft && partner.agreement.starts <= today;
    if partner.embed.is_none() || !begun {
        return Err(Refusal::UnknownPartner);
    }
    let over = partner.status == Status::Ended || partner.agreement.ends < today;
    // A person may have ended it by command, whatever the file says.
    if over || serve.tools.journal.emptied(&id).is_some() {
        return Err(Refusal::Over);
    }
    Ok(partner.clone())
}

/// The address of the list of the partner whose name a path such as `/wijk/…` begins with.
pub(in crate::serve) fn list_of(serve: &Serve, path: &str) -> Option<String> {
    let name = path.trim_start_matches('/').split('/').next()?;
    let partner = partner(serve, name).ok()?;
    Some(format!("{}/embed/{}", serve.base, partner.id))
}

fn today(serve: &Serve) -> Date {
    serve.tools.clock.now().to_zoned(TimeZone::UTC).date()
}

/// The answer in this form, kept from before as long as nothing stirs.
///
/// # Errors
/// The journal can not be read, or holds what it should not.
pub(super) async fn rendered(
    serve: &Serve,
    partner: &Arc<Partner>,
    form: EmbedForm,
    (asked, language): (Asked, Language),
) -> Result<Arc<Rendered>, Refusal> {
    serve.tools.metrics.embed_request(&partner.id, form);
    let reading = Reading::of(&serve.tools, partner).await.map_err(unavailable)?;
    let withheld = reading.is_withheld();
    let form_key = Form::Embed(form, asked, language);
    let key = Key { partner: partner.id.clone(), form: form_key, withheld };
    let stirred = serve.tools.journal.stirred(&partner.id);
    if let Some(kept) = serve.lists.get(&key, stirred, partner) {
        return Ok(kept);
    }
    let list = gathered(serve, partner, withheld, (asked, language)).await?;
    let rendered = match form {
        EmbedForm::Fragment => Rendered::new(HTML, fragment::of(&list).into_string()),
        EmbedForm::Element => Rendered::new(element::FORM, element::write(&list)?),
        EmbedForm::Page | EmbedForm::Oembed => Rendered::new(HTML, page::of(&list).into_string()),
    };
    serve.lists.keep(key, stirred, partner, &rendered);
    Ok(rendered)
}

/// What is to be seen now.
///
/// # Errors
/// The journal can not be read, or holds what it should not.
pub(super) async fn gathered<'r>(
    serve: &'r Serve,
    partner: &'r Partner,
    is_withheld: bool,
    (asked, language): (Asked, Language),
) -> Result<List<'r>, Refusal> {
    let found = if is_withheld { Listing::default() } else { found(serve, partner, asked).await? };
    let cards = found.live.iter().map(Card::of).collect::<Option<Vec<_>>>();
    let mut cards = cards.ok_or(Refusal::Broken)?;
    // On a page the order of days; a first load of the core comes in any order.
    cards.sort_by_key(|card| Reverse(card.published()));
    Ok(List { serve, partner, asked, language, today: today(serve), is_withheld, found, cards })
}

async fn found(serve: &Serve, partner: &Partner, asked: Asked) -> Result<Listing, Refusal> {
    let (kind, within, before) = (asked.kind, asked.within(), asked.before);
    let search = Search { kind, within, before, limit: usize::from(asked.limit) };
    serve.tools.journal.listing(&partner.id, search).await.map_err(unavailable)
}

impl List<'_> {
    pub(super) fn words(&self) -> &'static Words {
        Words::of(self.language)
    }

    /// The address of the page, without a query.
    pub(super) fn address(&self) -> String {
        format!("{}/embed/{}", self.serve.base, self.partner.id)
    }

    /// What the host of this gateway is called.
    fn host(&self) -> String {
        let url = Url::parse(&self.serve.base).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    }

    /// The address under which its referrals live.
    pub(super) fn referral(&self) -> String {
        format!("{}/r/{}", self.serve.base, self.partner.id)
    }

    /// The cards as HTML; links of a page in a frame leave the frame.
    pub(super) fn items(&self, is_framed: bool) -> Markup {
        let referral = self.referral();
        let setting = Setting {
            words: self.words(),
            language: self.language,
            today: self.today,
            heading: self.asked.heading,
            referral: &referral,
            host: &self.host(),
            is_framed,
        };
        setting.list(&self.cards)
    }
}
