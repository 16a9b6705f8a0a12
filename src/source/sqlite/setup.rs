//! `luik source sql` and `luik source check` for SQLite.

use tokio::task::spawn_blocking;

use crate::config::SqliteSource;

use super::super::{Error, Finding};
use super::core::{CHANGES, Core, Wanted, failure};

/// What the core's administrator runs.
pub(in super::super) fn script(settings: &SqliteSource) -> String {
    format!(
        r#"-- What Luik needs at the core. Adapt it and run it once. Luik only reads.
PRAGMA journal_mode = WAL;   -- so that readers and writers do not wait for one another

-- 1. Which items may have changed. AUTOINCREMENT matters: a number is never given out twice.
--    Old rows may be deleted at any time; Luik notices when it missed some.
CREATE TABLE IF NOT EXISTS {CHANGES} (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id TEXT NOT NULL
);

-- 2. Triggers on every table that the view reads.
CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
  INSERT INTO {CHANGES} (item_id) VALUES (NEW.id);
END;
CREATE TRIGGER item_altered AFTER UPDATE ON item BEGIN
  INSERT INTO {CHANGES} (item_id) VALUES (OLD.id), (NEW.id);
END;
CREATE TRIGGER item_deleted AFTER DELETE ON item BEGIN
  INSERT INTO {CHANGES} (item_id) VALUES (OLD.id);
END;
CREATE TRIGGER profile_altered AFTER UPDATE ON profile BEGIN
  INSERT INTO {CHANGES} (item_id) SELECT id FROM item WHERE profile_id = NEW.id;
END;

-- 3. The contract view: one row per item that is published NOW. No row means: take it back.
CREATE VIEW "{view}" AS
SELECT i.id                    AS id,            -- text; never leaves
       i.profile_id            AS author_id,     -- never leaves
       i.kind                  AS kind,          -- 'request' or 'offer'
       p.first_name            AS first_name,
       i.region_code           AS region_code,   -- CBS code of a municipality or coarser: GM0119
       i.region_name           AS region_name,
       i.title                 AS title,
       i.body                  AS body,          -- plain text or simple HTML
       i.language              AS language,      -- BCP 47 or null
       'https://www.example.nl/hulp/' || i.id AS url,
       i.published_at          AS published_at,  -- RFC 3339 with zone: 2026-11-20T10:00:00Z
       i.expires_at            AS expires_at,    -- likewise, or null
       p.share_with_partners   AS share,         -- 1 or 0: the author agreed
       i.approved              AS approved,      -- 1, 0, or null where no approval is needed
       i.visibility            AS visibility,    -- 'public', 'anonymous' or 'members'
       (p.birth_date <= date('now', '-18 years')) AS of_age,
       json_array(p.last_name, p.email, p.phone, p.street) AS withhold
  FROM item i JOIN profile p ON p.id = i.profile_id
 WHERE i.status = 'published';
"#,
        view = settings.view.replace('"', "\"\""),
    )
}

/// All findings.
pub(in super::super) async fn check(settings: &SqliteSource) -> Vec<Finding> {
    let settings = settings.clone();
    spawn_blocking(move || look(&settings))
        .await
        .unwrap_or_else(|_| vec![Finding::problem("looking at the core broke off")])
}

fn look(settings: &SqliteSource) -> Vec<Finding> {
    let core = match Core::open(settings) {
        Ok(core) => core,
        Err(error) => return vec![Finding::problem(error.to_string())],
    };
    let mut findings = vec![Finding::ok("the core opens")];
    let mut add = |found: Result<Finding, Error>| {
        findings.push(found.unwrap_or_else(|error| Finding::problem(error.to_string())));
    };
    add(core.last().map(|_| Finding::ok(format!("{CHANGES} is there"))));
    add(writable_column(&core));
    add(core
        .rows(&Wanted::After("".into(), 1))
        .map(|_| Finding::ok("the view has every column and may be read")));
    for event in ["INSERT", "UPDATE", "DELETE"] {
        add(trigger(&core, event));
    }
    add(journal_mode(&core));
    findings
}

fn ask<T: rusqlite::types::FromSql>(core: &Core, query: &str, value: &str) -> Result<T, Error> {
    core.connection
        .query_row(query, [value], |row| row.get(0))
        .map_err(|error| failure("checking the core", &error))
}

fn writable_column(core: &Core) -> Result<Finding, Error> {
    let query = format!(
        "SELECT count(*) = 1 FROM pragma_table_info('{CHANGES}') WHERE name = ?1 AND \"notnull\""
    );
    let holds = ask(core, &query, "item_id")?;
    Ok(Finding::expect(
        holds,
        format!("{CHANGES} names the item"),
        format!("{CHANGES} needs the column item_id, not null"),
    ))
}

fn trigger(core: &Core, event: &str) -> Result<Finding, Error> {
    let query = format!(
        "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'trigger' \
         AND sql LIKE '%{CHANGES}%' \
         AND upper(substr(sql, 1, instr(upper(sql), 'BEGIN'))) LIKE '%' || ?1 || '%'"
    );
    let holds = ask(core, &query, event)?;
    Ok(Finding::expect(
        holds,
        format!("a trigger notes every {event}"),
        format!("no trigger on {event} fills {CHANGES}"),
    ))
}

fn journal_mode(core: &Core) -> Result<Finding, Error> {
    let mode: String = ask(core, "SELECT journal_mode FROM pragma_journal_mode WHERE ?1 = ''", "")?;
    Ok(if mode == "wal" {
        Finding::ok("journal_mode is WAL")
    } else {
        Finding::warning("journal_mode is not WAL: the gateway and the core wait for one another")
    })
}
