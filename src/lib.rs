//! Luik: a syndication gateway for platforms of volunteering and neighbourly help.
//!
//! A platform keeps published help requests and offers in its core store. Luik streams them out
//! of the core, reduces each to first name, region and text, passes them to partner sites under
//! an agreement, and, whenever an item is removed, takes it back everywhere and knows whether
//! that worked. This page is the architecture document.
//!
//! ```text
//!              may hold personal data           │           can not
//!                                               │
//!  core store ─▶ source ──CoreRow──▶ minimise ──┼─Published─▶ journal ─┬─▶ deliver ─▶ partner sites
//!                   └────── ingest carries ─────┼────────────────┘     ├─▶ serve   ─▶ feeds, lists, referrals
//!                                               │                      └─▶ evidence ─▶ statements
//!                         operate watches: metrics, health, console, commands; notify tells people
//! ```
//!
//! # What holds everywhere
//! - **Data flows one way.** Channels carry hints ("something is new"); the journal carries data.
//! - **A module uses only modules above it** in the list below; a test holds that.
//! - **Only [`minimise`] reads a raw row, and only one function makes a
//!   [`minimise::Published`].** The compiler holds that. Nothing after it can hold a last name, a
//!   birth date, an e-mail address, a phone number or an address.
//! - **The log says which, the view says what.** A source names items that may have changed; their
//!   present rows decide. No row means removed.
//! - **State is transferred, not history.** Whatever was missed, a partner gets the latest state
//!   of an item, and a removal always wins: it has a lane of its own that nothing stops.
//! - **Every copy is on a lease, and digests are compared.** Whoever hears nothing must hide
//!   everything; whoever says that it holds something else is mended item by item.
//! - **What is said is what is so.** Schemas, OpenAPI and AsyncAPI come from [`describe`]; tests hold
//!   them against what leaves and what is answered.
//! - **What a person does** to partners or items is stored with a name and a reason.
//! - **Stored first.** The core is told "done" after the change is on disk; a partner is sent an
//!   item after the attempt is on disk.
//! - **No value of a row** is logged, counted or put in an error. A panic says where, not what.
//!
//! # Removal wins
//! A removal is a position in the journal that a partner's removal cursor has to pass; what a
//! partner may hold follows from where an item ever was, the scopes that the partner ever had and
//! how far a send may have reached. So an obligation is no row, and nothing forgets it. The lanes of
//! one partner ([`deliver`]) are removals, publishes, leases and reconciliation; the probe looks at
//! pages. A block refuses what the core publishes again. `simulation` (tests) drives all of it
//! through every fault under a virtual clock, from a seed.
//!
//! # Pulling
//! Feed, stream and snapshot are one reading of the journal ([`serve`]): it is noted how far an answer
//! may reach before it is read, and asking for what comes after a number confirms everything up to
//! it. Rendered pages are kept until something stirs for their partner. Removals of long ago are
//! forgotten once every partner has dealt with them; a cursor from before that is told so.
//!
//! # Showing
//! A list within a partner's page is ours: it is read anew for every look, may be shown for a minute,
//! and what was removed is not in the next. So nobody holds it and nothing is owed for it; who may
//! have been shown an item follows from scopes alone. A list whose partner is held back shows nothing.
//!
//! # By hand
//! A partner without a site that can be told gets letters ([`post`]). The mail server's word proves
//! nothing there: a removal is open until a person confirms it by the link in a letter, and while one
//! is overdue the lease is not renewed.
//!
//! # Accounting
//! What happens to items, agreements and scopes, what people do and which evidence there is becomes a
//! line of the [`ledger`] in the same transaction: a chain of hashes whose end is signed every few
//! seconds. An item stands in it under a reference that only its salt can tell; when its time is
//! over the salt is destroyed, and the chain holds all the same. Statements ([`evidence`]) follow from
//! stays, scopes, marks, receipts and that ledger; whatever may have been held counts as held, and
//! no answer counts of a partner that was found to hold what it had accepted.
//!
//! # Trying
//! The canary ([`canary`]) is an item of the gateway's own that goes the same way as every other: it
//! is made by the boundary, placed, changed and taken back, and the time until each partner that
//! asked for it has followed is measured. It stands in a region that is no place, so no other
//! partner, no core and no visitor ever has to do with it.
//!
//! # Stopping
//! In the direction of the flow: source and ingest take nothing new, deliver and serve finish what
//! is open, the journal empties its write-ahead log, the admin listener goes last.

pub mod model;

pub mod clock;
pub mod hint;
pub mod lifecycle;
pub mod metrics;

pub mod config;
pub mod health;
pub mod http;
pub mod mail;
pub mod partner;

pub mod minimise;
pub mod source;

pub mod ledger;

pub mod journal;

pub mod evidence;

pub mod ingest;

pub mod canary;

pub mod deliver;

pub mod post;

pub mod notify;

pub mod describe;

pub mod serve;

pub mod operate;

pub mod receive;

pub mod conform;

pub mod app;

pub mod demo;

pub mod cli;

#[cfg(test)]
mod simulation;
