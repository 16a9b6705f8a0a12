//! Receivers: every point of `luik partner test`, exactly the live set beside a gateway, the same
//! answers as the reference receiver, and nothing lost that was accepted.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::thread;

use luik::clock::Clock;
use luik::receive::{Message, Store, carry_out};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Language::{self, JavaScript, Php, Python};
use super::{ids, live};
use crate::conformance;
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::http::{Answer, get, post};
use crate::embedded::program::Program;
use crate::embedded::push::{secret, sign};
use crate::embedded::stage::Stage;

/// A receiver of the kit that runs.
struct Receiver {
    language: Language,
    program: Program,
    address: SocketAddr,
    state: PathBuf,
    secrets: String,
    _folder: TempDir,
}

impl Receiver {
    fn start(language: Language, secrets: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (state, secrets) = (folder.path().join("push.json"), secrets.join(" "));
        let (program, address) = run(language, &state, &secrets);
        Self { language, program, address, state, secrets, _folder: folder }
    }

    /// Kills it without a warning, and starts it where it was.
    fn crash(&mut self) {
        self.program.signal("-KILL");
        self.program.ended(crate::embedded::SOON);
        self.program = run_at(self.language, &self.state, &self.secrets, self.address);
    }

    fn send(&self, secret: &str, body: &str) -> Answer {
        send(self.address, secret, body)
    }

    fn page(&self) -> String {
        get(self.address, "/").body
    }
}

fn run(language: Language, state: &std::path::Path, secrets: &str) -> (Program, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    (run_at(language, state, secrets, address), address)
}

fn run_at(language: Language, state: &std::path::Path, secrets: &str, at: SocketAddr) -> Program {
    let mut command = language.server("push", &at.to_string());
    command.env("LUIK_STATE", state).env("LUIK_SECRETS", secrets);
    let mut program = Program::start(&mut command, b"");
    eventually("the receiver listens", || {
        assert!(program.is_running(), "it ended: {}", program.err());
        TcpStream::connect(at).is_ok()
    });
    program
}

fn send(to: SocketAddr, secret: &str, body: &str) -> Answer {
    let time = Clock::system().now().as_second().to_string();
    let signature = sign(secret, "msg_1", &time, body);
    let headers = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", time.as_str()),
        ("webhook-signature", signature.as_str()),
        ("content-type", "application/cloudevents+json"),
    ];
    post(to, "/luik", &headers, body.as_bytes())
}

fn event(kind: &str, data: &Value) -> String {
    json!({ "specversion": "1.0", "id": "msg_1", "source": "https://luik.example", "type": kind,
            "time": Clock::system().now().to_string(), "data": data })
    .to_string()
}

fn changed(items: &[Value]) -> String {
    event("luik.items.changed", &json!({ "items": items }))
}

/// A lease, said and ending so many seconds from now.
fn lease(said: i64, until: i64) -> String {
    let from_now =
        |seconds| (Clock::system().now() + jiff::SignedDuration::from_secs(seconds)).to_string();
    json!({ "type": "luik.lease.renewed", "time": from_now(said),
            "data": { "validUntil": from_now(until) } })
    .to_string()
}

/// An item under the id of this name.
fn item(name: &str, modified: u64, region: &str) -> Value {
    json!({
        "state": "updated", "kind": if modified.is_multiple_of(2) { "offer" } else { "request" },
        "id": public_id(name), "modified": modified,
        "data": { "firstName": "Anna", "region": { "code": region, "name": "Meppel" },
                  "title": format!("Tuin {modified}"), "text": "Wie helpt?", "language": "nl",
                  "published": "2026-11-20", "url": format!("https://luik.example/r/wijk/{name}") },
    })
}

fn gone(name: &str, modified: u64) -> Value {
    json!({ "state": "deleted", "kind": "offer", "id": public_id(name), "modified": modified })
}

fn passes_every_point(language: Language) {
    let receiver = Receiver::start(language, &[&secret("other"), &conformance::secret()]);
    let (ended, outcomes, _folder) =
        conformance::test(&format!("http://{}/luik", receiver.address));
    assert!(ended.out.contains("17 passed, 0 failed, 0 unseen"), "{language:?}: {ended:?}");
    assert_eq!((ended.code, outcomes.len()), (Some(0), 17), "{language:?}");
    assert_eq!(ids(&receiver.state), Vec::<String>::new(), "all was taken back");
}

#[test]
fn python_passes_every_point() {
    passes_every_point(Python);
}

#[test]
fn php_passes_every_point() {
    passes_every_point(Php);
}

#[test]
fn javascript_passes_every_point() {
    passes_every_point(JavaScript);
}

