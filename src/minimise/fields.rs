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
    FIELDS.into_iter()
}

const FIELDS: [Field; Column::ALL.len()] = [
    Field {
        column: Column::Id,
        fate: Fate::Leaves("id"),
        form: "as a public id: the first 16 bytes of an HMAC-SHA256 under the gateway's own key",
        why: "P1: partners can tell items apart, and not find them in the core",
    },
    Field {
        column: Column::AuthorId,
        fate: Fate::Stays,
        form: "as a keyed digest inside, to find all items of a person who asks for removal",
        why: "P1: no author id leaves; P3: a person's items can be taken back at once",
    },
    Field {
        column: Column::Kind,
        fate: Fate::Leaves("kind"),
        form: "request or offer",
        why: "P1: a partner must know what it shows; P2: the agreement covers it",
    },
    Field {
        column: Column::FirstName,
        fate: Fate::Leaves("data.firstName"),
        form: "the first name alone: family names and other data in it are cut off; \
             left out for somebody anonymous",
        why: "P1: the one thing of a name that was promised to travel",
    },
    Field {
        column: Column::RegionCode,
        fate: Fate::Leaves("data.region"),
        form: "code and name of the CBS list; nothing finer than a municipality passes",
        why: "P1: so that people near see it; P2: the agreement covers it",
    },
    Field {
        column: Column::RegionName,
        fate: Fate::Stays,
        form: "not read: the name comes from the CBS list",
        why: "P1: a free text could hold more than a region",
    },
    Field {
        column: Column::Title,
        fate: Fate::Leaves("data.title"),
        form: "plain text, redacted, at most 200 characters",
        why: "P1: what people type must not leave with it",
    },
    Field {
        column: Column::Body,
        fate: Fate::Leaves("data.text"),
        form: "plain text, redacted, at most as long as [privacy] text_max says",
        why: "P1: what people type must not leave with it",
    },
    Field {
        column: Column::Language,
        fate: Fate::Leaves("data.language"),
        form: "language, script and region of a BCP 47 tag",
        why: "P1: so that it is read out in its own language",
    },
    Field {
        column: Column::Url,
        fate: Fate::Leaves("data.url"),
        form: "behind the gateway's own referral address, which leads there while the item is live",
        why: "P1: the page where a visitor can respond",
    },
    Field {
        column: Column::PublishedAt,
        fate: Fate::Leaves("data.published"),
        form: "the day (UTC)",
        why: "P1: the day and not the hour; P2: null or in the future shuts the gate",
    },
    Field {
        column: Column::ExpiresAt,
        fate: Fate::Leaves("data.expires"),
        form: "the day (UTC)",
        why: "P1: the day; P2: in the past shuts the gate; P3: the gateway takes the item back by itself",
    },
    Field {
        column: Column::Share,
        fate: Fate::Decides,
        form: "the author's consent",
        why: "P2: without it nothing leaves",
    },
    Field {
        column: Column::Approved,
        fate: Fate::Decides,
        form: "the local partner's approval",
        why: "P2: false shuts the gate",
    },
    Field {
        column: Column::Visibility,
        fate: Fate::Decides,
        form: "members shuts the gate, anonymous keeps the first name in",
        why: "P2: members among themselves; P1: nobody is named who does not want to be",
    },
    Field {
        column: Column::OfAge,
        fate: Fate::Decides,
        form: "the author's age",
        why: "P2: of somebody under age nothing leaves",
    },
    Field {
        column: Column::Withhold,
        fate: Fate::Stays,
        form: "literals that are searched for in title and body and taken out",
        why: "P1: last name, e-mail, phone, address and birth date never leave",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_told_once_and_in_order() {
        assert!(fields().map(|field| field.column).eq(Column::ALL));
        let title = fields().find(|field| field.column == Column::Title).unwrap().form;
        assert!(title.contains(&crate::minimise::TITLE_MAX.to_string()));
    }
}
