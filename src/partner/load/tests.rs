use crate::config::TokenDigest;

use super::super::profile::Status;
use super::*;

const SIGNING: &str = "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2g=";
const OTHER_SIGNING: &str = "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLUhVU0g=";
const TOKEN: &str = "hush-hush-hush-hush";
const FULL: &str = r#"
name = "Stichting Voorbeeldwijk"
kind = "welfare-organisation"
status = "active"

[agreement]
reference = "OVK-2026-014"
starts = 2026-01-01
ends = 2027-12-31
role = "independent-controller"
countries = ["NL"]

[contact]
operations = "beheer@voorbeeldwijk.example"
privacy = "fg@voorbeeldwijk.example"

[scope]
kinds = ["request", "offer"]
regions = ["GM0119", "PV22"]

[removal]
promise = "12h"
lease = "72h"

[push]
endpoint = "https://voorbeeldwijk.example/luik"
secrets = [{ env = "SIGNING" }]

[pull]
tokens = [{ env = "TOKEN" }]
every = "15m"

[feed]
secrets = [{ file = "feed.secret" }]
every = "12h"

[embed]
origins = ["https://www.voorbeeldwijk.example", "http://localhost:8000"]

[probe]
page = "https://voorbeeldwijk.example/hulp"
"#;

fn environment() -> Environment {
    let variables =
        [("SIGNING", SIGNING), ("SIGNING_2", OTHER_SIGNING), ("TOKEN", TOKEN), ("SHORT", "hush")];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    variables.into_iter().map(owned).collect()
}

/// What comes of a folder with these files in it and a secret beside them.
fn load_files(files: &[(&str, &str)]) -> Result<Vec<Partner>, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files.iter().chain(&[("feed.secret", "hush_hush-hush_hush\n")]) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    load_all(folder.path(), &environment()).map_err(|problems| {
        let shown = problems.to_string();
        let hushed = format!("{shown}{problems:?}");
        assert!(!hushed.contains("hush") && !hushed.contains("aHVzaC"), "{shown}");
        shown.replace(&format!("{}/", folder.path().display()), "")
    })
}

fn load_one(text: &str) -> Result<Partner, String> {
    load_files(&[("wijk.toml", text)]).map(|mut partners| partners.remove(0))
}