#[test]
fn beside_a_gateway_each_ends_with_exactly_what_is_live() {
    let mut stage = Stage::new();
    let mut receivers = [Python, Php, JavaScript].map(|language| {
        let (id, secret) =
            (format!("{language:?}").to_lowercase(), secret(&format!("{language:?}")));
        let receiver = Receiver::start(language, &[&secret]);
        stage.set(&id.to_uppercase(), &secret);
        let push = format!(
            "[push]\nendpoint = \"http://{}/luik\"\nsecrets = [{{ env = \"{}\" }}]\n\
             allow_private = true\nbatch = 7\n",
            receiver.address,
            id.to_uppercase()
        );
        stage.partner(&id, &push);
        receiver
    });
    let names: Vec<String> = (0..30).map(|number| format!("item-{number}")).collect();
    stage.core.put_all(names.iter().map(String::as_str));
    let gateway = stage.start();
    for receiver in &receivers {
        eventually("all came", || ids(&receiver.state).len() == 30);
    }
    receivers.iter_mut().for_each(Receiver::crash);
    let mut wanted = BTreeMap::new();
    stage.core.at_once(|| {
        for (place, name) in names.iter().enumerate() {
            let title = if place % 3 == 1 { "Nog steeds hulp" } else { "Hulp in de tuin" };
            match place % 3 {
                0 => stage.core.remove(name),
                1 => stage.core.edit(name, title),
                _ => {}
            }
            if place % 3 > 0 {
                wanted.insert(public_id(name), title.to_owned());
            }
        }
        stage.core.put("laatste");
        wanted.insert(public_id("laatste"), "Hulp in de tuin".to_owned());
    });
    for receiver in &receivers {
        let held = || {
            let live = live(&receiver.state).into_iter();
            live.map(|(id, _, title)| (id, title)).collect::<BTreeMap<_, _>>()
        };
        eventually("exactly what is live is held", || held() == wanted);
        let page = receiver.page();
        assert_eq!(page.matches("<article>").count(), wanted.len(), "{page}");
        let links = |id| page.contains(&format!("/r/{}/{id}\"", name_of(receiver.language)));
        assert!(wanted.keys().all(links), "{page}");
        let id = name_of(receiver.language);
        eventually("the removals are closed", || gateway.removals_open(&id) == 0.0);
    }
}

fn name_of(language: Language) -> String {
    format!("{language:?}").to_lowercase()
}

/// What both were asked, and both answered, without the words of a refusal and the order of buckets.
fn comparable(mut answer: Value) -> Value {
    for rejected in answer["rejected"].as_array_mut().unwrap() {
        rejected.as_object_mut().unwrap().remove("reason");
    }
    if let Some(buckets) = answer.get_mut("buckets").and_then(Value::as_array_mut) {
        buckets.sort_by_key(Value::to_string);
    }
    answer
}

#[test]
fn each_answers_as_the_reference_receiver_does() {
    let asked = |data: Value| event("luik.holdings.asked", &data);
    let (zwolle, meppel) = ("GM0193", "GM0119");
    let odd = [
        json!({ "state": "updated", "kind": "offer", "id": public_id("odd"), "modified": 3 }),
        json!({ "state": "frozen", "kind": "offer", "id": public_id("odd"), "modified": 3 }),
        json!({ "state": "deleted", "kind": "car", "id": public_id("odd"), "modified": 3 }),
        json!({ "state": "deleted", "kind": "offer", "id": public_id("odd"), "modified": -1 }),
        json!({ "state": "deleted", "kind": "offer", "id": public_id("odd"),
                "modified": 9_007_199_254_740_992_u64 }),
    ];
    let messages = [
        asked(json!({})),
        changed(&[item("a", 1, meppel), item("b", 2, zwolle), item("c", 3, meppel)]),
        changed(&odd),
        changed(&[gone("b", 4), item("d", 5, meppel), gone("never", 6), item("e", 8, zwolle)]),
        changed(&[item("b", 3, zwolle), item("a", 1, meppel)]),
        changed(&[item("a", 7, zwolle), item("a", 6, meppel)]),
        event("luik.ping", &json!({})),
        event("luik.later.invented", &json!({ "any": 1 })),
        asked(json!({})),
        asked(json!({ "kind": "request", "region": meppel, "limit": 1000 })),
        asked(json!({ "kind": "request", "region": meppel, "limit": 1 })),
        asked(json!({ "kind": "request", "region": meppel, "limit": 9,
                      "after": public_id("c").min(public_id("d")) })),
        asked(json!({ "kind": "offer", "region": "GM9999", "limit": 9 })),
    ];
    let reference = Store::default();
    let answers = messages.each_ref().map(|body| {
        let message = Message::parse(body.as_bytes()).unwrap();
        comparable(json!(reference.write(|holdings| carry_out(message, holdings)).unwrap()))
    });
    for language in [Python, Php, JavaScript] {
        let receiver = Receiver::start(language, &[&secret("s")]);
        for (body, wanted) in messages.iter().zip(&answers) {
            let answer = receiver.send(&secret("s"), body);
            assert_eq!(answer.status, 200, "{language:?}: {body} {answer:?}");
            assert_eq!(comparable(answer.json()), *wanted, "{language:?}: {body}");
        }
    }
}

