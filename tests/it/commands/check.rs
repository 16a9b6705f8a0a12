//! `luik check`: every problem of all files at once.

use std::fs;
use std::path::Path;

use crate::embedded::core::CANARY;
use crate::embedded::program::{luik, run};
use crate::embedded::stage::{Stage, partner_file};

const FAULTY: &str = r#"public_url = "ftp://luik.example"
colour = "blue"

[listen]
public = "localhost"
admin = "0.0.0.0:9090"

[source]
kind = "sqlite"

[deliver]
retry_max = 300

[privacy]
placeholder = ""
"#;

/// File, line and key of each line of a message.
fn places(message: &str, folder: &Path) -> Vec<String> {
    let short = message.replace(&format!("{}/", folder.display()), "");
    let place = |line: &str| line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(" ");
    short.lines().map(place).collect()
}

#[test]
fn every_problem_of_every_file_is_told_at_once_with_file_key_and_line() {
    let mut stage = Stage::new();
    fs::write(stage.config(), FAULTY).unwrap();
    stage.set("SHORT", "geheim");
    stage.set("LUIK__PRIVACY__TEXT_MAX", "veel");
    let push = "[push]\nendpoint = \"https://10.0.0.8/luik\"\nsecrets = [{ env = \"SHORT\" }]\n\
                batch = 0\n[embed]\norigins = [\"http://www.voorbeeld.example\"]\n";
    let wijk = partner_file(push).replace("\"*\"", "\"GM9999\"").replace("\"NL\"", "\"US\"");
    fs::write(stage.path().join("partners/wijk.toml"), wijk).unwrap();
    fs::write(stage.path().join("partners/Buurt 1.toml"), partner_file("")).unwrap();
    fs::write(stage.path().join("partners/open.toml"), "name = \"geheim\nkind = 3").unwrap();
    for command in ["check", "run"] {
        let ended = run(&mut stage.luik(&[command]));
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{command}: {ended:?}");
        let mut found = places(&ended.err, stage.path());
        found.sort();
        let mut wanted = [
            "environment LUIK__PRIVACY__TEXT_MAX privacy.text_max",
            "luik.toml:1 public_url",
            "luik.toml:2 colour",
            "luik.toml:5 listen.public",
            "luik.toml:8 source.path",
            "luik.toml:12 deliver.retry_max",
            "luik.toml:15 privacy.placeholder",
            "partners/Buurt 1.toml the name of the file is the partner's id",
            "partners/Buurt 1.toml push",
            "partners/open.toml:1 not valid TOML",
            "partners/wijk.toml:9 agreement.countries[0]",
            "partners/wijk.toml:15 scope.regions[0]",
            "partners/wijk.toml:20 push.endpoint",
            "partners/wijk.toml:21 push.secrets[0]",
            "partners/wijk.toml:22 push.batch",
            "partners/wijk.toml:24 embed.origins[0]",
        ];
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{command}: {}", ended.err);
        assert!(!ended.err.contains("geheim"), "{}", ended.err);
    }
    assert!(!stage.path().join("state").exists(), "a wrong configuration makes nothing");
}

#[test]
fn the_shipped_partner_files_are_right_without_any_environment() {
    let folder = tempfile::tempdir().unwrap();
    let partners = concat!(env!("CARGO_MANIFEST_DIR"), "/partners");
    let settings = format!(
        "public_url = \"https://luik.example\"\npartners = \"{partners}\"\n\
         [source]\nkind = \"sqlite\"\npath = \"core.db\"\n"
    );
    fs::write(folder.path().join("luik.toml"), settings).unwrap();
    let ended = run(luik(&["check"]).current_dir(folder.path()));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "luik.toml and 3 partner files are right\n");
    assert_eq!(ended.err, "");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "check makes nothing: {left:?}");
}

#[test]
fn a_private_address_is_refused_unless_the_partner_file_allows_it() {
    for (endpoint, other) in [
        ("https://10.0.0.8/luik", true),
        ("https://172.16.4.4/luik", true),
        ("https://192.168.1.1/luik", true),
        ("https://100.64.0.1/luik", true),
        ("https://169.254.169.254/latest/meta-data", true),
        ("https://[fd00::8]/luik", true),
        ("https://[fe80::1]/luik", true),
        ("https://[::ffff:10.0.0.8]/luik", true),
        ("https://2130706433/luik", true),
        ("https://0x7f.1/luik", true),
        ("https://localhost/luik", true),
        ("http://127.0.0.1:9/luik", true),
        ("http://10.0.0.8/luik", false),
        ("http://voorbeeld.example/luik", false),
    ] {
        let mut stage = Stage::new();
        stage.set("SECRET", "whsec_dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3Q=");
        let push = |more: &str| {
            let secrets = "secrets = [{ env = \"SECRET\" }]";
            format!("[push]\nendpoint = \"{endpoint}\"\n{secrets}\n{more}")
        };
        stage.partner("wijk", &push(""));
        let ended = run(&mut stage.luik(&["check"]));
        assert_eq!(ended.code, Some(2), "{endpoint}: {ended:?}");
        assert!(ended.err.contains("partners/wijk.toml:20: push.endpoint: "), "{ended:?}");
        stage.partner("wijk", &push("allow_private = true\n"));
        let ended = run(&mut stage.luik(&["check"]));
        assert_eq!(ended.code == Some(0), other, "{endpoint}: {ended:?}");
    }
}

#[test]
fn what_is_no_command_is_refused_with_exit_2() {
    for arguments in [&["doorgeven"][..], &[], &["run", "--fast"], &["source"], &["receive"]] {
        let ended = run(&mut luik(arguments));
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains("Usage: luik"), "{ended:?}");
    }
    let ended = run(&mut luik(&["check", "--config", "/nowhere/luik.toml"]));
    assert_eq!((ended.code, ended.err.as_str()), (Some(2), "/nowhere/luik.toml: is not there\n"));
    for arguments in ["--help", "--version"] {
        let ended = run(&mut luik(&[arguments]));
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
        assert!(ended.out.contains("luik") && !ended.out.contains(CANARY));
    }
}
