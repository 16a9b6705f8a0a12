//! The core store of the demo: an SQLite file with the contract view and the change table that a
//! small core has (design §4), and the few things that happen in it.

use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::happening::Happening;
use super::people::Person;
use super::phrases::Draft;

const SCHEMA: &str = include_str!("core.sql");
/// Items at the start.
const ITEMS: u32 = 300;
/// So many changes and happenings are kept; the gateway is never that far behind here.
const CHANGES_KEPT: u32 = 10_000;
const HAPPENINGS_KEPT: u32 = 20;
/// Chance that somebody new places an item rather than one who is known, in percent.
const NEWCOMERS: u8 = 70;

/// The core could not be made, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite says no.
    #[error("the demo's core store fails")]
    Store(#[from] rusqlite::Error),
}

/// The core, open for changes.
#[derive(Debug)]
pub struct Core {
    connection: Connection,
}

/// Makes a core with about 300 items in a file that must not exist yet. `platform` is where the
/// pages of the items live: `http://127.0.0.1:8080`, without a slash at its end. The same seed
/// makes the same people and texts.
///
/// # Errors
/// When the file can not be written.
pub fn create(path: &Path, platform: &str, seed: u64, now: Timestamp) -> Result<Core, Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.execute_batch(SCHEMA)?;
    connection.execute("INSERT INTO platform (page) VALUES (?1)", [platform])?;
    for region in crate::model::Region::all() {
        let row = params![region.code(), region.name()];
        connection.execute("INSERT INTO region (code, name) VALUES (?1, ?2)", row)?;
    }
    let core = Core { connection };
    core.populate(&mut Rng::with_seed(seed), now)?;
    Ok(core)
}

/// Opens the core for looking only, as the page does.
///
/// # Errors
/// When there is no core in this file.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(1))?;
    Ok(connection)
}

impl Core {
    /// Items that were placed over the past weeks, the last one a moment ago.
    fn populate(&self, random: &mut Rng, now: Timestamp) -> Result<(), Error> {
        self.connection.execute_batch("BEGIN")?;
        for left in (0..ITEMS).rev() {
            let ago = SignedDuration::from_mins(i64::from(left) * 140 + random.i64(2..130));
            self.place(random, now.checked_sub(ago).unwrap_or(now))?;
        }
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Items that may go to partners now.
    ///
    /// # Errors
    /// When the store fails.
    pub fn count_shared(&self) -> Result<u32, Error> {
        let sql = "SELECT count(*) FROM syndication_item
                    WHERE share AND of_age AND visibility IN ('public', 'anonymous')
                      AND coalesce(approved, 1)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Makes one thing happen, and says what; nothing if there was nobody for it to happen to.
    pub(crate) fn happen(
        &self,
        what: Happening,
        random: &mut Rng,
        now: Timestamp,
    ) -> Result<Option<Happening>, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let items = match what {
            Happening::Placed => self.place(random, now)?,
            Happening::Edited => self.edit(random, now)?,
            Happening::Withdrawn => {
                self.one_item("UPDATE item SET status = 'withdrawn'", random)?
            }
            Happening::Deleted => self.one_item("DELETE FROM item", random)?,
            Happening::Unshared => self.set_share(false, random, now)?,
            Happening::Erased => self.erase(random)?,
            Happening::Returned => self.restore(random, now)?,
        };
        if items > 0 {
            self.tell(what, items, now)?;
        }
        transaction.commit()?;
        Ok((items > 0).then_some(what))
    }

    fn place(&self, random: &mut Rng, now: Timestamp) -> Result<usize, Error> {
        let known = self.somebody(random, "share = 1")?;
        let (number, person) = match known {
            Some(known) if random.u8(0..100) >= NEWCOMERS => known,
            Some(_) | None => self.welcome(Person::meet(random))?,
        };
        let draft = Draft::write(&person, random);
        let visibility = match random.u8(0..40) {
            0 => "members",
            1..4 if !draft.body.contains(&person.first_name) => "anonymous",
            _ => "public",
        };
        let approved = (random.u8(0..40) == 0).then_some(false);
        Ok(self.connection.execute(
            "INSERT INTO item (person, kind, title, body, language, status, visibility, approved,
                               published_at, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'published', ?6, ?7, ?8, ?8)",
            params![
                number,
                draft.kind.as_str(),
                draft.title,
                draft.body,
                draft.language,
                visibility,
                approved,
                moment(now)
            ],
        )?)
    }

