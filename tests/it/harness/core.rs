//! A core of two joined tables under the contract view, with a canary in whatever may not leave.

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::holdings::{Scope, Shown};
use super::postgres::{Admin, Postgres};

/// Tables, view, role and publication. `letters(n)` spells a number so that it looks like none.
const TABLES: &str = "
    CREATE FUNCTION letters(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
      $$ SELECT translate(to_char(n, 'FM0000'), '0123456789', 'bcdfghjklm') $$;
    CREATE TABLE region (code text PRIMARY KEY, name text NOT NULL);
    CREATE TABLE profile (id text PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL,
      email text NOT NULL, phone text NOT NULL, street text NOT NULL, born date NOT NULL,
      picture text NOT NULL, notes text NOT NULL,
      shares boolean NOT NULL DEFAULT true, of_age boolean NOT NULL DEFAULT true);
    CREATE TABLE item (id text PRIMARY KEY,
      profile_id text NOT NULL REFERENCES profile ON DELETE CASCADE,
      kind text NOT NULL, region_code text NOT NULL REFERENCES region, status text NOT NULL,
      title text NOT NULL, body text NOT NULL, url text NOT NULL, published_at timestamptz,
      expires_at timestamptz, approved boolean, visibility text NOT NULL DEFAULT 'public',
      internal_note text NOT NULL);
    CREATE INDEX ON item (profile_id);
    INSERT INTO region VALUES ('GM0119', 'Meppel'), ('GM0106', 'Assen'), ('GM0114', 'Emmen'),
      ('GM0193', 'Zwolle'), ('GM0147', 'Borne'), ('GM0344', 'Utrecht');
    CREATE SCHEMA syndication;
    CREATE VIEW syndication.item AS SELECT i.id, p.id AS author_id, i.kind, p.first_name,
      i.region_code, r.name AS region_name, i.title, i.body, 'nl'::text AS language, i.url,
      i.published_at, i.expires_at, p.shares AS share, i.approved, i.visibility, p.of_age,
      ARRAY[p.last_name, p.email, p.phone, p.street] AS withhold,
      i.internal_note, p.picture, p.born
      FROM item i JOIN profile p ON p.id = i.profile_id JOIN region r ON r.code = i.region_code
      WHERE i.status = 'published';
    CREATE ROLE luik LOGIN REPLICATION;
    GRANT USAGE ON SCHEMA syndication TO luik;
    GRANT SELECT ON syndication.item TO luik;
    GRANT SELECT (id, profile_id) ON item TO luik;
    CREATE PUBLICATION luik FOR TABLE item (id), profile (id);

    CREATE PROCEDURE person(n bigint) LANGUAGE sql AS $$
      INSERT INTO profile SELECT 'zqxmens-' || n,
        (ARRAY['Anna', 'Bram', 'Fatima', 'Jan-Willem', 'Zoë'])[1 + n % 5],
        'Zqxnaam' || letters(n), 'zqxpost' || n || '@zqxmail.example',
        '06-97531' || to_char(n, 'FM000'), 'Zqxstraatlaan ' || 1 + n % 90, '1931-07-09',
        'zqxfoto' || n || '.jpg', 'zqxdossier van ' || n $$;
    CREATE PROCEDURE item(n bigint, person bigint) LANGUAGE sql AS $$
      INSERT INTO item SELECT 'zqxkern-' || n, p.id, (ARRAY['request', 'offer'])[1 + n % 2],
        (ARRAY['GM0119', 'GM0106', 'GM0114', 'GM0193', 'GM0147', 'GM0344'])[1 + n / 2 % 6],
        'published', 'Klus ' || letters(n),
        'Op zaterdag 14:00 in de tuin, met kenmerk' || letters(n) || '. Groet, ' || p.first_name
        || ' ' || p.last_name || '. Mail ' || p.email || ' of bel ' || replace(p.phone, '-', '')
        || ', of hulp@zqxander.nl en 020-6241357. Kom langs: ' || p.street || ', 7941 ZX. Meer op '
        || 'https://www.zqxsite.nl/pagina en @zqxhandvat. Geboren op 09-07-1931. '
        || 'Rekening NL91 ABNA 0417 1643 00.',
        'https://platform.example/hulp/zqxslug' || n, now(), NULL, NULL, 'public',
        'zqxnotitie ' || n
      FROM profile p WHERE p.id = 'zqxmens-' || person $$;";

/// What of the base tables may be shown now; asks neither the view nor the gateway.
const TRUTH: &str = "
    SELECT coalesce(json_agg(json_build_array(i.id, i.kind, i.region_code, r.name, i.title,
      CASE i.visibility WHEN 'public' THEN p.first_name END)), '[]')::text
    FROM item i, profile p, region r
    WHERE p.id = i.profile_id AND r.code = i.region_code AND i.status = 'published'
      AND p.shares AND p.of_age AND i.approved IS DISTINCT FROM false
      AND i.visibility IN ('public', 'anonymous') AND i.published_at <= now()
      AND (i.expires_at IS NULL OR i.expires_at > now())";

/// Part of every canary: what stands in columns that may not leave, and in the texts.
const CANARIES: [&str; 20] = [
    "zqxkern",
    "zqxmens",
    "zqxnaam",
    "zqxpost",
    "zqxmail",
    "zqxstraat",
    "zqxfoto",
    "zqxdossier",
    "zqxnotitie",
    "zqxslug",
    "zqxander",
    "zqxsite",
    "zqxhandvat",
    "06-97531",
    "0697531",
    "020-6241357",
    "7941 ZX",
    "1931-07-09",
    "09-07-1931",
    "0417 1643 00",
];

/// The words that may be nowhere outside of the core.
pub(crate) fn canaries() -> Vec<String> {
    CANARIES.map(str::to_owned).to_vec()
}

/// A server with the tables, and so many persons with so many items spread over them.
pub(crate) async fn start(settings: &[&str], persons: u32, items: u32) -> (Postgres, Admin) {
    let server = Postgres::start(settings).await;
    let admin = server.admin().await;
    admin.run(TABLES).await;
    let fill = format!(
        "DO $$ BEGIN
           FOR n IN 1..{persons} LOOP CALL person(n); END LOOP;
           FOR n IN 1..{items} LOOP CALL item(n, 1 + n % {persons}); END LOOP;
         END $$"
    );
    admin.run(&fill).await;
    (server, admin)
}

/// The core's id of an item.
pub(crate) fn id(number: u32) -> String {
    format!("zqxkern-{number}")
}

/// What stands in the text of an item, may leave, and is found nowhere else.
pub(crate) fn mark(number: u32) -> String {
    let letters = b"bcdfghjklm";
    let digits = format!("{number:04}");
    let spelt = digits.bytes().map(|digit| char::from(letters[usize::from(digit - b'0')]));
    format!("kenmerk{}", spelt.collect::<String>())
}

/// The id under which the design lets an item leave.
pub(crate) fn public_id(key: &[u8], number: u32) -> String {
    public_id_of(key, &id(number))
}

fn public_id_of(key: &[u8], id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(id.as_bytes());
    BASE32_NOPAD.encode(&mac.finalize().into_bytes()[..16]).to_lowercase()
}

/// What a partner with this scope should show now.
pub(crate) async fn truth(admin: &Admin, key: &[u8], scope: &Scope) -> BTreeSet<Shown> {
    let rows: Value = serde_json::from_str(&admin.ask(TRUTH).await).unwrap();
    let rows = rows.as_array().unwrap().iter().map(|row| {
        let text = |place: usize| row[place].as_str().map(str::to_owned);
        Shown {
            id: public_id_of(key, &text(0).unwrap()),
            kind: text(1).unwrap(),
            region: (text(2).unwrap(), text(3).unwrap()),
            title: text(4).unwrap(),
            first_name: text(5),
        }
    });
    rows.filter(|item| scope.covers(&item.kind, &item.region.0)).collect()
}

/// In what two sets differ, for people.
pub(crate) fn compare(shown: &BTreeSet<Shown>, wanted: &BTreeSet<Shown>) -> Result<(), String> {
    if shown == wanted {
        return Ok(());
    }
    let first = |one: &BTreeSet<Shown>, other: &BTreeSet<Shown>| {
        format!("{}, such as {:?}", one.difference(other).count(), one.difference(other).next())
    };
    Err(format!("missing {}; too much {}", first(wanted, shown), first(shown, wanted)))
}
