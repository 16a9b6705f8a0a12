//! What the real binary logs: lines that a machine can read, ids of requests, and never a value.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use rusqlite::types::Value as Sql;
use serde_json::Value;

use crate::embedded::core::{CANARY, public_id};
use crate::embedded::http::{post, try_get};
use crate::embedded::program::Program;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;
use crate::embedded::{SOON, eventually, found};
use crate::harness::canary;

/// A gateway that logs JSON; killed when dropped.
struct Logging {
    program: Program,
    public: SocketAddr,
    admin: SocketAddr,
}

/// Every line so far, each of which must be JSON with what a line always has.
fn lines(program: &Program) -> Vec<BTreeMap<String, Value>> {
    let log = program.err();
    let whole = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let read = |line: &str| {
        let line: BTreeMap<String, Value> =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        let time = line["timestamp"].as_str().unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
        assert!(
            ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&line["level"].as_str().unwrap())
        );
        assert!(!line["message"].as_str().unwrap().is_empty());
        line
    };
    whole.map(read).collect()
}

impl Logging {
    fn start(stage: &Stage, level: &str) -> Self {
        let mut command: Command = stage.luik(&["run"]);
        command.env("LUIK_LOG", level).env("LUIK_LOG_FORMAT", "json");
        let program = Program::start(&mut command, b"");
        let [public, admin] = found("it listens", SOON, || {
            let lines = lines(&program);
            let line = lines.iter().find(|line| line["message"] == "listening")?;
            Some(["public", "admin"].map(|name| {
                let text = line[name].as_str().unwrap();
                text.trim_start_matches("Some(").trim_end_matches(')').parse().unwrap()
            }))
        });
        Self { program, public, admin }
    }

    fn lines(&self) -> Vec<BTreeMap<String, Value>> {
        lines(&self.program)
    }

    /// The id that the answer to a request came with.
    fn asks(&self, to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> String {
        let answer = try_get(to, path, headers).unwrap();
        answer.header("x-request-id").unwrap().to_owned()
    }
}

/// The id of the request on whose behalf a line was logged.
fn request_of(line: &BTreeMap<String, Value>) -> Option<&str> {
    line.get("span")?.get("request_id")?.as_str()
}

#[test]
fn each_line_is_json_and_no_level_tells_a_value_a_secret_or_a_stranger_s_word() {
    let mut stage = Stage::new();
    let (takes, fails) = (Sink::start("neemt"), Sink::start("stuk"));
    fails.behave(|_| Reply::Fail(500, String::new()));
    stage.pushes_to("neemt", &takes, "");
    stage.pushes_to("stuk", &fails, "");
    let token = stage.pulled_by("haalt");
    let words = ["Kwikstaart", "Tjiftjaf-titel", "Wielewaal-tekst"];
    let text = |word: &str| Sql::Text(word.to_owned());
    let odd = [("first_name", text(words[0])), ("title", text(words[1])), ("body", text(words[2]))];
    stage.core.put_odd("kernnummer-a", &odd);
    stage.core.put_odd("kernnummer-b", &[("kind", text("Kwikstaart")), ("url", text(words[2]))]);
    let gateway = Logging::start(&stage, "trace");
    eventually("it is shown", || takes.shows(&public_id("kernnummer-a")));
    eventually("it is tried again where it fails", || fails.pushes().len() > 2);
    let bearer = format!("Bearer {token}");
    let feed = "/v1/partners/haalt/items?afterChangeNumber=0";
    let forged = "evil-request-id";
    let ids = [
        gateway.asks(gateway.public, feed, &[("authorization", &bearer), ("x-request-id", forged)]),
        gateway.asks(
            gateway.public,
            "/embed/gluurder-woord",
            &[("x-request-id", "a \"b\" evil-request-id")],
        ),
        gateway.asks(gateway.public, "/v1/partners/haalt/items?gluurder-woord", &[]),
        gateway.asks(gateway.admin, "/metrics?gluurder-woord", &[("x-request-id", forged)]),
    ];
    let refused =
        post(gateway.public, "/gluurder-woord", &[("gluurder-woord", "x")], b"gluurder-woord");
    assert!(refused.status >= 400 && refused.header("x-request-id").is_some());
    stage.core.remove("kernnummer-a");
    eventually("it is taken back", || takes.has_dropped(&public_id("kernnummer-a")));
    let lines = gateway.lines();
    for id in ids {
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        let of_it: Vec<_> = lines.iter().filter(|line| request_of(line) == Some(&id)).collect();
        assert!(of_it.iter().any(|line| line["message"] == "a request was answered"), "{of_it:?}");
    }
    let is = |line: &&BTreeMap<String, Value>, name: &str, value: &str| {
        line.get(name).is_some_and(|found| found == value)
    };
    let batch = |line: &&BTreeMap<String, Value>| {
        is(line, "message", "a batch was sent") && is(line, "partner", "neemt")
    };
    let batch = lines.iter().find(batch).expect("a line for each batch");
    assert!(batch["outcome"] == "accepted" && batch["lane"] == "publish", "{batch:?}");
    assert!(batch["status"] == 204 && batch["items"] == 1, "{batch:?}");
    assert!(batch["duration_ms"].is_u64() && !batch["message_id"].as_str().unwrap().is_empty());
    let warned = |line: &&BTreeMap<String, Value>| {
        is(line, "level", "WARN") && is(line, "partner", "stuk") && is(line, "lane", "publish")
    };
    let warned: Vec<_> = lines.iter().filter(warned).collect();
    assert_eq!(warned.len(), 1, "the first failure, and then for long no other: {warned:?}");
    let secrets = [CANARY, "kernnummer", "gluurder-woord", forged, &token, takes.secret()];
    let secrets = secrets.iter().chain(&words).map(|word| (*word).to_owned()).collect::<Vec<_>>();
    canary::absent(&secrets, "the log", gateway.program.err().as_bytes());
}

#[test]
fn an_id_of_a_trusted_proxy_goes_through_every_line_and_a_bad_one_through_none() {
    let stage = Stage::new();
    let config = std::fs::read_to_string(stage.config()).unwrap();
    let config = config.replace("[listen]", "[listen]\ntrusted_proxies = [\"127.0.0.1\"]");
    std::fs::write(stage.config(), config).unwrap();
    let gateway = Logging::start(&stage, "debug");
    let word = "proxy-4711.a_B";
    for to in [gateway.public, gateway.admin] {
        assert_eq!(gateway.asks(to, "/nergens", &[("x-request-id", word)]), word);
        let bad = gateway.asks(to, "/nergens", &[("x-request-id", "{\"level\":\"ERROR\"}")]);
        assert_eq!(bad.len(), 32);
    }
    let lines = gateway.lines();
    assert_eq!(lines.iter().filter(|line| request_of(line) == Some(word)).count(), 2);
    assert!(!gateway.program.err().contains("{\\\"level"));
}
