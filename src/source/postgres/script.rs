//! `luik source sql`: what the core's administrator runs. Nothing of it is run by the gateway.

use std::fmt::Write;

use crate::config::PostgresSource;

use super::super::Error;
use super::name::{Name, quoted};
use super::slot::literal;
use super::target::Target;

/// The script for these settings.
pub(in super::super) fn script(settings: &PostgresSource) -> Result<String, Error> {
    let target = Target::parse(settings.url.reveal())?;
    let role = quoted(target.user());
    let database = quoted(target.database());
    let view = Name::parse(&settings.view);
    let schema = quoted(&view.schema);
    let mut text = format!(
        r#"-- What Luik needs at the core. Read it, adapt it, run it as the owner of the tables in
-- {database}. Luik itself makes its replication slot and nothing else.

-- 1. The server (postgresql.conf; the first one needs a restart)
--      wal_level = logical
--      max_slot_wal_keep_size = 20GB   -- 10 to 50 GB: never let a gateway that is away fill the disk;
--                                      -- beyond that the slot is lost, and Luik compares everything
--    and in pg_hba.conf, before broader lines (a replication session names its database too):
--      hostssl {db_plain} {role_plain} <address of the gateway>/32 scram-sha-256

-- 2. The role: signs in, replicates, reads the view, owns nothing.
CREATE ROLE {role} LOGIN REPLICATION;   -- in psql: \password {role_plain}
GRANT CONNECT ON DATABASE {database} TO {role};

-- 3. The contract view: one row per item that is published NOW. No row means: take it back.
--    Any rule of yours (moderation, blocked members, closed regions) belongs in its WHERE.
CREATE SCHEMA IF NOT EXISTS {schema};
{skeleton}
GRANT USAGE ON SCHEMA {schema} TO {role};
-- GRANT SELECT ON {view} TO {role};
"#,
        db_plain = target.database(),
        role_plain = target.user(),
        skeleton = skeleton(&view),
    );
    text.push_str(&watches(settings, &role));
    text.push_str(&publication(settings));
    Ok(text)
}

fn skeleton(view: &Name) -> String {
    format!(
        r#"-- CREATE VIEW {view} AS
-- SELECT i.id::text            AS id,            -- never leaves
--        i.profile_id::text    AS author_id,     -- never leaves
--        i.kind::text          AS kind,          -- 'request' or 'offer'
--        p.first_name          AS first_name,
--        i.region_code         AS region_code,   -- CBS code of a municipality or coarser: GM0119
--        r.name                AS region_name,
--        i.title               AS title,
--        i.body                AS body,          -- plain text or simple HTML
--        i.language            AS language,      -- BCP 47 or null
--        'https://www.example.nl/hulp/' || i.id AS url,
--        i.published_at        AS published_at,  -- timestamptz
--        i.expires_at          AS expires_at,    -- timestamptz or null
--        p.share_with_partners AS share,         -- boolean: the author agreed
--        i.approved            AS approved,      -- boolean, null where no approval is needed
--        i.visibility          AS visibility,    -- 'public', 'anonymous' or 'members'
--        (p.birth_date <= current_date - interval '18 years') AS of_age,
--        array_remove(ARRAY[p.last_name, p.email, p.phone, p.street], NULL) AS withhold
--   FROM public.item i
--   JOIN public.profile p ON p.id = i.profile_id
--   JOIN public.region r ON r.code = i.region_code
--  WHERE i.status = 'published' AND NOT p.blocked;
--
-- The gateway asks WHERE id = ANY(…), which is i.id::text = ANY(…) at the table. Unless the key is
-- a text already, give it an index, or every change reads the whole table:
-- CREATE INDEX CONCURRENTLY item_id_text ON public.item ((id::text));"#
    )
}

/// Rights for the queries from changed keys to items.
fn watches(settings: &PostgresSource, role: &str) -> String {
    let mut text = String::new();
    let queries =
        settings.watches.iter().filter_map(|watch| Some((&watch.table, watch.items.as_ref()?)));
    for (table, query) in queries {
        let query = query.replace('\n', "\n--   ");
        write!(
            text,
            "\n-- A change of {table} is looked up with\n--   {query}\n\
             -- so the role may read the columns this needs, and an index should serve it:\n\
             -- GRANT SELECT (<columns>) ON <table> TO {role};\n"
        )
        .ok();
    }
    text
}

fn publication(settings: &PostgresSource) -> String {
    let mut text = String::from(
        r#"
-- 4. The publication, LAST and in one transaction with its guard. DANGER: a table whose replica
--    identity is not covered by the published columns refuses every UPDATE and DELETE from the
--    moment it is published, and with it the platform stops. So: primary key first (default
--    replica identity), publication second. The guard checks just that.
BEGIN;
"#,
    );
    for watch in &settings.watches {
        let table = Name::parse(&watch.table);
        write!(
            text,
            r#"DO $guard$ BEGIN
  IF (SELECT relreplident FROM pg_class WHERE oid = {regclass}::regclass) <> 'd'
     OR (SELECT array_agg(a.attname::text) FROM pg_index i
           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
          WHERE i.indrelid = {regclass}::regclass AND i.indisprimary)
        IS DISTINCT FROM ARRAY[{key}] THEN
    RAISE EXCEPTION 'not published: the primary key and replica identity of % must be (%)', {table}, {key};
  END IF;
END $guard$;
"#,
            regclass = literal(&table.to_string()),
            key = literal(&watch.key),
            table = literal(&watch.table),
        )
        .ok();
    }
    let tables: Vec<String> = settings
        .watches
        .iter()
        .map(|watch| format!("  {} ({})", Name::parse(&watch.table), quoted(&watch.key)))
        .collect();
    write!(
        text,
        "CREATE PUBLICATION {} FOR TABLE\n{}\n  WITH (publish = 'insert, update, delete, truncate', \
         publish_via_partition_root = true);\nCOMMIT;\n\n-- 5. luik source check\n",
        quoted(&settings.publication),
        tables.join(",\n"),
    )
    .ok();
    text
}