#[test]
fn what_is_not_a_message_gets_the_status_that_says_why_and_changes_nothing() {
    let good = changed(&[item("a", 1, "GM0119")]);
    let bad = [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        "not JSON".to_owned(),
        event("luik.items.changed", &json!({})),
        event("luik.items.changed", &json!({ "items": [{ "modified": 1 }] })),
        event("luik.items.changed", &json!({ "items": [item("a", 1, "GM0119"), 7] })),
        event("luik.lease.renewed", &json!({ "validUntil": "soon" })),
    ];
    for language in [Python, Php, JavaScript] {
        let receiver = Receiver::start(language, &[&secret("s")]);
        assert_eq!(receiver.send(&secret("stranger"), &good).status, 401, "{language:?}");
        assert_eq!(post(receiver.address, "/", &[], good.as_bytes()).status, 401, "{language:?}");
        for body in &bad {
            let answer = receiver.send(&secret("s"), body);
            assert_eq!(answer.status, 400, "{language:?}: {body}");
        }
        assert_eq!(status_of_a_large_body(&receiver), 413, "{language:?}");
        assert_eq!(ids(&receiver.state), Vec::<String>::new(), "{language:?}");
        assert_eq!(receiver.send(&secret("s"), &good).status, 200, "{language:?}: still there");
    }
}

/// PHP's own server reads the whole of a body first; the others refuse by its length alone.
fn status_of_a_large_body(receiver: &Receiver) -> u16 {
    let length = 8 * 1024 * 1024 + 1;
    if receiver.language == Php {
        return post(receiver.address, "/", &[], &vec![b' '; length]).status;
    }
    let mut stream = TcpStream::connect(receiver.address).unwrap();
    let head = format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_page_escapes_everything_and_links_nowhere_odd_and_shows_nothing_without_a_lease() {
    let mut hostile = item("a", 1, "GM0119");
    for key in ["firstName", "title", "text", "language"] {
        hostile["data"][key] = json!("\"'><script>alert(1)</script>&");
    }
    hostile["data"]["region"]["name"] = json!("<script>");
    hostile["data"]["url"] = json!("https://luik.example/\"onclick=\"alert(1)");
    let mut script = item("b", 2, "GM0119");
    script["data"]["url"] = json!("javascript:alert(1)");
    for language in [Python, Php, JavaScript] {
        let receiver = Receiver::start(language, &[&secret("s")]);
        receiver.send(&secret("s"), &changed(&[hostile.clone(), script.clone()]));
        assert!(!receiver.page().contains("<article>"), "{language:?}: no lease yet");
        receiver.send(&secret("s"), &lease(0, 60));
        let answer = get(receiver.address, "/");
        let page = &answer.body;
        assert_eq!(page.matches("<article>").count(), 2, "{language:?}: {page}");
        assert!(!page.contains("<script") && !page.contains("javascript:"), "{language:?}: {page}");
        assert!(!page.contains("\"onclick") && page.contains("&lt;script&gt;"), "{page}");
        assert_eq!(page.matches("rel=\"noreferrer\"").count(), 1, "{language:?}: {page}");
        let header = |name: &str| answer.headers.iter().any(|(key, _)| key == name);
        assert!(header("content-security-policy") && header("referrer-policy"), "{answer:?}");
        receiver.send(&secret("s"), &lease(1, -1));
        receiver.send(&secret("s"), &lease(0, 600));
        assert!(!receiver.page().contains("<article>"), "{language:?}: the last word counts");
    }
}

#[test]
fn what_is_accepted_is_kept_whatever_comes_at_once_and_however_it_ends() {
    for language in [Python, Php, JavaScript] {
        let mut receiver = Receiver::start(language, &[&secret("s")]);
        // A second process with the same state, where the language has a lock for it.
        let other =
            (language != JavaScript).then(|| run(language, &receiver.state, &receiver.secrets));
        let to = [receiver.address, other.as_ref().map_or(receiver.address, |(_, at)| *at)];
        thread::scope(|scope| {
            for sender in 0..4 {
                scope.spawn(move || {
                    for turn in 0..8 {
                        let name = format!("item-{sender}-{turn}");
                        let body = changed(&[item(&name, 1 + sender * 8 + turn, "GM0119")]);
                        let at = to[usize::try_from(sender % 2).unwrap()];
                        assert_eq!(send(at, &secret("s"), &body).status, 200, "{language:?}");
                    }
                });
            }
        });
        receiver.crash();
        let answer = receiver.send(&secret("s"), &event("luik.ping", &json!({})));
        assert_eq!(ids(&receiver.state).len(), 32, "{language:?}: {answer:?}");
    }
}
