//! Why a row does not leave.

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
}

impl Reason {
    /// Every reason, for metrics that are present from the start.
    pub const ALL: [Self; 11] = [
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
        }
    }
}