    fn welcome(&self, person: Person) -> Result<(i64, Person), Error> {
        self.connection.execute(
            "INSERT INTO person (first_name, last_name, birth_date, email, phone, street,
                                 house_number, postcode, region_code, share)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                person.first_name,
                person.last_name,
                person.birth_date,
                person.email,
                person.phone,
                person.street,
                person.house_number,
                person.postcode,
                person.region_code,
                person.share
            ],
        )?;
        Ok((self.connection.last_insert_rowid(), person))
    }

    /// Somebody who has something published now.
    fn somebody(&self, random: &mut Rng, who: &str) -> Result<Option<(i64, Person)>, Error> {
        let sql = format!(
            "SELECT number, first_name, last_name, birth_date, email, phone, street, house_number,
                    postcode, region_code, share
               FROM person
              WHERE {who} AND number IN (SELECT person FROM item WHERE status = 'published')
              ORDER BY (number * 7919 + ?1) % 10007 LIMIT 1"
        );
        let person = self.connection.query_row(&sql, [random.u32(..)], |row| {
            let person = Person {
                first_name: row.get(1)?,
                last_name: row.get(2)?,
                birth_date: row.get(3)?,
                email: row.get(4)?,
                phone: row.get(5)?,
                street: row.get(6)?,
                house_number: row.get(7)?,
                postcode: row.get(8)?,
                region_code: row.get(9)?,
                share: row.get(10)?,
            };
            Ok((row.get(0)?, person))
        });
        Ok(person.optional()?)
    }

    fn edit(&self, random: &mut Rng, now: Timestamp) -> Result<usize, Error> {
        let Some((number, person)) = self.somebody(random, "share = 1")? else {
            return Ok(0);
        };
        let draft = Draft::write(&person, random);
        Ok(self.connection.execute(
            "UPDATE item SET title = ?2, body = ?3, language = ?4, kind = ?5, changed_at = ?6
              WHERE number = (SELECT max(number) FROM item
                               WHERE person = ?1 AND status = 'published')",
            params![
                number,
                draft.title,
                draft.body,
                draft.language,
                draft.kind.as_str(),
                moment(now)
            ],
        )?)
    }

    /// `change` of one item that is published; rather a recent one, so that it can be watched.
    fn one_item(&self, change: &str, random: &mut Rng) -> Result<usize, Error> {
        let place = if random.bool() { random.u8(0..8) } else { random.u8(8..=255) };
        let sql = format!(
            "{change} WHERE number = (SELECT number FROM item WHERE status = 'published'
                                       ORDER BY changed_at DESC LIMIT 1 OFFSET ?1)"
        );
        Ok(self.connection.execute(&sql, [place])?)
    }

    fn set_share(&self, share: bool, random: &mut Rng, now: Timestamp) -> Result<usize, Error> {
        let Some((number, _)) =
            self.somebody(random, if share { "share = 0" } else { "share = 1" })?
        else {
            return Ok(0);
        };
        let changed = "UPDATE item SET changed_at = ?2 WHERE person = ?1 AND status = 'published'";
        let items = self.connection.execute(changed, params![number, moment(now)])?;
        let consent = "UPDATE person SET share = ?2 WHERE number = ?1";
        self.connection.execute(consent, params![number, share])?;
        Ok(items)
    }

    fn erase(&self, random: &mut Rng) -> Result<usize, Error> {
        let Some((number, _)) = self.somebody(random, "1")? else {
            return Ok(0);
        };
        let count = "SELECT count(*) FROM item WHERE person = ?1 AND status = 'published'";
        let items: i64 = self.connection.query_row(count, [number], |row| row.get(0))?;
        self.connection.execute("DELETE FROM person WHERE number = ?1", [number])?;
        Ok(usize::try_from(items).unwrap_or(0))
    }

    /// Either something that was offline, or a consent that was withdrawn.
    fn restore(&self, random: &mut Rng, now: Timestamp) -> Result<usize, Error> {
        if random.bool() {
            return self.set_share(true, random, now);
        }
        Ok(self.connection.execute(
            "UPDATE item SET status = 'published', changed_at = ?1
              WHERE number = (SELECT max(number) FROM item WHERE status = 'withdrawn')",
            [moment(now)],
        )?)
    }

    fn tell(&self, what: Happening, items: usize, now: Timestamp) -> Result<(), Error> {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        self.connection.execute(
            "INSERT INTO happening (at, what, items) VALUES (?1, ?2, ?3)",
            params![moment(now), what.word(), items],
        )?;
        self.connection.execute(
            "DELETE FROM happening WHERE seq <= (SELECT max(seq) FROM happening) - ?1",
            [HAPPENINGS_KEPT],
        )?;
        self.connection.execute(
            "DELETE FROM syndication_change
              WHERE seq <= (SELECT max(seq) FROM syndication_change) - ?1",
            [CHANGES_KEPT],
        )?;
        Ok(())
    }
}