#[test]
fn a_secret_may_have_a_last_day_which_is_no_term_of_the_agreement() {
    let dated = |day: &str| {
        let signing =
            format!(r#"[{{ env = "SIGNING", expires = {day} }}, {{ env = "SIGNING_2" }}]"#);
        FULL.replace(r#"[{ env = "SIGNING" }]"#, &signing)
            .replace(r#"{ env = "TOKEN" }"#, r#"{ env = "TOKEN", expires = 2027-06-30 }"#)
    };
    let (plain, with) = (load_one(FULL).unwrap(), load_one(&dated("2027-01-31")).unwrap());
    assert_eq!((plain.secret_expires, plain.agreement.hash), (None, with.agreement.hash));
    assert_eq!(with.secret_expires, Some(jiff::civil::date(2027, 1, 31)));
    assert_eq!(
        load_one(&dated("\"soon\"")).unwrap_err(),
        "wijk.toml:27: push.secrets[0]: expires must be a day such as 2026-01-31"
    );
}

#[test]
fn the_example_of_the_contract_is_read() {
    let partner = load_one(FULL).unwrap();
    assert_eq!(partner.id.as_str(), "wijk");
    let push = partner.push.as_ref().unwrap();
    assert_eq!((push.batch, push.per_second, push.timeout.as_secs()), (100, 50, 15));
    assert!(!push.allow_private);
    assert_eq!(push.secrets[0].reveal(), SIGNING);
    let digest = |text: &str| [TokenDigest::of(text.as_bytes())];
    assert_eq!(partner.pull.as_ref().unwrap().tokens, digest(TOKEN));
    assert_eq!(partner.feed.as_ref().unwrap().secrets, digest("hush_hush-hush_hush"));
    assert_eq!(
        partner.embed.as_ref().unwrap().origins,
        ["https://www.voorbeeldwijk.example", "http://localhost:8000"]
    );
    assert_eq!(partner.scope.offers.iter().count(), 1 + 12);
    assert!(partner.probe.is_some());
    let debug = format!("{partner:?}");
    assert!(!debug.contains("hush") && !debug.contains("aHVzaC"), "{debug}");
}

#[test]
fn the_examples_in_the_tree_need_no_environment() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("partners");
    let partners = load_all(&folder, &Environment::default()).unwrap();
    let known: Vec<(&str, Status)> =
        partners.iter().map(|partner| (partner.id.as_str(), partner.status)).collect();
    assert_eq!(
        known,
        [
            ("buurtplein-testdorp", Status::Draft),
            ("loket-fictiestad", Status::Draft),
            ("voorbeeldwijk", Status::Active),
        ]
    );
    let modes = |partner: &Partner| {
        let push = partner.push.is_some();
        (push, partner.pull.is_some(), partner.feed.is_some(), partner.embed.is_some())
    };
    assert_eq!(modes(&partners[0]), (true, false, false, false));
    assert_eq!(modes(&partners[1]), (false, true, true, false));
    assert_eq!(modes(&partners[2]), (false, false, false, true));
}

const FAULTS: &[(&str, &str, &str)] = &[
    ("name = ", "nmae = ", "wijk.toml: name: is missing"),
    (
        "name = ",
        "nmae = ",
        "wijk.toml:2: nmae: unknown key; known here: agreement, canary, contact",
    ),
    (
        "\"welfare-organisation\"",
        "\"club\"",
        "wijk.toml:3: kind: must be one of: neighbourhood-platform",
    ),
    ("\"active\"", "\"live\"", "wijk.toml:4: status: must be one of: draft, active"),
    ("2027-12-31", "2025-12-31", "wijk.toml:9: agreement.ends: must not be before starts"),
    ("2026-01-01", "2026-01-01T00:00:00Z", "wijk.toml:8: agreement.starts: must be a day"),
    ("2026-01-01", "2026", "wijk.toml:8: agreement.starts: must be a day"),
    (
        "[\"NL\"]",
        "[\"NL\", \"US\"]",
        "wijk.toml:11: agreement.countries[1]: \"US\" is not a country of the EEA",
    ),
    (
        "[\"NL\"]",
        "[\"nl\"]",
        "wijk.toml:11: agreement.countries[0]: \"nl\" must be in capitals: NL",
    ),
    ("[\"NL\"]", "[]", "wijk.toml:11: agreement.countries: must not be empty"),
    ("fg@voor", "fg voor", "wijk.toml:15: contact.privacy: must be an e-mail address"),
    ("\"offer\"", "\"offers\"", "wijk.toml:18: scope.kinds[1]: must be one of: request, offer"),
    ("GM0119", "Meppel", "wijk.toml:19: scope.regions[0]: \"Meppel\" is not a region code"),
    ("PV22", "*", "wijk.toml:19: scope.regions: \"*\" stands for all regions"),
    (
        "promise = \"12h\"",
        "promise = \"11h\"",
        "wijk.toml:22: removal.promise: 11h is too short: feed needs 12h",
    ),
    ("lease = \"72h\"", "lease = \"30s\"", "wijk.toml:23: removal.lease: must be from 1m to 90d"),
    (
        "https://voorbeeldwijk.example/luik",
        "http://voorbeeldwijk.example/luik",
        "wijk.toml:26: push.endpoint: must start with https://",
    ),
    (
        "https://voorbeeldwijk.example/luik",
        "https://u:hush@voorbeeldwijk.example",
        "wijk.toml:26: push.endpoint: must not hold a name",
    ),
    (
        "https://voorbeeldwijk.example/luik",
        "https://10.0.0.1/luik",
        "wijk.toml:26: push.endpoint: leads to a private address",
    ),
    (
        "https://voorbeeldwijk.example/luik",
        "http://localhost:1/luik",
        "wijk.toml:26: push.endpoint: leads to a private address",
    ),
    (
        "{ env = \"SIGNING\" }",
        "\"hush\"",
        "wijk.toml:27: push.secrets[0]: a secret may not stand in the file",
    ),
    (
        "{ env = \"SIGNING\" }",
        "{ env = \"NONE\" }",
        "wijk.toml:27: push.secrets[0]: the environment variable NONE is not set",
    ),
    (
        "{ env = \"SIGNING\" }",
        "{ env = \"SHORT\" }",
        "wijk.toml:27: push.secrets[0]: must be whsec_",
    ),
    (
        "[{ env = \"SIGNING\" }]",
        "[{ env = \"SIGNING\" }]\nbatch = 1001",
        "wijk.toml:28: push.batch: must be a whole number from 1 to 1000",
    ),
    (
        "[{ env = \"SIGNING\" }]",
        "[{ env = \"SIGNING\" }]\ntimeout = \"3m\"",
        "wijk.toml:28: push.timeout: must be from 100ms to 2m",
    ),
    (
        "{ env = \"TOKEN\" }",
        "{ env = \"SHORT\" }",
        "wijk.toml:30: pull.tokens[0]: must have at least 16",
    ),
    (
        "feed.secret",
        "none.secret",
        "wijk.toml:34: feed.secrets[0]: the file none.secret is not there",
    ),
    (
        "https://www.voorbeeldwijk.example",
        "http://www.voorbeeldwijk.example",
        "wijk.toml:38: embed.origins[0]: must start with https://",
    ),
    (
        "https://www.voorbeeldwijk.example",
        "https://www.voorbeeldwijk.example/hulp",
        "wijk.toml:38: embed.origins[0]: must be a scheme and a host only",
    ),
    (
        "https://www.voorbeeldwijk.example",
        "https://*.voorbeeldwijk.example",
        "wijk.toml:38: embed.origins[0]: must be a scheme and a host only",
    ),
    (
        "https://www.voorbeeldwijk.example",
        "https://a;script-src",
        "wijk.toml:38: embed.origins[0]: must be a scheme and a host only",
    ),
    (
        "https://voorbeeldwijk.example/hulp",
        "voorbeeldwijk",
        "wijk.toml:41: probe.page: must be an address",
    ),
];

#[test]
fn each_fault_is_named_with_its_line() {
    for (from, to, wanted) in FAULTS {
        assert!(FULL.contains(from), "{from}");
        let shown = load_one(&FULL.replacen(from, to, 1)).unwrap_err();
        assert!(shown.lines().any(|line| line.starts_with(wanted)), "{wanted}\n{shown}");
    }
}

#[test]
fn a_partner_receives_somehow() {
    let (start, _) = FULL.split_once("[push]").unwrap();
    let shown = load_one(start).unwrap_err();
    assert!(
        shown.contains("at least one of [push], [mail], [pull], [feed] and [embed]"),
        "{shown}"
    );
}

#[test]
fn a_feed_alone_is_not_promised_to_be_faster_than_its_readers() {
    let (start, rest) = FULL.split_once("[push]").unwrap();
    let (_, feed) = rest.split_once("[feed]").unwrap();
    let (feed, embed) = feed.split_once("[embed]").unwrap();
    let alone = format!("{start}[feed]{}", feed.replace("12h", "1h"));
    assert!(load_one(&alone).is_ok(), "12h is enough");
    let short = alone.replace("promise = \"12h\"", "promise = \"11h\"");
    let shown = load_one(&short).unwrap_err();
    let wanted = "wijk.toml:22: removal.promise: 11h is too short for a [feed] alone: readers";
    assert!(shown.starts_with(wanted) && shown.lines().count() == 1, "{shown}");
    assert!(load_one(&format!("{short}[embed]{embed}")).is_ok(), "not alone");
}

#[test]
fn private_endpoints_are_allowed_on_request() {
    for endpoint in ["http://localhost:1/luik", "http://[::1]:1/", "https://10.0.0.1/"] {
        let text = FULL
            .replace("https://voorbeeldwijk.example/luik", endpoint)
            .replace("[pull]", "allow_private = true\n[pull]");
        assert!(load_one(&text).is_ok(), "{endpoint}");
    }
}

#[test]
fn a_draft_needs_no_secrets_but_a_secret_that_is_there_must_do() {
    let draft = FULL.replace("\"active\"", "\"draft\"").replace("TOKEN", "NONE");
    let partner = load_one(&draft).unwrap();
    assert!(partner.pull.unwrap().tokens.is_empty());
    assert_eq!(partner.push.unwrap().secrets.len(), 1);
    let shown = load_one(&draft.replace("SIGNING", "SHORT")).unwrap_err();
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[test]
fn two_partners_never_share_a_secret() {
    let other = FULL.replace("[pull]\ntokens", "[pull]\n# again\ntokens");
    let shown = load_files(&[("a.toml", FULL), ("b.toml", &other)]).unwrap_err();
    let wanted = [
        "b.toml:27: push.secrets[0]: is the same secret as a.toml has in push.secrets[0]",
        "b.toml:31: pull.tokens[0]: is the same secret as a.toml has in pull.tokens[0]",
        "b.toml:35: feed.secrets[0]: is the same secret as a.toml has in feed.secrets[0]",
    ];
    let found: Vec<&str> =
        shown.lines().filter_map(|line| line.strip_suffix("; make a new one")).collect();
    assert_eq!(found, wanted, "{shown}");
}

#[test]
fn all_files_are_told_at_once_and_other_files_are_left_alone() {
    let files = [
        ("Wijk 1.toml", FULL),
        ("b.toml", "hush ="),
        (".c.toml", "hush ="),
        ("d.toml~", "hush ="),
        ("README.md", "hush"),
    ];
    let shown = load_files(&files).unwrap_err();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines[0].starts_with("Wijk 1.toml: the name of the file"), "{shown}");
    assert!(lines[1].starts_with("b.toml:1: not valid TOML"), "{shown}");
    assert!(load_all(Path::new("/nowhere"), &environment()).is_err());
}

#[test]
fn the_hash_is_of_the_terms_and_not_of_their_looks() {
    let hash = |text: &str| load_one(text).unwrap().agreement.hash;
    let first = hash(FULL);
    assert_eq!(first.len(), "sha256:".len() + 64);
    for same in [
        FULL.replace("\"12h\"", "'12h' # a comment"),
        FULL.replace("{ env = \"SIGNING\" }", "{ env = \"SIGNING_2\" }, { env = \"SIGNING\" }"),
        FULL.replace(
            "starts = 2026-01-01\nends = 2027-12-31",
            "ends = 2027-12-31\nstarts = 2026-01-01",
        ),
    ] {
        assert_eq!(hash(&same), first, "{same}");
    }
    for other in [
        FULL.replace("\"12h\"", "\"13h\""),
        FULL.replace("\"GM0119\", ", ""),
        FULL.replace("GM0119\", \"PV22", "PV22\", \"GM0119"),
    ] {
        assert_ne!(hash(&other), first, "{other}");
    }
}

#[test]
fn check_tells_of_both_sorts_of_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("luik.toml");
    fs::create_dir(folder.path().join("own")).unwrap();
    fs::write(folder.path().join("own/wijk.toml"), FULL.replace("GM0119", "GM9999")).unwrap();
    fs::write(&path, "partners = 'own'\n[source]\nkind = 'sqlite'\npath = 'core.db'\n").unwrap();
    let shown = check(&path, &environment()).unwrap_err().to_string();
    assert!(shown.contains("luik.toml: public_url: is missing"), "{shown}");
    assert!(shown.contains("own/wijk.toml:19: scope.regions[0]"), "{shown}");
}

#[test]
fn who_asks_for_the_canary_gets_it_beside_its_scope_and_under_the_same_agreement() {
    let asks = format!("canary = true{FULL}");
    let (without, with) = (load_one(FULL).unwrap(), load_one(&asks).unwrap());
    assert!(!without.scope.has_canary() && with.scope.has_canary());
    assert_eq!(with.scope, without.scope.with_canary());
    assert_eq!(with.agreement.hash, without.agreement.hash);
    let all = FULL.replace(r#"["GM0119", "PV22"]"#, r#"["*"]"#);
    assert!(!load_one(&all).unwrap().scope.has_canary(), "everything is every place");
    let named = load_one(&FULL.replace("GM0119", "GM0999")).unwrap_err();
    assert!(named.contains("scope.regions[0]: \"GM0999\" is not a region code"), "{named}");
    let pushed = asks.find("[push]").unwrap()..asks.find("[pull]").unwrap();
    let mut pulled = asks.clone();
    pulled.replace_range(pushed, "");
    assert!(load_one(&pulled).is_ok());
    let slow = load_one(&pulled.replace("every = \"15m\"", "every = \"16m\"")).unwrap_err();
    assert_eq!(slow.lines().count(), 1, "{slow}");
    assert!(slow.starts_with("wijk.toml:1: canary: needs a [push]"), "{slow}");
    let day = pulled.replace("promise = \"12h\"", "promise = \"24h\"");
    let written = load_one(&format!("{day}\n[mail]\nto = \"beheer@wijk.example\"\n")).unwrap_err();
    assert_eq!(written.lines().count(), 1, "{written}");
    assert!(written.starts_with("wijk.toml:1: canary: can not go with [mail]"), "{written}");
}

#[test]
fn letters_to_a_person_take_a_day_go_without_pushes_and_are_not_rare() {
    let (start, _) = FULL.split_once("[push]").unwrap();
    let day = start.replace("promise = \"12h\"", "promise = \"24h\"");
    let mail = "[mail]\nto = \"beheer@voorbeeldwijk.example\"\n";
    let partner = load_one(&format!("{day}{mail}")).unwrap();
    assert!(partner.is_sent_to() && !partner.fetches());
    let read = partner.mail.unwrap();
    assert_eq!((read.every.as_secs(), read.remind_every.as_secs()), (86_400, 86_400));
    let pushed = format!("{}{mail}", FULL.replace("promise = \"12h\"", "promise = \"24h\""));
    for (text, wanted) in [
        (
            format!("{start}{mail}"),
            "wijk.toml:22: removal.promise: 12h is too short: mail needs 1d",
        ),
        (pushed, "wijk.toml:42: mail: can not go with [push]"),
        (
            format!("{day}{mail}every = \"25h\""),
            "wijk.toml:27: mail.every: must be at most a third",
        ),
        (format!("{day}[mail]\nto = \"beheer\""), "wijk.toml:26: mail.to: must be an e-mail"),
        (format!("{day}[mail]\n"), "wijk.toml:25: mail.to: is missing"),
        (format!("canary = true{day}{mail}"), "wijk.toml:1: canary: can not go with [mail]"),
    ] {
        let shown = load_one(&text).unwrap_err();
        assert!(shown.lines().any(|line| line.starts_with(wanted)), "{wanted}\n{shown}");
    }
}

#[test]
fn who_gets_letters_needs_a_mail_server() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("partners")).unwrap();
    let (start, _) = FULL.split_once("[push]").unwrap();
    let day = start.replace("promise = \"12h\"", "promise = \"24h\"");
    write("partners/wijk.toml", &format!("{day}[mail]\nto = \"beheer@voorbeeldwijk.example\"\n"));
    let settings =
        "public_url = 'https://luik.example'\n[source]\nkind = 'sqlite'\npath = 'core.db'\n";
    write("luik.toml", settings);
    let path = folder.path().join("luik.toml");
    let shown = check(&path, &environment()).unwrap_err().to_string();
    assert!(shown.contains("wijk.toml: mail: needs a mail server: add [notify.smtp]"), "{shown}");
    let smtp = "[notify]\nfrom = 'luik@b.example'\n[notify.smtp]\nhost = 'mail.b.example'\n";
    write("luik.toml", &format!("{settings}{smtp}"));
    assert!(check(&path, &environment()).is_ok());
}
