//! `luik source`: SQL that works as printed, and what is missing in a core.

use rusqlite::Connection;

use crate::embedded::program::{Ended, luik, run};
use crate::embedded::stage::Stage;

/// A core's own tables, as the printed SQL supposes them.
const TABLES: &str = "
    CREATE TABLE profile (id TEXT PRIMARY KEY, first_name, last_name, email, phone, street,
      birth_date, share_with_partners);
    CREATE TABLE item (id TEXT PRIMARY KEY, profile_id, kind, region_code, region_name, title,
      body, language, published_at, expires_at, approved, visibility, status);";

fn check(stage: &Stage, core: &str) -> Ended {
    run(stage.luik(&["source", "check"]).env("LUIK__SOURCE__PATH", stage.path().join(core)))
}

#[test]
fn the_sql_that_is_printed_makes_a_core_that_passes() {
    let stage = Stage::new();
    let printed = run(&mut stage.luik(&["source", "sql"]));
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""), "{printed:?}");
    let core = Connection::open(stage.path().join("printed.db")).unwrap();
    core.execute_batch(TABLES).unwrap();
    core.execute_batch(&printed.out).unwrap();
    let ended = check(&stage, "printed.db");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.out.lines().all(|line| line.starts_with("ok ")), "{}", ended.out);
}

#[test]
fn the_sql_for_postgres_names_what_the_configuration_names() {
    let stage = Stage::new();
    let settings = r#"public_url = "https://luik.example"
[source]
kind = "postgres"
url = { env = "CORE_URL" }
view = "deelbaar.hulp"
publication = "doorgeefluik"
[[source.watch]]
table = "public.hulp"
"#;
    std::fs::write(stage.config(), settings).unwrap();
    let secret = "postgres://luik:geheim@127.0.0.1:1/core";
    let printed = run(stage.luik(&["source", "sql"]).env("CORE_URL", secret));
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""), "{printed:?}");
    for wanted in ["doorgeefluik", "deelbaar", "hulp", "CREATE PUBLICATION"] {
        assert!(printed.out.contains(wanted), "{wanted}: {}", printed.out);
    }
    assert!(!printed.out.contains("geheim"), "{}", printed.out);
}

#[test]
fn what_is_missing_is_named_with_exit_1() {
    let stage = Stage::new();
    let fine = check(&stage, "core.db");
    assert_eq!(fine.code, Some(0), "{fine:?}");
    for (break_it, named) in [
        (
            "DROP VIEW syndication_item; CREATE VIEW syndication_item AS SELECT id FROM item",
            "author_id",
        ),
        (
            "DROP VIEW syndication_item; CREATE VIEW syndication_item AS SELECT id, author_id,
             kind, first_name, region_code, region_name, title, body, language, url, published_at,
             expires_at, share, approved, visibility, of_age FROM item",
            "withhold",
        ),
        ("DROP TRIGGER item_gone", "DELETE"),
        ("DROP VIEW syndication_item", "syndication_item"),
        ("DROP TABLE syndication_change", "syndication_change"),
    ] {
        stage.core.run(break_it);
        let ended = check(&stage, "core.db");
        assert_eq!(ended.code, Some(1), "{break_it}: {ended:?}");
        assert_eq!(ended.err, "the core is not ready for the gateway\n");
        let problems = ended.out.lines().filter(|line| line.starts_with("problem "));
        assert!(problems.clone().any(|line| line.contains(named)), "{named}: {}", ended.out);
    }
    let ended = check(&stage, "none.db");
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[test]
fn source_needs_a_right_configuration() {
    for what in ["sql", "check"] {
        let ended = run(&mut luik(&["source", what, "--config", "/nowhere/luik.toml"]));
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
        assert_eq!(ended.err, "/nowhere/luik.toml: is not there\n");
    }
}
