//! Every label value, as closed sets.

/// An enum whose variants are label values.
macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the metrics page.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

labels! {
    /// Which lane of a partner.
    Lane {
        /// Items to show.
        Publish = "publish",
        /// Items to take away: first, never shed (promise P3).
        Remove = "remove",
    }
}

labels! {
    /// By which way items reach a partner.
    Channel {
        /// We send.
        Push = "push",
        /// The partner asks.
        Pull = "pull",
    }
}

labels! {
    /// How one delivery attempt ended.
    Outcome {
        /// 2xx.
        Accepted = "accepted",
        /// 2xx, and single items were refused.
        PartlyRejected = "partly_rejected",
        /// 4xx that is neither 410 nor 429.
        Refused = "refused",
        /// 410.
        Gone = "gone",
        /// 429, or a 503 with `Retry-After`.
        Throttled = "throttled",
        /// 5xx.
        ServerError = "server_error",
        /// 3xx: redirects are not followed.
        Redirected = "redirected",
        /// The deadline passed.
        TimedOut = "timed_out",
        /// No connection, or it broke.
        Unreachable = "unreachable",
        /// The address guard refused the address.
        AddressRefused = "address_refused",
    }
}

labels! {
    /// Where a partner stands now.
    PartnerState {
        /// Not yet in force.
        Draft = "draft",
        /// All is well.
        Active = "active",
        /// The breaker is open: publishes wait for a probe to succeed.
        Failing = "failing",
        /// Publishes stopped by command.
        Paused = "paused",
        /// Publishes stopped by the partner's file.
        Suspended = "suspended",
        /// The endpoint answered 410.
        Gone = "gone",
        /// The agreement ended; retractions may still be open.
        Ended = "ended",
    }
}

labels! {
    /// In which form a partner pulled.
    FeedForm {
        /// RPDE pages.
        Rpde = "rpde",
        /// Server-sent events.
        Stream = "stream",
        /// The whole as NDJSON.
        Snapshot = "snapshot",
        /// Uploaded holdings.
        Holdings = "holdings",
        /// Atom.
        Atom = "atom",
        /// JSON Feed.
        Json = "json",
    }
}

labels! {
    /// In which form an embed was asked for.
    EmbedForm {
        /// The page for an iframe.
        Page = "page",
        /// Bare HTML for inclusion by a server.
        Fragment = "fragment",
        /// The custom element.
        Element = "element",
        /// oEmbed.
        Oembed = "oembed",
    }
}

labels! {
    /// On which side partner and gateway differ.
    Side {
        /// The partner holds what it should not.
        Extra = "extra",
        /// The partner lacks what it should hold.
        Missing = "missing",
        /// The partner holds an old state.
        Stale = "stale",
        /// The partner's digest differs and it can not say on what: 1.
        Unknown = "unknown",
    }
}

labels! {
    /// What a notice is about; what matters most comes first.
    NoticeKind {
        /// A removal is open for longer than was promised.
        RemovalOverdue = "removal_overdue",
        /// Nothing can be stored.
        JournalTrouble = "journal_trouble",
        /// The disk of the state folder is nearly full.
        DiskLow = "disk_low",
        /// The core is out of reach.
        SourceSilent = "source_silent",
        /// The partner files were refused; an older set is in force.
        FilesRefused = "files_refused",
        /// A partner holds what it should not.
        Divergent = "divergent",
        /// An endpoint answered 410.
        EndpointGone = "endpoint_gone",
        /// An endpoint fails for long.
        EndpointFailing = "endpoint_failing",
        /// A lease ends soon.
        LeaseLapsing = "lease_lapsing",
        /// An endpoint works again.
        EndpointBack = "endpoint_back",
        /// An agreement ends in 90 or 30 days.
        AgreementEnding = "agreement_ending",
    }
}

labels! {
    /// What became of a notice, each way by itself.
    NoticeOutcome {
        /// It was taken.
        Sent = "sent",
        /// It was tried until its time was up, or refused.
        GivenUp = "given_up",
        /// Too many waited already.
        Dropped = "dropped",
        /// The hour was full: it is looked at again.
        Limited = "limited",
    }
}
