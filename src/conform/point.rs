//! The points, in the order in which they are tried.

/// How a point turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As the design asks.
    Pass,
    /// Otherwise.
    Fail,
    /// Nothing shows it.
    Unseen,
}

impl Outcome {
    /// The word in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Unseen => "unseen",
        }
    }
}

/// What a receiver must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A ping is accepted.
    Ping,
    /// A new item is accepted and held.
    Create,
    /// The same message once more changes nothing.
    Duplicate,
    /// A higher change number replaces what is held.
    Update,
    /// A lower one does not.
    OlderAfterNewer,
    /// A retracted item is gone.
    Retract,
    /// A retraction of something that was never held is accepted.
    RetractUnknown,
    /// A publish that arrives after the retraction brings nothing back.
    LateCreate,
    /// A message with a wrong signature is refused and changes nothing.
    BadSignature,
    /// A message that was signed long ago is refused and changes nothing.
    OldTimestamp,
    /// One good signature among several is enough (rotation).
    TwoSignatures,
    /// Fields that are not known yet are skipped.
    UnknownField,
    /// Types of messages that are not known yet are accepted.
    UnknownType,
    /// Texts come through as they are.
    Unicode,
    /// The answer tells the digest of what is held (optional).
    Digest,
    /// Nothing is shown after the lease, and everything again after a renewal.
    LeaseLapse,
    /// Whoever throttles says for how long, and accepts after that.
    Throttle,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Ping,
        Self::Create,
        Self::Duplicate,
        Self::Update,
        Self::OlderAfterNewer,
        Self::Retract,
        Self::RetractUnknown,
        Self::LateCreate,
        Self::BadSignature,
        Self::OldTimestamp,
        Self::TwoSignatures,
        Self::UnknownField,
        Self::UnknownType,
        Self::Unicode,
        Self::Digest,
        Self::LeaseLapse,
        Self::Throttle,
    ];

    /// Its name in table and report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Create => "create",
            Self::Duplicate => "duplicate",
            Self::Update => "update",
            Self::OlderAfterNewer => "older-after-newer",
            Self::Retract => "retract",
            Self::RetractUnknown => "retract-unknown",
            Self::LateCreate => "late-create-after-retract",
            Self::BadSignature => "bad-signature",
            Self::OldTimestamp => "old-timestamp",
            Self::TwoSignatures => "two-signatures",
            Self::UnknownField => "unknown-field",
            Self::UnknownType => "unknown-type",
            Self::Unicode => "unicode",
            Self::Digest => "digest",
            Self::LeaseLapse => "lease-lapse",
            Self::Throttle => "throttle",
        }
    }

    /// What it asks, in a sentence.
    #[must_use]
    pub fn asks(self) -> &'static str {
        match self {
            Self::Ping => "A ping is accepted.",
            Self::Create => "A new item is accepted and held.",
            Self::Duplicate => "The same message once more is accepted and changes nothing.",
            Self::Update => "A higher change number replaces what is held.",
            Self::OlderAfterNewer => "A lower change number changes nothing.",
            Self::Retract => "A retracted item is gone.",
            Self::RetractUnknown => "The retraction of an unknown item is accepted.",
            Self::LateCreate => "A publish after the retraction brings nothing back.",
            Self::BadSignature => "A wrong signature is refused and changes nothing.",
            Self::OldTimestamp => "A message of ten minutes ago is refused and changes nothing.",
            Self::TwoSignatures => "One good signature among two is enough.",
            Self::UnknownField => "Unknown fields are skipped.",
            Self::UnknownType => "Unknown types of messages are accepted.",
            Self::Unicode => "Texts come through: Ljouwert, û, emoji.",
            Self::Digest => "Answers tell the digest of what is held (optional).",
            Self::LeaseLapse => "Nothing is shown after the lease; a renewal brings it back.",
            Self::Throttle => "429 comes with Retry-After, and after that it is accepted.",
        }
    }
}
