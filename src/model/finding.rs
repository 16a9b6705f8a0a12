//! What people type that must not leave, by its type.

/// What was taken out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingType {
    /// A literal of the row's `withhold`.
    Withhold,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A postcode.
    Postcode,
    /// A bank account with a right checksum (ISO 13616).
    Iban,
    /// A web address.
    Url,
    /// An account on a social site.
    Handle,
    /// A citizen service number (11-test).
    Bsn,
    /// A birth date.
    BirthDate,
    /// A licence plate.
    Plate,
    /// A street with its house number.
    Address,
    /// A family name of somebody else.
    Name,
}

impl FindingType {
    /// Every type, for metrics that are present from the start.
    pub const ALL: [Self; 12] = [
        Self::Withhold,
        Self::Email,
        Self::Phone,
        Self::Postcode,
        Self::Iban,
        Self::Url,
        Self::Handle,
        Self::Bsn,
        Self::BirthDate,
        Self::Plate,
        Self::Address,
        Self::Name,
    ];

    /// The word in metrics, in `[privacy] hold` and in the output of `luik minimise --explain`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Withhold => "withhold",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Postcode => "postcode",
            Self::Iban => "iban",
            Self::Url => "url",
            Self::Handle => "handle",
            Self::Bsn => "bsn",
            Self::BirthDate => "birth_date",
            Self::Plate => "licence_plate",
            Self::Address => "address",
            Self::Name => "name",
        }
    }
}
