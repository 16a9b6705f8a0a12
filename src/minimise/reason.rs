//! Why a row does not leave.

use crate::model::FindingType;

/// Why a row does not leave (promise P2). Each is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The author did not agree to sharing.
    NoConsent,
    /// The local partner has not approved.
    NotApproved,
    /// For members only.
    MembersOnly,
    /// The author is too young.
    UnderAge,
    /// Its time has passed.
    Expired,
    /// Not published, or not yet.
    NotPublished,
    /// No such region on the list, or finer than a municipality.
    RegionUnknown,
    /// No http(s) page to respond on.
    UrlUnusable,
    /// A column is missing or holds what it may not hold.
    Malformed,
    /// Longer than the boundary reads.
    Oversized,
    /// Nothing is left to show.
    Empty,
    /// Something of this type was found, and the policy holds such items back for review. When
    /// the author or the platform has changed the text, the item is judged anew.
    Held(FindingType),
}

impl Reason {
    /// Every reason, for metrics that are present from the start.
    pub fn all() -> impl Iterator<Item = Self> {
        let gates = [
            Self::NoConsent,
            Self::NotApproved,
            Self::MembersOnly,
            Self::UnderAge,
            Self::Expired,
            Self::NotPublished,
            Self::RegionUnknown,
            Self::UrlUnusable,
            Self::Malformed,
            Self::Oversized,
            Self::Empty,
        ];
        gates.into_iter().chain(FindingType::ALL.map(Self::Held))
    }

    /// The word in metrics and in the output of `luik minimise`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::NotApproved => "not_approved",
            Self::MembersOnly => "members_only",
            Self::UnderAge => "under_age",
            Self::Expired => "expired",
            Self::NotPublished => "not_published",
            Self::RegionUnknown => "region_unknown",
            Self::UrlUnusable => "url_unusable",
            Self::Malformed => "malformed",
            Self::Oversized => "oversized",
            Self::Empty => "empty",
            Self::Held(kind) => held(kind),
        }
    }
}

fn held(kind: FindingType) -> &'static str {
    match kind {
        FindingType::Withhold => "held_withhold",
        FindingType::Email => "held_email",
        FindingType::Phone => "held_phone",
        FindingType::Postcode => "held_postcode",
        FindingType::Iban => "held_iban",
        FindingType::Url => "held_url",
        FindingType::Handle => "held_handle",
        FindingType::Bsn => "held_bsn",
        FindingType::BirthDate => "held_birth_date",
        FindingType::Plate => "held_licence_plate",
        FindingType::Address => "held_address",
        FindingType::Name => "held_name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = Reason::all().map(Reason::as_str).collect();
        assert_eq!(words.len(), Reason::all().count());
        for kind in FindingType::ALL {
            assert_eq!(Reason::Held(kind).as_str(), format!("held_{}", kind.as_str()));
        }
    }
}
