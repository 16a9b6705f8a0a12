//! Getting in: TLS and passwords, `luik source sql` and `luik source check`.

use std::fs;
use std::path::Path;
use std::process::Command;

use luik::clock::Clock;
use luik::config::{PostgresSource, SourceSettings};
use luik::source::{self, AnySource, Error, Level, Source};

use crate::harness::postgres::{CORE, Postgres, give};
use crate::source_postgres::settings;

/// Problems and warnings.
async fn found(settings: &PostgresSource, level: Level) -> Vec<String> {
    source::check(&SourceSettings::Postgres(settings.clone()))
        .await
        .into_iter()
        .filter(|finding| finding.level == level)
        .map(|finding| finding.text)
        .collect()
}

#[tokio::test]
async fn check_finds_nothing_wrong_with_a_good_core() {
    let server = Postgres::with_core(&["max_slot_wal_keep_size=10GB"]).await;
    let settings = settings(&server.url());
    assert_eq!(found(&settings, Level::Problem).await, [""; 0]);
    assert_eq!(found(&settings, Level::Warning).await, [""; 0]);
    assert!(!found(&settings, Level::Ok).await.is_empty());
}

#[tokio::test]
async fn check_names_everything_at_once() {
    let server = Postgres::with_core(&[]).await;
    let settings = settings(&server.url());
    let admin = server.admin().await;
    admin
        .run(
            "DROP PUBLICATION luik;
             ALTER TABLE profile REPLICA IDENTITY FULL;
             CREATE PUBLICATION luik FOR TABLE item (id, note), profile (id)
               WITH (publish = 'insert, update');
             DROP INDEX item_id_idx;
             REVOKE SELECT ON item FROM luik; REVOKE ALL (id, profile_id) ON item FROM luik;
             ALTER VIEW syndication.item RENAME COLUMN share TO shared;
             ALTER ROLE luik NOREPLICATION",
        )
        .await;
    let problems = found(&settings, Level::Problem).await;
    for word in [
        "lacks REPLICATION",
        "must carry insert, update, delete and truncate",
        "DANGER: the replica identity of public.profile",
        "42501",
        "lacks the column share",
        "no replication session is let in",
    ] {
        assert!(problems.iter().any(|text| text.contains(word)), "{word}: {problems:#?}");
    }
    let warnings = found(&settings, Level::Warning).await;
    for word in [
        "max_slot_wal_keep_size is unlimited",
        "carries more of public.item than its key",
        "a read by id looks at every row",
    ] {
        assert!(warnings.iter().any(|text| text.contains(word)), "{word}: {warnings:#?}");
    }
}

#[tokio::test]
async fn the_printed_script_makes_a_core_that_can_be_followed() {
    let server = Postgres::start(&[]).await;
    let admin = server.admin().await;
    // The script itself makes the role and the publication.
    let tables = CORE.split("CREATE ROLE").next().unwrap();
    admin.run(tables).await;
    let settings = settings(&server.url());
    let script = source::sql(&SourceSettings::Postgres(settings.clone())).unwrap();
    println!("{script}");
    let script = script
        .replace("-- GRANT SELECT ON", "GRANT SELECT ON")
        .replace("-- GRANT SELECT (<columns>) ON <table>", "GRANT SELECT (id, profile_id) ON item");
    admin.run(&script).await;
    assert_eq!(found(&settings, Level::Problem).await, [""; 0]);

    // Its guard refuses a table that it would break.
    admin.run("DROP PUBLICATION luik; ALTER TABLE item REPLICA IDENTITY FULL").await;
    let guarded = script.split_once("BEGIN;").unwrap().1;
    let refused = admin.refused(&format!("BEGIN;{guarded}")).await;
    assert_eq!(refused.as_deref(), Some("P0001"));
}

fn openssl(folder: &Path, arguments: &str) {
    let made = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A private authority, and a certificate for `localhost`.
fn certificates(folder: &Path) {
    openssl(
        folder,
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Ours -days 2",
    );
    openssl(
        folder,
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
    );
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    openssl(
        folder,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.crt \
         -days 2 -extfile names",
    );
}

#[tokio::test]
async fn the_server_is_verified_and_the_password_is_asked() {
    let mut server = Postgres::with_core(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    for name in ["server.key", "server.crt"] {
        let path = server.data().join(name);
        fs::copy(folder.path().join(name), &path).unwrap();
        give(&path);
    }
    let rules = "hostssl all,replication luik all scram-sha-256\nlocal all postgres trust\n";
    fs::write(server.data().join("pg_hba.conf"), rules).unwrap();
    server.admin().await.run("ALTER SYSTEM SET ssl = on; ").await;
    server.restart().await;

    let authority = folder.path().join("ca.pem");
    let full = format!("sslmode=verify-full&sslrootcert={}", authority.display());
    let url = |password: &str, host: &str, query: &str| {
        format!("postgres://luik:{password}@{host}:{}/core?{query}", server.port())
    };
    for (url, fits) in [
        (url("geheim", "localhost", &full), true),
        (url("geheim", "127.0.0.1", &full), false),
        (url("geheim", "127.0.0.1", "sslmode=require"), true),
        (url("geheim", "localhost", "sslmode=verify-full"), false),
        (url("geheim", "localhost", "sslmode=disable"), false),
        (url("geraden", "localhost", &full), false),
    ] {
        let settings = SourceSettings::Postgres(settings(&url));
        let mut source = AnySource::open(&settings, Clock::system()).unwrap();
        let connected = source.connect(None).await;
        // Of two sessions the first alone is refused already.
        let answers = source::check(&settings).await.len() > 1;
        assert_eq!(answers, fits, "{url}");
        assert_eq!(connected.is_ok(), fits, "{url}: {connected:?}");
        let refused = url.contains("geraden") || url.contains("disable");
        assert_eq!(matches!(connected, Err(Error::Setup(_))), refused, "{connected:?}");
    }
}
