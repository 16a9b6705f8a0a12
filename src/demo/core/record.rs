//! What the page shows of the core: whole records, as the platform itself knows them.

use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};
use rusqlite::{Connection, OptionalExtension, Row};

use super::happening::Happening;
use super::store::{Error, open_to_read};
use crate::model::Kind;

/// Happenings that are told.
const TOLD: u8 = 4;

/// The core at one moment.
#[derive(Debug)]
pub(crate) struct Glance {
    pub(crate) published: u32,
    pub(crate) shared: u32,
    pub(crate) records: Vec<Record>,
    pub(crate) happenings: Vec<Told>,
}

/// One happening, the latest first; `items` says how many items it touched.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) number: i64,
    pub(crate) what: Happening,
    pub(crate) items: u32,
}

/// One item that is published in the core, with the person behind it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) language: Option<String>,
    pub(crate) published: String,
    pub(crate) region: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) birth_date: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) street: String,
    pub(crate) postcode: String,
    pub(crate) anonymous: bool,
    /// Why the whole item stays in the core; none: a reduced form of it may go out.
    pub(crate) stays: Option<&'static str>,
}

const RECORDS: &str = "
    SELECT item.id || '@' || item.changed_at, view.kind, view.title, view.body, view.language,
           date(item.published_at), view.region_name, person.first_name, person.last_name,
           person.birth_date, person.phone, person.email,
           person.street || ' ' || person.house_number, person.postcode,
           view.visibility = 'anonymous',
           CASE WHEN NOT view.share THEN 'share'
                WHEN NOT view.of_age THEN 'age'
                WHEN view.visibility = 'members' THEN 'members'
                WHEN NOT coalesce(view.approved, 1) THEN 'approval' END
      FROM syndication_item AS view
      JOIN item ON item.id = view.id
      JOIN person ON person.number = item.person
     ORDER BY item.changed_at DESC, item.number DESC
     LIMIT ?1";

const COUNTS: &str = "
    SELECT count(*), coalesce(sum(share AND of_age AND visibility IN ('public', 'anonymous')
                                  AND coalesce(approved, 1)), 0)
      FROM syndication_item";

/// Looks at the core: its newest records, and how many there are.
pub(crate) fn glance(core: &Path, records_max: usize) -> Result<Glance, Error> {
    let core = open_to_read(core)?;
    let (published, shared) = core.query_row(COUNTS, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = core.prepare(RECORDS)?;
    let limit = u32::try_from(records_max).unwrap_or(u32::MAX);
    let records = statement.query_map([limit], record)?;
    Ok(Glance {
        published,
        shared,
        records: records.collect::<Result<_, _>>()?,
        happenings: happenings(&core)?,
    })
}

/// The title of an item that is published now.
pub(crate) fn title(core: &Path, id: &str) -> Result<Option<String>, Error> {
    let core = open_to_read(core)?;
    let sql = "SELECT title FROM syndication_item WHERE id = ?1";
    Ok(core.query_row(sql, [id], |row| row.get(0)).optional()?)
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let kind: String = row.get(1)?;
    let stays: Option<String> = row.get(15)?;
    Ok(Record {
        key: row.get(0)?,
        kind: kind.parse().unwrap_or(Kind::Request),
        title: row.get(2)?,
        body: row.get(3)?,
        language: row.get(4)?,
        published: row.get(5)?,
        region: row.get(6)?,
        first_name: row.get(7)?,
        last_name: row.get(8)?,
        birth_date: row.get(9)?,
        phone: row.get(10)?,
        email: row.get(11)?,
        street: row.get(12)?,
        postcode: row.get(13)?,
        anonymous: row.get(14)?,
        stays: stays.as_deref().map(|why| match why {
            "share" => "deelt niet met partners",
            "age" => "nog geen 18 jaar",
            "members" => "alleen voor leden",
            _ => "de lokale partner keurde het nog niet goed",
        }),
    })
}

fn happenings(core: &Connection) -> Result<Vec<Told>, Error> {
    let sql = "SELECT seq, what, items FROM happening ORDER BY seq DESC LIMIT ?1";
    let mut statement = core.prepare(sql)?;
    let rows = statement.query_map([TOLD], |row| {
        let word: String = row.get(1)?;
        let what = Happening::from_word(&word).unwrap_or(Happening::Edited);
        Ok(Told { number: row.get(0)?, what, items: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Record {
    /// What is known of the person and goes nowhere.
    pub(crate) fn details(&self) -> [String; 4] {
        [
            self.phone.clone(),
            self.email.clone(),
            format!("{}, {}", self.street, self.postcode),
            format!("geboren {}", self.birth_date),
        ]
    }

    /// The text in parts, each with whether it stays in the core. Only for the eye: what leaves
    /// is decided in `minimise`, which knows many more ways of writing.
    pub(crate) fn parts<'a>(&self, text: &'a str) -> Vec<(&'a str, bool)> {
        let spaced = self.phone.replace('-', " ");
        let own =
            [&self.last_name, &self.phone, &spaced, &self.email, &self.street, &self.postcode];
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(own);
        let mut parts = Vec::new();
        let mut reached = 0;
        for found in finder.iter().flat_map(|finder| finder.find_iter(text)) {
            parts.push((text.get(reached..found.start()).unwrap_or(""), false));
            parts.push((text.get(found.range()).unwrap_or(""), true));
            reached = found.end();
        }
        parts.push((text.get(reached..).unwrap_or(""), false));
        parts.retain(|(part, _)| !part.is_empty());
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::core::create;

    #[test]
    fn a_glance_holds_whole_records_the_latest_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.db");
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let core = create(&path, "http://127.0.0.1:8080", 5, now).unwrap();
        let glance = glance(&path, 300).unwrap();
        assert_eq!((glance.published, glance.records.len()), (300, 300));
        assert_eq!(glance.shared, core.count_shared().unwrap());
        let staying = glance.records.iter().filter(|record| record.stays.is_some()).count();
        assert_eq!(u32::try_from(staying), Ok(glance.published - glance.shared));
        let first = glance.records.first().unwrap();
        assert!(first.key.starts_with("hulp-1300@") && !first.email.is_empty());
        assert_eq!(title(&path, "hulp-1300").unwrap().as_ref(), Some(&first.title));
        assert_eq!(title(&path, "hulp-9").unwrap(), None);

        let marked = glance
            .records
            .iter()
            .filter(|record| record.parts(&record.body).iter().any(|(_, stays)| *stays));
        assert!(marked.count() > 20, "some people write what should stay");
        for record in &glance.records {
            let whole: String = record.parts(&record.body).iter().map(|(part, _)| *part).collect();
            assert_eq!(whole, record.body);
        }
    }
}
