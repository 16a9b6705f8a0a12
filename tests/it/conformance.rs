//! `luik partner test` against the reference receiver, and against one that fails each point.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use luik::clock::Clock;
use luik::config::Secret;
use luik::lifecycle::Tasks;
use luik::receive::{Key, Signed, verify};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::embedded::program::{Ended, luik, run};
use crate::embedded::stage::partner_file;

const POINTS: [&str; 17] = [
    "ping",
    "create",
    "duplicate",
    "update",
    "older-after-newer",
    "retract",
    "retract-unknown",
    "late-create-after-retract",
    "bad-signature",
    "old-timestamp",
    "two-signatures",
    "unknown-field",
    "unknown-type",
    "unicode",
    "digest",
    "lease-lapse",
    "throttle",
];

pub(crate) fn secret() -> String {
    format!("whsec_{}", STANDARD.encode([7; 32]))
}

/// Runs the command against this endpoint; how it ended, and each point's outcome.
pub(crate) fn test(endpoint: &str) -> (Ended, BTreeMap<String, String>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("partners")).unwrap();
    let settings = "public_url = \"http://127.0.0.1:8080\"\n[source]\nkind = \"sqlite\"\n\
                    path = \"core.db\"\n";
    fs::write(folder.path().join("luik.toml"), settings).unwrap();
    let push = format!(
        "[push]\nendpoint = \"{endpoint}\"\nsecrets = [{{ env = \"SECRET\" }}]\n\
         allow_private = true\ntimeout = \"2s\"\n"
    );
    fs::write(folder.path().join("partners/wijk.toml"), partner_file(&push)).unwrap();
    let mut command = luik(&["partner", "test", "wijk"]);
    let ended = run(command.current_dir(folder.path()).env("SECRET", secret()));
    let report = fs::read(folder.path().join("luik-test-wijk.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = report["points"].as_array().unwrap().iter();
    let outcomes = rows.map(|row| (text(row, "point"), text(row, "outcome"))).collect();
    (ended, outcomes, folder)
}

#[test]
fn the_reference_receiver_passes_every_point() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let arguments = ["receive", "--listen", &address, "--secret", &secret()];
    let receiver = crate::embedded::program::Program::start(&mut luik(&arguments), b"");
    crate::embedded::eventually("it listens", || receiver.out().contains("Receiving"));
    let (ended, outcomes, folder) = test(&format!("http://{address}/luik"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(outcomes.values().all(|outcome| outcome == "pass"), "{outcomes:?}");
    let tried: BTreeSet<&str> = outcomes.keys().map(String::as_str).collect();
    assert_eq!(tried, POINTS.into());
    assert!(ended.out.contains("17 passed, 0 failed, 0 unseen"), "{}", ended.out);
    let page = fs::read_to_string(folder.path().join("luik-test-wijk.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("late-create-after-retract"));
    let again = test(&format!("http://{address}/")).1;
    assert_eq!(again, outcomes, "also with what an earlier run left");
}

/// What a bad receiver does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    RefusesPings,
    LosesNewItems,
    RefusesDuplicates,
    IgnoresUpdates,
    TakesOlder,
    KeepsWhatWasRetracted,
    RefusesUnknownRetractions,
    ForgetsTombstones,
    TakesAnySignature,
    TakesAnyTime,
    ReadsOneSignature,
    RefusesUnknownFields,
    RefusesUnknownTypes,
    WritesAscii,
    TellsWrongDigests,
    IgnoresLeases,
    ThrottlesSilently,
    HidesEverything,
}

/// Each fault, the point that must fail, and those that must fail with it.
const FAULTS: [(Fault, &[&str]); 17] = [
    (Fault::RefusesPings, &["ping"]),
    (
        Fault::LosesNewItems,
        &["create", "duplicate", "update", "older-after-newer", "two-signatures", "unknown-field"],
    ),
    (Fault::RefusesDuplicates, &["duplicate", "late-create-after-retract"]),
    (Fault::IgnoresUpdates, &["update", "older-after-newer"]),
    (Fault::TakesOlder, &["older-after-newer", "late-create-after-retract"]),
    (Fault::KeepsWhatWasRetracted, &["retract", "late-create-after-retract", "digest"]),
    (Fault::RefusesUnknownRetractions, &["retract-unknown"]),
    (Fault::ForgetsTombstones, &["late-create-after-retract"]),
    (Fault::TakesAnySignature, &["bad-signature"]),
    (Fault::TakesAnyTime, &["old-timestamp"]),
    (Fault::ReadsOneSignature, &["two-signatures"]),
    (Fault::RefusesUnknownFields, &["unknown-field"]),
    (Fault::RefusesUnknownTypes, &["unknown-type"]),
    (Fault::WritesAscii, &["unicode"]),
    (Fault::TellsWrongDigests, &["digest"]),
    (Fault::IgnoresLeases, &["lease-lapse"]),
    (Fault::ThrottlesSilently, &["throttle"]),
];

/// A receiver of its own making, with one fault.
#[derive(Clone)]
struct Bad(Fault, Arc<Mutex<Holds>>);

#[derive(Default)]
struct Holds {
    /// Change number and data by id; a tombstone has none.
    items: BTreeMap<String, (u64, Option<Value>)>,
    seen: BTreeSet<String>,
    until: Option<jiff::Timestamp>,
    asked: u64,
}

impl Holds {
    fn digest(&self) -> String {
        let mut digest = [0; 32];
        for (id, (modified, _)) in self.items.iter().filter(|(_, (_, data))| data.is_some()) {
            let hash = Sha256::digest(format!("{id}:{modified}"));
            digest.iter_mut().zip(hash).for_each(|(byte, other)| *byte ^= other);
        }
        data_encoding::HEXLOWER.encode(&digest)
    }
}

fn has_unknown(value: &Value) -> bool {
    value.to_string().to_lowercase().contains("laterinvented")
}

impl Bad {
    fn is(&self, fault: Fault) -> bool {
        self.0 == fault
    }

    fn check(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let text = |name: &str| headers[name].to_str().unwrap();
        let (id, signature) = (text("webhook-id"), text("webhook-signature"));
        let first = signature.split(' ').next().unwrap();
        let signature = if self.is(Fault::ReadsOneSignature) { first } else { signature };
        let signed = Signed { id, timestamp: text("webhook-timestamp"), signature };
        let key = [Key::parse(&Secret::new(&secret())).unwrap()];
        let now = if self.is(Fault::TakesAnyTime) {
            jiff::Timestamp::from_second(text("webhook-timestamp").parse().unwrap()).unwrap()
        } else {
            Clock::system().now()
        };
        self.is(Fault::TakesAnySignature) && signature.split(' ').count() == 1 && fresh(&signed)
            || verify(&key, signed, body, now).is_ok()
    }

    fn take(&self, event: &Value) -> Result<(), StatusCode> {
        let mut holds = self.1.lock().unwrap();
        let kind = event["type"].as_str().unwrap();
        if !holds.seen.insert(event["id"].to_string()) && self.is(Fault::RefusesDuplicates) {
            return Err(StatusCode::CONFLICT);
        }
        match kind {
            "luik.ping" if self.is(Fault::RefusesPings) => Err(StatusCode::NOT_FOUND),
            "luik.ping" => Ok(()),
            "luik.lease.renewed" => {
                holds.until = event["data"]["validUntil"].as_str().map(|t| t.parse().unwrap());
                Ok(())
            }
            "luik.items.changed" => {
                let items = event["data"]["items"].as_array().unwrap();
                items.iter().try_for_each(|item| self.apply(&mut holds, item))
            }
            _ if self.is(Fault::RefusesUnknownTypes) => Err(StatusCode::BAD_REQUEST),
            _ => Ok(()),
        }
    }

    fn apply(&self, holds: &mut Holds, item: &Value) -> Result<(), StatusCode> {
        let (id, modified) = (item["id"].as_str().unwrap(), item["modified"].as_u64().unwrap());
        let (held, deleted) = (holds.items.get(id).cloned(), item["state"] == "deleted");
        let stale = held.as_ref().is_some_and(|(newest, _)| *newest >= modified);
        if stale && !self.is(Fault::TakesOlder) {
            let late = self.is(Fault::RefusesDuplicates) && held.is_some_and(|(_, d)| d.is_none());
            return if late { Err(StatusCode::CONFLICT) } else { Ok(()) };
        }
        let shown = held.as_ref().is_some_and(|(_, data)| data.is_some());
        match (self.0, deleted) {
            (Fault::LosesNewItems, false) if held.is_none() => {}
            (Fault::IgnoresUpdates, false) if shown => {}
            (Fault::KeepsWhatWasRetracted, true) => {}
            (Fault::RefusesUnknownRetractions, true) if held.is_none() => {
                return Err(StatusCode::NOT_FOUND);
            }
            (Fault::ForgetsTombstones, true) => drop(holds.items.remove(id)),
            _ => {
                let data = (!deleted).then(|| item["data"].clone());
                holds.items.insert(id.to_owned(), (modified, data));
            }
        }
        Ok(())
    }
}

/// Was it signed just now?
fn fresh(signed: &Signed<'_>) -> bool {
    let at: i64 = signed.timestamp.parse().unwrap();
    Clock::system().now().as_second() - at < 60
}

async fn receive(State(bad): State<Bad>, headers: HeaderMap, body: Bytes) -> Response {
    if bad.is(Fault::ThrottlesSilently) && bad.1.lock().unwrap().throttles() {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    if !bad.check(&headers, &body) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let event: Value = serde_json::from_slice(&body).unwrap();
    if bad.is(Fault::RefusesUnknownFields) && has_unknown(&event) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match bad.take(&event) {
        Ok(()) => {
            let holds = bad.1.lock().unwrap();
            let wrong = bad.is(Fault::TellsWrongDigests).then(|| "0f".repeat(32));
            let digest = wrong.unwrap_or_else(|| holds.digest());
            let tells = !bad.is(Fault::HidesEverything);
            let answer = if tells { json!({ "digest": digest }) } else { json!({}) };
            answer.to_string().into_response()
        }
        Err(status) => status.into_response(),
    }
}

impl Holds {
    /// One message is put off, and not told until when.
    fn throttles(&mut self) -> bool {
        self.asked += 1;
        self.asked == 6
    }
}

async fn show(State(bad): State<Bad>) -> Response {
    if bad.is(Fault::HidesEverything) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let holds = bad.1.lock().unwrap();
    let over = holds.until.is_some_and(|until| until < Clock::system().now());
    let mut page = String::new();
    if !over || bad.is(Fault::IgnoresLeases) {
        for data in holds.items.values().filter_map(|(_, data)| data.as_ref()) {
            let text = |key: &str| data[key].as_str().unwrap();
            page += &format!("<p><a href='{}'>{}</a> {}", text("url"), text("title"), text("text"));
        }
    }
    if bad.is(Fault::WritesAscii) {
        page.retain(|letter| letter.is_ascii());
    }
    Html(page).into_response()
}

async fn serve(fault: Fault) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(show).post(receive));
    let router = router.with_state(Bad(fault, Arc::default()));
    let tasks = Tasks::default();
    tasks.once("receiver", async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_receiver_fails_each_point_in_turn() {
    let runs = FAULTS.map(|(fault, points)| async move {
        let endpoint = serve(fault).await;
        let ran = tokio::task::spawn_blocking(move || test(&endpoint)).await.unwrap();
        (fault, points, ran)
    });
    let mut failed = BTreeSet::new();
    for (fault, points, (ended, outcomes, _)) in futures_util::future::join_all(runs).await {
        let fails: BTreeSet<&str> = outcomes
            .iter()
            .filter(|(_, outcome)| *outcome == "fail")
            .map(|(point, _)| point.as_str())
            .collect();
        println!("{fault:?}: {fails:?}");
        assert_eq!(ended.code, Some(1), "{fault:?}: {}", ended.out);
        for point in points {
            assert!(fails.contains(point), "{fault:?} should fail {point}: {}", ended.out);
        }
        let more: Vec<_> = fails.iter().filter(|point| !points.contains(point)).collect();
        assert!(more.is_empty(), "{fault:?} also fails {more:?}\n{}", ended.out);
        failed.extend(points.first().map(|point| (*point).to_owned()));
    }
    let all: BTreeSet<String> = POINTS.map(str::to_owned).into();
    assert_eq!(failed, all, "each point was failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_shows_is_unseen_and_never_passed() {
    let endpoint = serve(Fault::HidesEverything).await;
    let (ended, outcomes, _) = tokio::task::spawn_blocking(move || test(&endpoint)).await.unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for point in
        ["create", "update", "late-create-after-retract", "unicode", "digest", "lease-lapse"]
    {
        assert_eq!(outcomes[point], "unseen", "{point}");
    }
}
