//! What is in `deploy/` is true: every figure that rules, their tests and the dashboard use is on a
//! real gateway's page, every alert has a test and a paragraph, and every file is right in form.

mod expression;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::embedded::program::{luik, run, run_with};
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;
use crate::judged::program;

use expression::{Selector, parse};

/// Figures of Prometheus itself, with their labels.
const OF_PROMETHEUS: [(&str, &[&str]); 2] =
    [("up", &[]), ("ALERTS", &["alertname", "alertstate", "severity", "partner", "state"])];
/// Labels that Prometheus adds to every figure.
const ADDED: [&str; 2] = ["job", "instance"];
/// Labels whose values are no closed set.
const OPEN: [&str; 6] = ["partner", "version", "le", "alertname", "alertstate", "severity"];
const PARTS: [&str; 5] =
    ["Symptom:", "What people notice:", "First command:", "Whom to phone:", "Privacy:"];

/// Names of figures; labels of each, and the values of each label.
type Figures = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap()
}

/// Every document of a YAML file.
fn yaml(name: &str) -> Vec<Value> {
    const SCRIPT: &str = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin)), default=str))";
    let mut python = Command::new(program("python"));
    let read = run_with(python.args(["-c", SCRIPT]), text(name).as_bytes());
    assert_eq!(read.code, Some(0), "{name}: {}", read.err);
    serde_json::from_str(&read.out).unwrap()
}

/// Every value under this key, wherever it stands.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key));
            object.values().for_each(|inner| all(inner, key, found));
        }
        Value::Array(array) => array.iter().for_each(|inner| all(inner, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    all(value, key, &mut found);
    found.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect()
}

/// What a real gateway shows, with partners of every sort.
fn figures() -> Figures {
    let mut stage = Stage::new();
    let sink = Sink::start("duwt");
    stage.pushes_to("duwt", &sink, "");
    stage.pulled_by("haalt");
    let page = stage.start().metrics();
    let mut figures = Figures::new();
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let [Selector { name, matchers }] = &parse(series)[..] else { panic!("{series}") };
        let labels = figures.entry(name.clone()).or_default();
        for (label, _, value) in matchers {
            labels.entry(label.clone()).or_default().insert(value.clone());
        }
    }
    for (name, labels) in OF_PROMETHEUS {
        let labels = labels.iter().map(|label| ((*label).to_owned(), BTreeSet::new()));
        figures.insert(name.to_owned(), labels.collect());
    }
    figures
}

/// Everything that is wrong with an expression.
fn faults(figures: &Figures, expression: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for Selector { name, matchers } in parse(expression) {
        if name.is_empty() {
            continue; // a list of labels, or a series without a name
        }
        let Some(labels) = figures.get(&name) else {
            faults.push(format!("{name} is not shown: {expression}"));
            continue;
        };
        for (label, _, value) in matchers {
            let known = labels.get(&label);
            if known.is_none() && !ADDED.contains(&&*label) {
                faults.push(format!("{name} has no label {label}: {expression}"));
            }
            let closed = known.filter(|values| !OPEN.contains(&&*label) && !values.is_empty());
            let strange = |values: &BTreeSet<String>| {
                value.split('|').any(|one| !one.is_empty() && !values.contains(one))
            };
            if closed.is_some_and(strange) {
                faults.push(format!("{label} of {name} is never {value}: {expression}"));
            }
        }
    }
    faults
}

#[test]
fn every_figure_of_rules_tests_and_dashboard_is_on_the_page() {
    let figures = figures();
    let rules = Value::from(yaml("prometheus/luik.rules.yml"));
    let tests = Value::from(yaml("prometheus/luik.tests.yml"));
    let board: Value = serde_json::from_str(&text("grafana/luik.json")).unwrap();
    let mut expressions = texts(&rules, "expr");
    for key in ["series", "expr", "labels"] {
        expressions.extend(texts(&tests, key));
    }
    expressions.extend(texts(&board, "expr"));
    assert!(expressions.len() > 100, "{}", expressions.len());
    let found: Vec<_> =
        expressions.iter().flat_map(|expression| faults(&figures, expression)).collect();
    assert_eq!(found, Vec::<String>::new());
    let labels: BTreeSet<&str> =
        figures.values().flat_map(|labels| labels.keys().map(String::as_str)).collect();
    for legend in texts(&board, "legendFormat") {
        for part in legend.split("{{").skip(1) {
            let label = part.split("}}").next().unwrap();
            assert!(labels.contains(label), "{legend}");
        }
    }
    for wrong in [
        "luik_removals_opened > 0",
        r#"luik_removals_open{site="wijk"} > 0"#,
        r#"sum by (partner) (luik_partner_state{state=~"gone|lost"})"#,
    ] {
        assert_eq!(faults(&figures, wrong).len(), 1, "{wrong}");
    }
}

