//! Who is logged in. A session proves something for the console alone, ends by itself, and is
//! forgotten with the process; what is kept of it is no use to whoever reads the memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};

use crate::config::TokenDigest;

/// How long a session lasts: a working day.
pub(super) const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// Most sessions at a time; the one that ends first makes room.
const MOST: usize = 64;
/// The cookie that carries a session's id.
pub(super) const COOKIE_NAME: &str = "luik-session";

/// What each form of a session carries, so that no other site can send it.
pub(super) type Mark = Arc<str>;

#[derive(Debug, Clone)]
struct Session {
    id: TokenDigest,
    mark: Mark,
}

/// The sessions of one listener. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Sessions {
    /// The mark of forms for whoever has no session.
    nobody: Mark,
    /// By when they end; the number tells apart those that end together.
    kept: Arc<Mutex<BTreeMap<(Timestamp, u64), Session>>>,
}

/// The system has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no randomness")]
pub(super) struct NoChance;

impl Sessions {
    pub(super) fn new() -> Result<Self, NoChance> {
        Ok(Self { nobody: chance()?.into(), kept: Arc::default() })
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<(Timestamp, u64), Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mark of forms for whoever has no session.
    pub(super) fn mark_of_nobody(&self) -> Mark {
        self.nobody.clone()
    }

    /// Begins a session; its id.
    pub(super) fn begin(&self, now: Timestamp) -> Result<String, NoChance> {
        let id = chance()?;
        let session = Session { id: TokenDigest::of(id.as_bytes()), mark: chance()?.into() };
        let ends = now.checked_add(LASTS).unwrap_or(now);
        let mut kept = self.kept();
        kept.retain(|(ends, _), _| *ends > now);
        while kept.len() >= MOST {
            kept.pop_first();
        }
        let number = kept.last_key_value().map_or(0, |((_, number), _)| number.wrapping_add(1));
        kept.insert((ends, number), session);
        Ok(id)
    }

    /// The mark of the session that a request shows, if it has one.
    pub(super) fn find(&self, headers: &HeaderMap, now: Timestamp) -> Option<Mark> {
        let shown = TokenDigest::of(cookie(headers, COOKIE_NAME)?.as_bytes());
        let kept = self.kept();
        let known = kept.iter().filter(|((ends, _), _)| *ends > now);
        let mut known = known.filter(|(_, session)| shown.is_one_of([&session.id]));
        known.next().map(|(_, session)| session.mark.clone())
    }

    /// Ends the session that a request shows.
    pub(super) fn end(&self, headers: &HeaderMap) {
        let Some(shown) = cookie(headers, COOKIE_NAME) else { return };
        let shown = TokenDigest::of(shown.as_bytes());
        self.kept().retain(|_, session| session.id != shown);
    }
}

/// 256 random bits, as text.
fn chance() -> Result<String, NoChance> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoChance)?;
    Ok(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

/// The value of a cookie that is there once.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
    let (only, None) = (found.next()?, found.next()) else { return None };
    Some(only)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn shown(id: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!("other=1; {COOKIE_NAME}={id}");
        headers.insert(COOKIE, HeaderValue::try_from(value).unwrap());
        headers
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_session_is_found_by_its_id_until_it_ends() {
        let sessions = Sessions::new().unwrap();
        let (one, other) = (sessions.begin(at(0)).unwrap(), sessions.begin(at(0)).unwrap());
        assert!(one.len() == 52 && one != other, "256 bits");
        let mark = sessions.find(&shown(&one), at(1)).unwrap();
        assert_ne!(Some(&mark), sessions.find(&shown(&other), at(1)).as_ref());
        assert_ne!(mark, sessions.mark_of_nobody());
        let last = LASTS.as_secs();
        assert!(sessions.find(&shown(&one), at(last - 1)).is_some());
        assert_eq!(sessions.find(&shown(&one), at(last)), None, "half a day is over");
        for forged in ["", "x", &one.to_ascii_uppercase()] {
            assert_eq!(sessions.find(&shown(forged), at(1)), None);
        }
        sessions.end(&shown(&one));
        assert_eq!(sessions.find(&shown(&one), at(1)), None, "logged out");
        assert!(sessions.find(&shown(&other), at(1)).is_some());
        let twice = format!("{COOKIE_NAME}=a; {COOKIE_NAME}={other}");
        let twice = [(COOKIE, HeaderValue::try_from(twice).unwrap())].into_iter().collect();
        assert_eq!(sessions.find(&twice, at(1)), None);
        assert!(!format!("{sessions:?}").contains(&*other));
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_goes_first() {
        let sessions = Sessions::new().unwrap();
        let ids: Vec<_> = (0..100).map(|n| sessions.begin(at(n / 10)).unwrap()).collect();
        let alive = ids.iter().filter(|id| sessions.find(&shown(id), at(20)).is_some());
        assert_eq!(alive.collect::<Vec<_>>(), ids.iter().skip(100 - MOST).collect::<Vec<_>>());
        sessions.begin(at(LASTS.as_secs() + 60)).unwrap();
        assert_eq!(sessions.kept().len(), 1, "what has ended is forgotten");
    }
}
