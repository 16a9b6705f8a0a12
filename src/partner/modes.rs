//! How a partner receives: push, mail, pull, feed and embed, at least one of them.

use std::time::Duration;

use crate::config::{
    Fault, Given, Resolved, Secret, Section, TokenDigest, boolean, duration, endpoint, integer,
    is_signing_secret, postbox,
};

use super::address::origin;
use super::profile::{Embed, Feed, Mail, Pull, Push};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A person has to act: nobody reads letters at night.
const BY_HAND: Duration = DAY;
/// Most secrets that are valid at a time, during rotation.
const SECRETS_MAX: usize = 4;

/// What the file says; the outer option is none where it is at fault.
pub(super) struct Modes {
    pub(super) push: Option<Option<Push>>,
    pub(super) mail: Option<Option<Mail>>,
    pub(super) pull: Option<Option<Pull>>,
    pub(super) feed: Option<Option<Feed>>,
    pub(super) embed: Option<Option<Embed>>,
}

/// Reads all of them. A draft's secrets need not exist yet.
pub(super) fn read(root: &Section, draft: bool) -> Modes {
    let modes = Modes {
        push: root.optional_section("push", |section| push(section, draft)),
        mail: root.optional_section("mail", mail),
        pull: root.optional_section("pull", |section| pull(section, draft)),
        feed: root.optional_section("feed", |section| feed(section, draft)),
        embed: root.optional_section("embed", embed),
    };
    if let (Some(None), Some(None), Some(None), Some(None), Some(None)) =
        (&modes.push, &modes.mail, &modes.pull, &modes.feed, &modes.embed)
    {
        let message = "is missing; add at least one of [push], [mail], [pull], [feed] and [embed]";
        root.fault("push", message);
    }
    if let (Some(Some(_)), Some(Some(_))) = (&modes.push, &modes.mail) {
        root.fault("mail", "can not go with [push]: one of them tells what the partner holds");
    }
    modes
}

impl Modes {
    /// The mode that takes longest to take an item away, and how long that is.
    pub(super) fn slowest(&self) -> Option<(&'static str, Duration)> {
        let pull = self.pull.iter().flatten().map(|pull| ("pull", pull.every));
        let feed = self.feed.iter().flatten().map(|feed| ("feed", feed.every));
        let push = self.push.iter().flatten().map(|_| ("push", MINUTE));
        let embed = self.embed.iter().flatten().map(|_| ("embed", MINUTE));
        let mail = self.mail.iter().flatten().map(|_| ("mail", BY_HAND));
        let chosen = push.chain(embed).chain(pull).chain(feed).chain(mail);
        chosen.max_by_key(|(_, needs)| *needs)
    }

    /// Does the partner hear of a change within about this time? Assumed while a mode is at fault.
    pub(super) fn is_prompt(&self, within: Duration) -> bool {
        match (&self.push, &self.pull) {
            (Some(None), Some(None)) => false,
            (Some(None), Some(Some(pull))) => pull.every <= within,
            (Some(Some(_)) | None, _) | (_, None) => true,
        }
    }

    /// Does the partner get items by its feed only? Not known while a mode is at fault.
    pub(super) fn is_feed_alone(&self) -> bool {
        let others = [
            self.push.as_ref().map(Option::is_some),
            self.mail.as_ref().map(Option::is_some),
            self.pull.as_ref().map(Option::is_some),
            self.embed.as_ref().map(Option::is_some),
        ];
        others == [Some(false); 4] && matches!(&self.feed, Some(Some(_)))
    }
}

fn push(section: &Section, draft: bool) -> Option<Push> {
    let times = Duration::from_millis(100)..=2 * MINUTE;
    let allow_private = section.or("allow_private", false, boolean);
    let endpoint =
        section.required("endpoint", |given| endpoint(given, allow_private.unwrap_or(true)));
    let secrets = secrets(section, "secrets", draft, is_signing_secret);
    let batch = section.or("batch", 100, integer(1..=1_000));
    let per_second = section.or("per_second", 50, integer(1..=10_000));
    let timeout = section.or("timeout", Duration::from_secs(15), duration(times));
    Some(Push {
        endpoint: endpoint?,
        secrets: secrets?,
        batch: batch?,
        per_second: per_second?,
        timeout: timeout?,
        allow_private: allow_private?,
    })
}

fn mail(section: &Section) -> Option<Mail> {
    let to = section.required("to", postbox);
    let often = || duration(Duration::from_secs(1)..=30 * DAY);
    let every = section.or("every", DAY, often());
    let remind_every = section.or("remind_every", DAY, often());
    Some(Mail { to: to?, every: every?, remind_every: remind_every? })
}

fn pull(section: &Section, draft: bool) -> Option<Pull> {
    let tokens = digests(section, "tokens", draft, is_token);
    let every = section.required("every", every());
    Some(Pull { tokens: tokens?, every: every? })
}

fn feed(section: &Section, draft: bool) -> Option<Feed> {
    let secrets = digests(section, "secrets", draft, is_path_secret);
    let every = section.required("every", every());
    Some(Feed { secrets: secrets?, every: every? })
}

fn embed(section: &Section) -> Option<Embed> {
    let origins = section.list("origins", origin)?;
    Some(Embed { origins })
}

fn every() -> impl Fn(&Given) -> Result<Duration, Fault> {
    duration(Duration::from_secs(1)..=30 * DAY)
}

/// Why a secret is refused, or nothing.
type Check = fn(&str) -> Result<(), &'static str>;

fn secrets(section: &Section, key: &str, draft: bool, check: Check) -> Option<Vec<Secret>> {
    let found = section.list(key, |given| match given.resolve()? {
        Resolved::Known(secret) => {
            check(secret.reveal())?;
            Ok(Some(secret))
        }
        Resolved::Absent(_) if draft => Ok(None),
        Resolved::Absent(fault) => Err(fault),
    })?;
    if found.len() > SECRETS_MAX {
        section.fault(key, format!("must not be more than {SECRETS_MAX}"));
    }
    Some(found.into_iter().flatten().collect())
}

/// Of secrets that are only compared with, the text is dropped here.
fn digests(section: &Section, key: &str, draft: bool, check: Check) -> Option<Vec<TokenDigest>> {
    let secrets = secrets(section, key, draft, check)?;
    Some(secrets.iter().map(Secret::digest).collect())
}

fn is_token(secret: &str) -> Result<(), &'static str> {
    let fits = (16..=512).contains(&secret.len());
    if fits && secret.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must have at least 16 characters (at most 512), without spaces")
    }
}

fn is_path_secret(secret: &str) -> Result<(), &'static str> {
    let fits = (16..=128).contains(&secret.len());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if fits && secret.bytes().all(plain) {
        Ok(())
    } else {
        Err("must have at least 16 characters (at most 128) of A-Z, a-z, 0-9, - and _")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_secret_paths_are_long_and_plain() {
        let long = "Aa0-_".repeat(4);
        assert!(is_token(&long).is_ok() && is_path_secret(&long).is_ok());
        assert!(is_token("a+b/c=d.e~fghijkl").is_ok());
        for bad in ["short", "fifteen-letters", "with space in the middle", "é".repeat(20).as_str()]
        {
            assert!(is_token(bad).is_err() && is_path_secret(bad).is_err(), "{bad}");
        }
        assert!(is_path_secret("a/b/c/d/e/f/g/h/i").is_err());
    }
}
