//! The field map: of each column of the contract view, whether and in which form it can leave.
//! What `luik report fields` prints for the data-protection officer; a test holds it against what
//! really leaves.

use super::row::Column;

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It leaves in this place of the item on the wire.
    Leaves(&'static str),
    /// It decides whether or how the item leaves, and stays itself.
    Decides,
    /// It is used inside only, or not at all.
    Stays,
}

/// A column of the contract view, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The column.
    pub column: Column,
    /// What becomes of it.
    pub fate: Fate,
    /// In which form it leaves, or what it is used for.
    pub form: &'static str,
    /// Which promise says so, and how.
    pub why: &'static str,
}

/// Every column of the contract view, in its order.
pub fn fields() -> impl Iterator<Item = Field> {
    Column::ALL.into_iter().map(field)
}

fn field(column: Column) -> Field {
    let (fate, form, why) = match column {
        Column::Id => (
            Fate::Leaves("id"),
            "as a public id: the first 16 bytes of an HMAC-SHA256 under the gateway's own key",
            "P1: partners can tell items apart, and not find them in the core",
        ),
        Column::AuthorId => (
            Fate::Stays,
            "as a keyed digest inside, to find all items of a person who asks for removal",
            "P1: no author id leaves; P3: a person's items can be taken back at once",
        ),
        Column::Kind => {
            (Fate::Leaves("kind"), "request or offer", "P1; P2: the agreement covers it")
        }
        Column::FirstName => (
            Fate::Leaves("data.firstName"),
            "the first name alone: family names and other data in it are cut off; \
             left out for somebody anonymous",
            "P1",
        ),
        Column::RegionCode => (
            Fate::Leaves("data.region"),
            "code and name of the CBS list; nothing finer than a municipality passes",
            "P1; P2: the agreement covers it",
        ),
        Column::RegionName => (Fate::Stays, "not read: the name comes from the CBS list", "P1"),
        Column::Title => (
            Fate::Leaves("data.title"),
            "plain text, redacted, at most 200 characters",
            "P1: what people type must not leave with it",
        ),
        Column::Body => (
            Fate::Leaves("data.text"),
            "plain text, redacted, at most as long as [privacy] text_max says",
            "P1: what people type must not leave with it",
        ),
        Column::Language => (Fate::Leaves("data.language"), "a BCP 47 tag", "P1"),
        Column::Url => (
            Fate::Leaves("data.url"),
            "behind the gateway's own referral address, which leads there while the item is live",
            "P1: the page where a visitor can respond",
        ),
        Column::PublishedAt => (
            Fate::Leaves("data.published"),
            "the day (UTC)",
            "P1; P2: null or in the future shuts the gate",
        ),
        Column::ExpiresAt => (
            Fate::Leaves("data.expires"),
            "the day (UTC)",
            "P1; P2: in the past shuts the gate; P3: the gateway takes the item back by itself",
        ),
        Column::Share => (Fate::Decides, "the author's consent", "P2: without it nothing leaves"),
        Column::Approved => {
            (Fate::Decides, "the local partner's approval", "P2: false shuts the gate")
        }
        Column::Visibility => {
            (Fate::Decides, "members shuts the gate, anonymous keeps the first name in", "P2; P1")
        }
        Column::OfAge => {
            (Fate::Decides, "the author's age", "P2: of somebody under age nothing leaves")
        }
        Column::Withhold => (
            Fate::Stays,
            "literals that are searched for in title and body and taken out",
            "P1: last name, e-mail, phone, address and birth date never leave",
        ),
    };
    Field { column, fate, form, why }
}