/// RFC 3339 with three digits of a second, so that text sorts as time does.
fn moment(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn core(folder: &tempfile::TempDir) -> Core {
        create(&folder.path().join("core.db"), "http://127.0.0.1:8080", 5, now()).unwrap()
    }

    fn texts(core: &Core, sql: &str) -> Vec<String> {
        let mut statement = core.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    const CHANGED: &str = "SELECT item_id FROM syndication_change ORDER BY item_id";

    fn forget_changes(core: &Core) {
        core.connection.execute("DELETE FROM syndication_change", []).unwrap();
    }

    #[test]
    fn the_view_has_the_columns_of_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let core = core(&folder);
        let statement = core.connection.prepare("SELECT * FROM syndication_item").unwrap();
        let contract = crate::minimise::Column::ALL.map(crate::minimise::Column::name);
        let mut columns: Vec<_> = statement.column_names().collect();
        let mut contract = contract.to_vec();
        columns.sort_unstable();
        contract.sort_unstable();
        assert_eq!(columns, contract);
        assert_eq!(texts(&core, "SELECT id FROM syndication_item").len(), 300);
        let shared = core.count_shared().unwrap();
        assert!((230..300).contains(&shared), "{shared} of 300 may be shared");
        let withheld = texts(&core, "SELECT withhold FROM syndication_item LIMIT 1");
        let literals: Vec<String> = serde_json::from_str(&withheld[0]).unwrap();
        assert_eq!(literals.len(), 5);
    }

    #[test]
    fn a_person_who_is_deleted_takes_the_items_along_and_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let core = core(&folder);
        let with_two = "SELECT CAST(person AS TEXT) FROM item GROUP BY person HAVING count(*) > 1";
        let person = texts(&core, with_two).remove(0);
        let items =
            texts(&core, &format!("SELECT id FROM item WHERE person = {person} ORDER BY id"));
        forget_changes(&core);
        core.connection.execute("DELETE FROM person WHERE number = ?1", [&person]).unwrap();
        assert_eq!(texts(&core, CHANGED), items);
        let left = format!("SELECT id FROM syndication_item WHERE author_id = 'persoon-{person}'");
        assert_eq!(texts(&core, &left), Vec::<String>::new());
    }

    #[test]
    fn a_person_who_changes_names_the_items() {
        let folder = tempfile::tempdir().unwrap();
        let core = core(&folder);
        forget_changes(&core);
        let rename = "UPDATE person SET last_name = 'Anders' WHERE number = 1";
        core.connection.execute(rename, []).unwrap();
        let items = texts(&core, "SELECT id FROM item WHERE person = 1 ORDER BY id");
        assert_eq!(texts(&core, CHANGED), items);
        assert!(!items.is_empty());
    }

    #[test]
    fn whatever_happens_names_the_items() {
        let folder = tempfile::tempdir().unwrap();
        let core = core(&folder);
        let mut random = Rng::with_seed(3);
        for what in [
            Happening::Placed,
            Happening::Edited,
            Happening::Withdrawn,
            Happening::Deleted,
            Happening::Unshared,
            Happening::Erased,
            Happening::Returned,
        ] {
            forget_changes(&core);
            let before = texts(&core, "SELECT id || share || body FROM syndication_item");
            assert_eq!(core.happen(what, &mut random, now()).unwrap(), Some(what));
            let after = texts(&core, "SELECT id || share || body FROM syndication_item");
            assert_ne!(before, after, "{what:?}");
            assert_ne!(texts(&core, CHANGED), Vec::<String>::new(), "{what:?}");
            let told = texts(&core, "SELECT what FROM happening ORDER BY seq DESC LIMIT 1");
            assert_eq!(told, [what.word()]);
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_core() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let all = "SELECT first_name || title || body FROM syndication_item ORDER BY id";
        let [one, two] = folders.each_ref().map(|folder| texts(&core(folder), all));
        assert_eq!(one, two);
    }
}
