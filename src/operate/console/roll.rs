//! All partners at a glance, the worst first: chosen, sorted and cut into pages without a question
//! to the journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::http::{self, Refusal};
use crate::metrics::{Figures, PartnerState};
use crate::model::PartnerId;
use crate::partner::Partner;

use super::super::Tools;
use super::worry::{self, Level, Worry};

/// Partners on one page.
pub(super) const PAGE: usize = 50;
/// Longest text that is looked for.
const SOUGHT_MAX: usize = 200;

/// One partner in the roll.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) partner: Arc<Partner>,
    pub(super) figures: Figures,
    pub(super) worries: Vec<Worry>,
}

impl Line {
    /// How it is with this partner, in a word.
    pub(super) fn level(&self) -> Level {
        self.worries.first().map_or(Level::Fine, |worry| worry.level)
    }

    pub(super) fn state(&self) -> PartnerState {
        self.figures.state.unwrap_or(PartnerState::Draft)
    }
}

/// Which partners somebody wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) sought: String,
    pub(super) state: Option<Only>,
    /// The first page is 0.
    pub(super) page: usize,
}

/// Those with a worry, or those in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    Worries,
    State(PartnerState),
}

impl Only {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Worries => "worries",
            Self::State(state) => state.as_str(),
        }
    }
}

impl Asked {
    pub(super) fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        for (key, value) in http::pairs(query)? {
            match &*key {
                "q" if value.chars().count() <= SOUGHT_MAX => {
                    value.trim().clone_into(&mut asked.sought);
                }
                "q" => return Err(Refusal::WrongValue("q is too long.")),
                "state" => asked.state = only(&value)?,
                "page" => {
                    let page: Option<usize> = value.parse().ok();
                    let page = page.and_then(|page| page.checked_sub(1));
                    asked.page = page.ok_or(Refusal::WrongValue("page is a number from 1 on."))?;
                }
                _ => return Err(Refusal::UnknownKey),
            }
        }
        Ok(asked)
    }

    /// Does somebody want all of them?
    pub(super) fn is_all(&self) -> bool {
        self.sought.is_empty() && self.state.is_none()
    }

    /// The query of another page.
    pub(super) fn query(&self, page: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.sought.is_empty() {
            query.append_pair("q", &self.sought);
        }
        if let Some(only) = self.state {
            query.append_pair("state", only.as_str());
        }
        if page > 0 {
            query.append_pair("page", &(page + 1).to_string());
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn wants(&self, line: &Line) -> bool {
        let in_state = match self.state {
            None => true,
            Some(Only::Worries) => line.level() > Level::Fine,
            Some(Only::State(state)) => line.state() == state,
        };
        in_state && is_called(&line.partner, &self.sought)
    }
}

fn only(value: &str) -> Result<Option<Only>, Refusal> {
    if value.is_empty() {
        return Ok(None);
    }
    let mut states = PartnerState::ALL.iter().map(|state| Only::State(*state));
    let found = states.find(|only| only.as_str() == value);
    let worries = (value == Only::Worries.as_str()).then_some(Only::Worries);
    found.or(worries).map(Some).ok_or(Refusal::WrongValue("There is no such state."))
}

/// Does its id or its name hold this text, whatever its case?
pub(super) fn is_called(partner: &Partner, sought: &str) -> bool {
    let sought = sought.to_lowercase();
    partner.id.as_str().contains(&sought) || partner.name.to_lowercase().contains(&sought)
}

/// All partners, the worst first; `paused` are those that a person stopped.
pub(super) fn call(tools: &Tools, paused: &BTreeSet<PartnerId>, now: Timestamp) -> Vec<Line> {
    let mut figures = tools.metrics.figures();
    let current = tools.registry.current();
    let line = |partner: &Arc<Partner>| {
        let figures = figures.remove(&partner.id).unwrap_or_default();
        line(partner, figures, (paused.contains(&partner.id), now))
    };
    let mut lines: Vec<Line> = current.values().map(line).collect();
    lines.sort_by_cached_key(|line| {
        let worst = line.worries.first().map(Worry::order);
        (worst.is_none(), worst, line.partner.name.to_lowercase())
    });
    lines
}

/// One of them. The worker of a push partner tells its state; for who fetches, the journal knows
/// whether a person stopped it.
pub(super) fn line(
    partner: &Arc<Partner>,
    mut figures: Figures,
    (paused, now): (bool, Timestamp),
) -> Line {
    if paused && figures.state == Some(PartnerState::Active) {
        figures.state = Some(PartnerState::Paused);
    }
    let worries = worry::of(partner, &figures, now);
    Line { partner: partner.clone(), figures, worries }
}

/// One page of those that are wanted, and how many there are of them.
pub(super) fn page<'l>(lines: &'l [Line], asked: &Asked) -> (Vec<&'l Line>, usize) {
    let wanted: Vec<_> = lines.iter().filter(|line| asked.wants(line)).collect();
    let count = wanted.len();
    let skip = asked.page.saturating_mul(PAGE);
    (wanted.into_iter().skip(skip).take(PAGE).collect(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(query: &str) -> Result<Asked, Refusal> {
        Asked::parse(Some(query))
    }

    #[test]
    fn a_query_is_read_strictly_and_written_as_it_was() {
        let asked = parsed("q=+Wijk+%26+&state=failing&page=3").unwrap();
        assert_eq!((&*asked.sought, asked.page), ("Wijk &", 2));
        assert_eq!(asked.query(2), "?q=Wijk+%26&state=failing&page=3");
        assert_eq!(parsed("state=worries").unwrap().state, Some(Only::Worries));
        assert!(parsed("q=&state=").unwrap().is_all() && Asked::default().query(0).is_empty());
        for wrong in ["page=0", "page=x", "page=-1", "state=odd", "x=1", "q=a&q=b"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        assert!(parsed(&format!("q={}", "x".repeat(SOUGHT_MAX + 1))).is_err());
    }
}
