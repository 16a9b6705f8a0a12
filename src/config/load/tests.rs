use std::fs;

use super::super::settings::{HttpShape, SourceSettings};
use super::*;

const SQLITE: &str =
    "public_url = 'https://luik.example'\n[source]\nkind = 'sqlite'\npath = 'core.db'\n";
const POSTGRES: &str = r#"
public_url = "https://luik.voorbeeld.nl/hulp/"
partners = "partners"
id_key = { file = "secrets/id.key" }
ledger_key = { file = "secrets/ledger.key" }

[listen]
public = "127.0.0.1:8080"
admin = "0.0.0.0:9090"
admin_token = { env = "LUIK_ADMIN_TOKEN" }

[source]
kind = "postgres"
url = { file = "core-url" }
view = "syndication.item"
publication = "luik"
slot = "luik"
reconcile_every = "1h"

[[source.watch]]
table = "public.item"
[[source.watch]]
table = "public.profile"
items = "SELECT id::text FROM public.item WHERE profile_id::text = ANY($1)"

[state]
kind = "sqlite"
path = "state"

[deliver]
retry_max = "5m"

[privacy]
placeholder = "[…]"
text_max = 4000
"#;

/// What comes of this text beside a file `core-url`, with these variables.
fn load_text(text: &str, variables: &[(&str, &str)]) -> (PathBuf, Result<Settings, Problems>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("luik.toml");
    fs::write(&path, text).unwrap();
    fs::write(folder.path().join("core-url"), "postgres://hush@db/core\n").unwrap();
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let outcome = load(&path, &variables.iter().map(owned).collect());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "made a file");
    (folder.path().to_owned(), outcome)
}

/// The problems, without the folder.
fn problems(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let (folder, outcome) = load_text(text, variables);
    let shown = outcome.unwrap_err().to_string();
    assert!(!shown.contains("hush"), "{shown}");
    let folder = format!("{}/", folder.display());
    shown.replace(&folder, "").lines().map(str::to_owned).collect()
}

#[test]
fn the_example_of_the_contract_is_read() {
    let (folder, outcome) = load_text(POSTGRES, &[("LUIK_ADMIN_TOKEN", "hush")]);
    let settings = outcome.unwrap();
    assert_eq!(settings.public_base(), "https://luik.voorbeeld.nl/hulp");
    assert_eq!(settings.public_url.as_str(), settings.public_base());
    assert_eq!(settings.partners, folder.join("partners"));
    assert_eq!(settings.state, folder.join("state"));
    assert_eq!(settings.reconcile_every, HOUR);
    assert_eq!(settings.listen.admin_token.as_ref().unwrap().reveal(), "hush");
    assert_eq!(settings.privacy, Privacy::default());
    let debug = format!("{settings:?}");
    assert!(!debug.contains("hush"), "{debug}");
    let SourceSettings::Postgres(source) = settings.source else {
        panic!("another source");
    };
    assert_eq!(source.url.reveal(), "postgres://hush@db/core");
    let keys: Vec<&str> = source.watches.iter().map(|watch| watch.key.as_str()).collect();
    assert_eq!(keys, ["id", "id"]);
    assert!(source.watches[1].items.is_some());
}

#[test]
fn what_is_left_out_has_its_default() {
    let (folder, outcome) = load_text(SQLITE, &[]);
    let settings = outcome.unwrap();
    assert_eq!(settings.public_base(), "https://luik.example");
    assert_eq!(settings.listen.public.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.listen.admin.to_string(), "127.0.0.1:9090");
    assert_eq!(settings.serve, Serve::default());
    assert_eq!(settings.deliver, Deliver::default());
    assert!(matches!(
        settings.id_key,
        KeyReference::File(path) if path == folder.join("secrets/id.key")
    ));
    assert!(matches!(
        settings.source,
        SourceSettings::Sqlite(source)
            if source.view == "syndication_item" && source.path == folder.join("core.db")
    ));
}

#[test]
fn a_feed_is_a_source_too() {
    let text = "public_url = 'https://luik.example'\n[source]\nkind = 'http'\n\
                url = 'https://core.example/items'\ntoken = { env = 'TOKEN' }\nshape = 'luik'\n";
    let (_, outcome) = load_text(text, &[("TOKEN", "hush")]);
    let SourceSettings::Http(source) = outcome.unwrap().source else {
        panic!("another source");
    };
    assert_eq!(source.shape, HttpShape::Luik);
    assert_eq!(source.poll_every, Duration::from_secs(5));
    let plain = text.replace("https://core", "http://core");
    assert_eq!(
        problems(&plain, &[("TOKEN", "hush")]),
        ["luik.toml:4: source.url: must start with https://, \
          for personal data and a token travel there"]
    );
}