#[test]
fn every_alert_has_a_paragraph_and_is_tested_both_ways() {
    let rules = Value::from(yaml("prometheus/luik.rules.yml"));
    let tests = Value::from(yaml("prometheus/luik.tests.yml"));
    let runbook = text("runbook.md");
    let paragraphs: BTreeMap<&str, &str> =
        runbook.split("\n## ").skip(1).filter_map(|part| part.split_once('\n')).collect();
    let (mut fire, mut silent) = (BTreeSet::new(), BTreeSet::new());
    let mut cases = Vec::new();
    all(&tests, "alert_rule_test", &mut cases);
    for case in cases.iter().flat_map(|cases| cases.as_array().unwrap()) {
        let set = if case.get("exp_alerts").is_some() { &mut fire } else { &mut silent };
        set.insert(case["alertname"].as_str().unwrap().to_owned());
    }
    let looked_up = texts(&tests, "labels");
    let mut groups = Vec::new();
    all(&rules, "rules", &mut groups);
    let mut names = BTreeSet::new();
    for rule in groups.iter().flat_map(|rules| rules.as_array().unwrap()) {
        let name = rule["alert"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["page", "warn", "info"].contains(&severity), "{name}");
        for key in ["summary", "description"] {
            let text = rule["annotations"][key].as_str().unwrap_or_default();
            assert!(text.len() > 20, "{key} of {name}");
        }
        let link = format!("runbook.md#{}", name.to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], *link, "{name}");
        let paragraph = paragraphs.get(name).unwrap_or_else(|| panic!("no paragraph: {name}"));
        for part in PARTS {
            assert!(paragraph.contains(&format!("- **{part}** ")), "{part} of {name}");
        }
        let needle = format!("alertname=\"{name}\"");
        let fires = fire.contains(name) || looked_up.iter().any(|labels| labels.contains(&needle));
        assert!(fires && silent.contains(name), "{name} is not tested");
    }
    let paragraphs: BTreeSet<_> = paragraphs.into_keys().collect();
    assert_eq!(paragraphs, names, "paragraphs without an alert");
}

#[test]
fn promtool_agrees_with_rules_their_tests_and_the_example() {
    for arguments in [
        &["check", "rules", "luik.rules.yml"][..],
        &["test", "rules", "luik.tests.yml"],
        &["check", "config", "--syntax-only", "prometheus.yml"],
    ] {
        let mut promtool = Command::new(program("promtool"));
        let judged = run(promtool.current_dir(file("prometheus")).args(arguments));
        assert_eq!(judged.code, Some(0), "{arguments:?}\n{}{}", judged.out, judged.err);
    }
}

/// `luik check` of a configuration, with these overrides.
fn check(config: &str, overrides: &[(String, String)]) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("luik.toml");
    fs::copy(file(config), &copy).unwrap();
    let partners = file(config).with_file_name("partners");
    let mut command = luik(&["check", "--config", copy.to_str().unwrap()]);
    command.env("LUIK_CORE_URL", "postgres://luik@core.voorbeeld.example/platform");
    command.env("LUIK_ADMIN_TOKEN", "token-of-the-operator-0123456789");
    command.envs(overrides.iter().map(|(name, value)| (name, value)));
    command.env("LUIK__PARTNERS", if partners.exists() { partners } else { folder.path().into() });
    if !file(config).with_file_name("partners").exists() {
        let empty = folder.path().join("partners");
        fs::create_dir(&empty).unwrap();
        command.env("LUIK__PARTNERS", empty);
    }
    let checked = run(&mut command);
    assert_eq!(checked.code, Some(0), "{config}: {}", checked.err);
}

/// `LUIK__…=value` of a unit file or a container file.
fn overrides(text: &str) -> Vec<(String, String)> {
    let words = text.split(|c: char| c.is_whitespace());
    let words = words.map(|word| word.strip_prefix("Environment=").unwrap_or(word));
    let pairs = words.filter(|word| word.starts_with("LUIK__")).filter_map(|w| w.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn unit_container_and_manifests_start_a_gateway_that_can_do_little_else() {
    let unit = text("systemd/luik.service");
    for line in [
        "ExecStart=/usr/local/bin/luik run --config /etc/luik/luik.toml",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "DynamicUser=yes",
        "StateDirectory=luik",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "MemoryDenyWriteExecute=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
    ] {
        assert!(unit.lines().any(|has| has == line), "{line}");
    }
    assert!(unit.contains("\nLoadCredential="));
    let container = text("container/Containerfile");
    assert!(container.contains("\nUSER 65532:65532\n") && container.contains("distroless"));
    for name in ["systemd/luik.service", "container/Containerfile"] {
        let overrides = overrides(&text(name));
        assert!(overrides.len() >= 3, "{name}");
        check("luik.toml", &overrides);
    }
    check("kubernetes/luik.toml", &[]);
    let gateway = &yaml("kubernetes/gateway.yaml")[0]["spec"];
    assert_eq!(
        (&gateway["replicas"], &gateway["template"]["spec"]["automountServiceAccountToken"]),
        (&1.into(), &false.into())
    );
    let pod = &gateway["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"][0], "ALL");
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert!(container[probe].is_object(), "{probe}");
    }
    let namespace = &yaml("kubernetes/namespace.yaml")[0]["metadata"]["labels"];
    assert_eq!(namespace["pod-security.kubernetes.io/enforce"], "restricted");
    let policy = &yaml("kubernetes/network.yaml")[0]["spec"]["policyTypes"];
    assert_eq!(policy.to_string(), r#"["Ingress","Egress"]"#);
    for resource in yaml("kubernetes/kustomization.yaml")[0]["resources"].as_array().unwrap() {
        let name = format!("kubernetes/{}", resource.as_str().unwrap());
        assert!(yaml(&name).iter().all(|one| one["kind"].is_string()), "{name}");
    }
}

#[test]
fn proxies_pass_the_public_listener_alone_and_note_no_visitor() {
    for (name, own) in [
        ("nginx/luik.conf", "access_log off;"),
        ("caddy/Caddyfile", "reverse_proxy 127.0.0.1:8080 {"),
    ] {
        let text = text(name);
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let lines: Vec<_> = lines.collect();
        assert!(lines.contains(&own), "{own}");
        assert!(lines.iter().all(|line| !line.contains("9090") && !line.starts_with("log")));
        assert!(text.contains("8080") && text.contains("X-Forwarded-For"));
    }
    assert!(text("nginx/luik.conf").contains("proxy_buffering off;"));
    assert!(text("caddy/Caddyfile").contains("flush_interval -1"));
}
