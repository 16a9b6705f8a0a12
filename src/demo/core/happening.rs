//! What can happen in the core of the demo.

/// One thing that happened, as the page tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Somebody placed an item.
    Placed,
    /// Somebody changed an item.
    Edited,
    /// Somebody took an item offline, for now.
    Withdrawn,
    /// Somebody deleted an item.
    Deleted,
    /// Somebody no longer wants to share with partners.
    Unshared,
    /// Somebody deleted the account, and all items with it.
    Erased,
    /// An item that was offline came back, or a consent was given again.
    Returned,
}

impl Happening {
    const ALL: [Self; 7] = [
        Self::Placed,
        Self::Edited,
        Self::Withdrawn,
        Self::Deleted,
        Self::Unshared,
        Self::Erased,
        Self::Returned,
    ];

    /// The word in the core.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Edited => "edited",
            Self::Withdrawn => "withdrawn",
            Self::Deleted => "deleted",
            Self::Unshared => "unshared",
            Self::Erased => "erased",
            Self::Returned => "returned",
        }
    }

    /// The happening with this word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Does something have to go because of it?
    pub(crate) fn takes_back(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Deleted | Self::Unshared | Self::Erased)
    }

    /// For a Dutch reader. Names nobody: who left is not named on the way out.
    pub(crate) fn dutch(self) -> &'static str {
        match self {
            Self::Placed => "Iemand plaatste een nieuw bericht",
            Self::Edited => "Iemand veranderde een bericht",
            Self::Withdrawn => "Iemand haalde een bericht offline",
            Self::Deleted => "Iemand verwijderde een bericht",
            Self::Unshared => "Iemand trok de toestemming om te delen in",
            Self::Erased => "Iemand wiste het hele account",
            Self::Returned => "Een bericht mag weer mee",
        }
    }

    /// For everybody else.
    pub(crate) fn english(self) -> &'static str {
        match self {
            Self::Placed => "a new item",
            Self::Edited => "an item was edited",
            Self::Withdrawn => "an item was unpublished",
            Self::Deleted => "an item was deleted",
            Self::Unshared => "consent to sharing was withdrawn",
            Self::Erased => "an account was erased",
            Self::Returned => "an item came back",
        }
    }
}