#[test]
fn what_is_held_back_and_how_placeholders_speak_is_read() {
    let text = "\n[privacy]\nhold = ['bsn', 'licence_plate']\n\
                [privacy.placeholders]\nen = '[left out]'\n";
    let (_, outcome) = load_text(&format!("{SQLITE}{text}"), &[]);
    let privacy = outcome.unwrap().privacy;
    assert_eq!(privacy.hold, [FindingType::Bsn, FindingType::Plate]);
    assert_eq!(privacy.placeholders, [(Language::English, "[left out]".to_owned())]);
    let wrong = "\n[privacy]\nhold = ['hush']\n[privacy.placeholders]\nde = '[weg]'\n";
    let found = problems(&format!("{SQLITE}{wrong}"), &[]);
    assert!(found[0].starts_with("luik.toml:7: privacy.hold[0]: must be one of: withhold, email"));
    assert!(found[1].starts_with("luik.toml:9: privacy.placeholders.de: "), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn test_items_go_round_only_when_that_is_asked_for() {
    let (_, outcome) = load_text(SQLITE, &[]);
    assert_eq!(outcome.unwrap().canary_every, None);
    let (_, outcome) = load_text(&format!("{SQLITE}[canary]\nevery = '15m'\n"), &[]);
    assert_eq!(outcome.unwrap().canary_every, Some(HOUR / 4));
    for (text, wanted) in [
        ("[canary]", "luik.toml:5: canary.every: is missing"),
        ("[ledger]\nkeep = '89d'", "luik.toml:6: ledger.keep: must be from 90d to 36525d"),
        ("[ledger]\nkept = '5d'", "luik.toml:6: ledger.kept: unknown key"),
        ("[canary]\nevery = '59s'", "luik.toml:6: canary.every: must be from 1m to 1d"),
    ] {
        let found = problems(&format!("{SQLITE}{text}\n"), &[]);
        assert!(found.len() == 1 && found[0].contains(wanted), "{found:?}");
    }
}

#[test]
fn proxies_are_addresses_and_networks() {
    let text = "[listen]\ntrusted_proxies = ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32', '::1']\n";
    let (_, outcome) = load_text(&format!("{SQLITE}{text}"), &[]);
    let found = outcome.unwrap().listen.trusted_proxies;
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    let wanted = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32", "::1/128"];
    assert_eq!(shown, wanted);
    for none in ["", "[listen]\ntrusted_proxies = []\n"] {
        let (_, outcome) = load_text(&format!("{SQLITE}{none}"), &[]);
        assert!(outcome.unwrap().listen.trusted_proxies.is_empty());
    }
}

#[test]
fn the_environment_overrides_every_sort_of_value() {
    let key = "ab".repeat(32);
    let variables = [
        ("LUIK_ADMIN_TOKEN", "hush"),
        ("LUIK__STATE__PATH", "/elsewhere"),
        ("LUIK__SOURCE__URL", "postgresql://hush@other/core"),
        ("LUIK__SOURCE__WATCH__1__KEY", "profile_id"),
        ("LUIK__PRIVACY__TEXT_MAX", "200"),
        ("LUIK__DELIVER__RETRY_MAX", "2s"),
        ("LUIK__SERVE__TOKEN_BURST", "7"),
        ("LUIK__ID_KEY", key.as_str()),
    ];
    let (_, outcome) = load_text(POSTGRES, &variables);
    let settings = outcome.unwrap();
    assert_eq!(settings.state, Path::new("/elsewhere"));
    assert_eq!(settings.privacy.text_max, 200);
    assert_eq!(settings.deliver.retry_max, Duration::from_secs(2));
    assert_eq!(settings.serve.token_burst, 7);
    assert!(matches!(settings.id_key, KeyReference::Value(value) if value.reveal() == key));
    let SourceSettings::Postgres(source) = settings.source else {
        panic!("another source");
    };
    assert_eq!(source.url.reveal(), "postgresql://hush@other/core");
    assert_eq!(source.watches[0].key, "id");
    assert_eq!(source.watches[1].key, "profile_id");
    assert_eq!(source.watches[1].table, "public.profile");
}

#[test]
fn an_override_at_fault_is_named_by_its_variable() {
    let variables = [
        ("LUIK__PRIVACY__TEXT_MAX", "hush"),
        ("LUIK__STATE__PLACE", "hush"),
        ("LUIK__NOTHING__LIKE__IT", "hush"),
        ("LUIK__ODD[9]", "hush"),
        ("LUIK__ID_KEY", "hush"),
    ];
    let mut found = problems(SQLITE, &variables);
    found.sort();
    let unknown = "no setting has this name; unset the variable or correct its name";
    assert_eq!(
        found,
        [
            "environment LUIK__ID_KEY: id_key: a key from the environment must be 64 hex digits"
                .to_owned(),
            format!("environment LUIK__NOTHING__LIKE__IT: nothing.like.it: {unknown}"),
            format!("environment LUIK__ODD[9]: {unknown}"),
            "environment LUIK__PRIVACY__TEXT_MAX: privacy.text_max: \
             must be a whole number from 100 to 20000"
                .to_owned(),
            format!("environment LUIK__STATE__PLACE: state.place: {unknown}"),
        ]
    );
}

#[test]
fn ten_faults_are_ten_problems_with_their_lines() {
    let text = r#"public_url = "https://luik.example/?q=1"
colour = "blue"

[listen]
public = "localhost"
admin = "0.0.0.0:9090"

[source]
kind = "postgres"
url = "postgres://hush@db/core"
slot = "Luik"
reconcile_every = "8d"

[[source.watch]]
table = "item"
items = "SELECT 1"

[deliver]
retry_max = 300

[privacy]
placeholder = ""
text_max = "4000"
"#;
    let found = problems(text, &[]);
    let places: Vec<String> = found
        .iter()
        .map(|line| line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let wanted = [
        "luik.toml:1 public_url",
        "luik.toml:2 colour",
        "luik.toml:5 listen.public",
        "luik.toml:10 source.url",
        "luik.toml:11 source.slot",
        "luik.toml:12 source.reconcile_every",
        "luik.toml:16 source.watch[0].items",
        "luik.toml:19 deliver.retry_max",
        "luik.toml:22 privacy.placeholder",
        "luik.toml:23 privacy.text_max",
    ];
    assert_eq!(places, wanted, "{found:#?}");
}

const FAULTS: &[(&str, &str)] = &[
    ("", "luik.toml: public_url: is missing"),
    ("[notify]\nlanguage = 'nl'", "luik.toml:2: notify.language: unknown key"),
    ("[notify]\nto = ['a@b.example']", "luik.toml:2: notify.to: needs a mail server"),
    ("[notify.smtp]\nhost = 'localhost'", "luik.toml:1: notify.from: is missing"),
    ("[notify]\nfrom = 'hush'", "luik.toml:2: notify.from: must be an e-mail address"),
    ("[notify]\nfrom = 'é@b.example'", "luik.toml:2: notify.from: must be an e-mail address of"),
    ("[notify]\nfrom = \"a@b.example\\nBcc: hush\"", "luik.toml:2: notify.from: must not hold"),
    (
        "[notify.smtp]\ntls = 'none'\nhost = 'mail.b.example'",
        "luik.toml:2: notify.smtp.tls: must be",
    ),
    ("[notify.smtp]\nhost = 'a b'", "luik.toml:2: notify.smtp.host: must be the name of a host"),
    (
        "[notify.smtp]\nhost = 'b.example'\nuser = 'luik'",
        "luik.toml:1: notify.smtp.password: goes with user",
    ),
    (
        "[notify.smtp]\npassword = 'hush'",
        "luik.toml:2: notify.smtp.password: a secret may not stand",
    ),
    (
        "[notify.webhook]\nurl = 'http://b.example/'",
        "luik.toml:2: notify.webhook.url: must start with https://",
    ),
    (
        "[notify.webhook]\nurl = 'https://10.0.0.1/'",
        "luik.toml:2: notify.webhook.url: leads to a private address",
    ),
    (
        "[notify.webhook]\nsecrets = [{ file = 'core-url' }]",
        "luik.toml:2: notify.webhook.secrets[0]: must be whsec_",
    ),
    ("a = 1\nb = \"hush", "luik.toml:2: not valid TOML"),
    (
        "[listen]\nadmin = '127.0.0.1:8080'",
        "luik.toml:2: listen.admin: must not be the same address as public",
    ),
    (
        "[listen]\ntrusted_proxies = ['127.0.0.1', 'proxy.example']",
        "luik.toml:2: listen.trusted_proxies[1]: must be an IP address, or a network such as",
    ),
    (
        "[listen]\ntrusted_proxies = ['10.1.2.3/8']",
        "luik.toml:2: listen.trusted_proxies[0]: must be an IP address, or a network such as",
    ),
    (
        "[listen]\ntrusted_proxies = '10.0.0.0/8'",
        "luik.toml:2: listen.trusted_proxies: must be a list",
    ),
    (
        "[listen.tls]\ncertificate = 'none.pem'\nkey = 'core-url'",
        "luik.toml:2: listen.tls.certificate: none.pem is not there",
    ),
    (
        "[listen.tls]\ncertificate = 'core-url'\nkey = 'core-url'",
        "luik.toml:2: listen.tls.certificate: core-url holds no certificate in PEM",
    ),
    ("[listen.tls]\nkey = 'core-url'", "luik.toml:1: listen.tls.certificate: is missing"),
    (
        "[listen]\nadmin_token = 'hush'",
        r#"luik.toml:2: listen.admin_token: a secret may not stand in the file: write { env = "NAME" }"#,
    ),
    (
        "[listen]\nadmin_token = { env = 'TOKEN_X' }",
        "luik.toml:2: listen.admin_token: the environment variable TOKEN_X is not set",
    ),
    (
        "[listen]\nadmin_token = { file = 'none' }",
        "luik.toml:2: listen.admin_token: the file none is not there",
    ),
    (
        "[listen]\nadmin_token = { env = 'whsec_hush' }",
        "luik.toml:2: listen.admin_token: must be a reference",
    ),
    (
        "[listen]\nadmin = '[::]:1'",
        "luik.toml:1: listen.admin_token: is missing; others can reach admin, so set it",
    ),
    ("id_key = { file = 'core-url' }", "luik.toml:1: id_key: core-url: must hold a key"),
    (
        "[source]\nkind = 'mysql'",
        "luik.toml:2: source.kind: must be one of: postgres, sqlite, http",
    ),
    ("[source]\nkind = 'sqlite'", "luik.toml:1: source.path: is missing"),
    (
        "[source]\nkind = 'sqlite'\npath = 'c'\nslot = 'x'",
        "luik.toml:4: source.slot: unknown key; known here: kind, path, reconcile_every, view",
    ),
    ("[source]\nkind = 'postgres'", "luik.toml:1: source.watch: is missing"),
    ("[source]\nkind = 'postgres'\nwatch = []", "luik.toml:3: source.watch: must not be empty"),
    (
        "[source]\nkind = 'postgres'\nview = 'a.b.c'",
        "luik.toml:3: source.view: must be name or schema.name",
    ),
    ("state = 'here'", "luik.toml:1: state: must be a section"),
    ("[state]\nkind = 'postgres'", "luik.toml:2: state.kind: this version keeps"),
    ("[deliver]\nretry_max = '25h'", "luik.toml:2: deliver.retry_max: must be from 1s to 1d"),
    ("[serve]\nconnections_max = 0", "luik.toml:2: serve.connections_max: must be a whole number"),
];

#[test]
fn each_fault_says_how_to_mend_it() {
    for (text, wanted) in FAULTS {
        let found = problems(text, &[]);
        assert!(found.iter().any(|line| line.starts_with(wanted)), "{wanted}\n{found:#?}");
    }
}

#[test]
fn notices_go_where_the_settings_say_and_nowhere_by_default() {
    let (_, outcome) = load_text(SQLITE, &[]);
    let notify = outcome.unwrap().notify;
    assert!(notify.smtp.is_none() && notify.webhook.is_none() && notify.to.is_empty());
    let text = format!(
        "{SQLITE}[notify]\nfrom = 'luik@b.example'\nto = ['beheer@b.example']\n\
         [notify.smtp]\nhost = 'mail.b.example'\nuser = 'luik'\npassword = {{ env = 'WORD' }}\n\
         [notify.webhook]\nurl = 'https://b.example/'\nsecrets = [{{ env = 'SIGN' }}]"
    );
    let sign = "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2g=";
    let (_, outcome) = load_text(&text, &[("WORD", "hush"), ("SIGN", sign)]);
    let notify = outcome.unwrap().notify;
    let smtp = notify.smtp.as_ref().unwrap();
    assert_eq!((smtp.port, smtp.tls), (587, crate::config::SmtpTls::StartTls));
    assert_eq!(smtp.login.as_ref().unwrap().1.reveal(), "hush");
    assert_eq!((notify.to.len(), notify.per_hour, notify.tell_partners), (1, 30, true));
    let debug = format!("{notify:?}");
    assert!(!debug.contains("hush") && !debug.contains("aHVzaC"), "{debug}");
}

#[test]
fn a_missing_file_is_named() {
    let error = load(Path::new("/nowhere/luik.toml"), &Environment::default()).unwrap_err();
    assert_eq!(error.to_string(), "/nowhere/luik.toml: is not there");
}
