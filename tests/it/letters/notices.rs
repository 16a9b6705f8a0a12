//! What people are told when something is the matter, by mail and by webhook.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::office::{Letter, Office};
use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http;
use crate::embedded::push::secret;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;
use crate::judged::judge;

const OWN: &str = "beheer@platform.example";
const THEIRS: &str = "beheer@voorbeeldwijk.example";

/// Times that a test can wait for.
fn hasty(more: &str) -> String {
    format!(
        "to = [\"{OWN}\"]\nevery = \"1s\"\nfailing_after = \"2s\"\ndisk_percent_min = 0\n{more}"
    )
}

fn is_to(letter: &Letter, to: &str) -> bool {
    letter.0["to"] == json!([to])
}

fn counted(gateway: &Gateway, kind: &str, outcome: &str) -> f64 {
    gateway.metric(&format!("luik_notices_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}"))
}

/// An endpoint of our own: what it got, as headers and body.
struct Hook {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Call>>>,
}

/// Headers and body.
type Call = (BTreeMap<String, String>, String);

impl Hook {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let got = Arc::new(Mutex::new(Vec::new()));
        let all = got.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream);
                let lines = reader.by_ref().lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let pairs = head.iter().filter_map(|line| line.split_once(": "));
                let headers: BTreeMap<String, String> =
                    pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
                let length = headers.get("content-length").and_then(|text| text.parse().ok());
                let mut body = vec![0; length.unwrap_or_default()];
                if reader.read_exact(&mut body).is_ok() && !headers.is_empty() {
                    all.lock().unwrap().push((headers, String::from_utf8(body).unwrap()));
                }
                let answer = b"HTTP/1.1 204 -\r\nconnection: close\r\n\r\n";
                drop(reader.get_mut().write_all(answer));
            }
        });
        Self { address, got }
    }

    /// What it got of this type.
    fn of(&self, kind: &str) -> Vec<Call> {
        let got = self.got.lock().unwrap().clone();
        let wanted = format!("\"type\":\"luik.operations.{kind}\"");
        got.into_iter().filter(|(_, body)| body.contains(&wanted)).collect()
    }
}

#[test]
fn a_failing_endpoint_is_told_to_its_contact_once_and_when_it_is_back() {
    let (office, hook, sink) = (Office::open(), Hook::start(), Sink::start("wijk"));
    let mut stage = Stage::new();
    let signing = secret("hook");
    let webhook = format!(
        "[notify.webhook]\nurl = \"http://{}/\"\nsecrets = [{{ env = \"HOOK\" }}]\n\
         allow_private = true\n",
        hook.address
    );
    stage.set("HOOK", &signing);
    stage.configure(&(office.settings(&hasty("")) + &webhook));
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    eventually("both arrive", || sink.shown().len() == 2);
    sink.behave(|_| Reply::Fail(503, String::new()));
    stage.core.remove("a");
    stage.core.put_all(["c", "d"]);
    let told = office.letter("the contact is told", |letter| is_to(letter, THEIRS));
    assert!(told.subject().contains("uw koppeling werkt niet / your endpoint fails"));
    assert!(told.text().contains("1 verwijderingen") && told.text().contains("---"));
    for value in [CANARY, "Anna", "heg", &public_id("a"), &public_id("c")] {
        assert!(!told.text().contains(value), "{value}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    eventually("our endpoint is told", || !hook.of("endpoint_failing").is_empty());
    let (headers, body) = hook.of("endpoint_failing").remove(0);
    let judged = json!({ "headers": headers, "body": body, "secret": signing }).to_string();
    fs::write(file.path(), judged).unwrap();
    for script in ["verify_push.py", "verify_push.mjs"] {
        let judged = judge(script, &[file.path().to_str().unwrap()]);
        let accepted = "accepted: luik.operations.endpoint_failing\n";
        assert_eq!((judged.code, judged.out.as_str()), (Some(0), accepted), "{}", judged.err);
    }
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&event["data"]["partner"], &event["data"]["count"]), (&json!("wijk"), &json!(1)));
    assert!(!headers.contains_key("luik-agreement"));
    thread::sleep(Duration::from_secs(3)); // three more looks
    assert_eq!(office.letters().len(), 1, "once in its time");
    sink.behave(|_| Reply::Take);
    let back =
        office.letter("it is told that it is back", |letter| letter.subject().contains("weer"));
    assert!(is_to(&back, THEIRS));
    eventually("it is counted", || counted(&gateway, "endpoint_back", "sent") == 2.0);
    assert_eq!(counted(&gateway, "endpoint_failing", "sent"), 2.0, "mail and webhook");
}

#[test]
fn ours_are_told_of_what_breaks_a_promise_and_an_hour_has_a_limit() {
    let office = Office::open();
    let mut stage = Stage::new();
    stage.configure(&office.settings(&hasty("source_after = \"1s\"\nper_hour = 2")));
    let token = stage.pulled_by("haalt");
    let file = stage.path().join("partners/haalt.toml");
    let text = fs::read_to_string(&file).unwrap().replace("1m", "1s");
    let name = "Wijk, =?utf-8?q?Bcc?= <iedereen@elders.example> \u{2028}Bcc: x@elders.example";
    fs::write(&file, text.replace("Stichting Voorbeeldwijk", name)).unwrap();
    stage.core.put("a");
    let gateway = stage.start();
    let authorization = format!("Bearer {token}");
    let pulled = || {
        let path = "/v1/partners/haalt/items";
        http::try_get(gateway.public, path, &[("authorization", &authorization)]).unwrap().body
    };
    eventually("it is pulled", || pulled().contains(&public_id("a")));
    stage.core.remove("a");
    let late = office.letter("it is told", |letter| letter.subject().contains("removal overdue"));
    assert!(is_to(&late, OWN) && late.text().contains("Wijk, =?utf-8?q?Bcc?= <iedereen@"));
    assert!(late.text().contains("(haalt) staan 1 verwijderingen open"), "{}", late.text());
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, "name = 1").unwrap();
    gateway.program.signal("-HUP");
    let refused = office.letter("refused files are", |letter| letter.text().contains("luik check"));
    assert!(is_to(&refused, OWN) && refused.subject().contains("partnerbestanden geweigerd"));
    fs::write(&file, good).unwrap();
    stage.core.run("DROP TABLE syndication_change");
    eventually("no more in this hour", || counted(&gateway, "source_silent", "limited") >= 1.0);
    assert_eq!(office.letters().len(), 2);
}

#[test]
fn when_nobody_takes_letters_they_are_given_up_and_delivery_goes_on() {
    let (office, sink) = (Office::open(), Sink::start("wijk"));
    let mut stage = Stage::new();
    stage.configure(&office.settings(&hasty("give_up_after = \"3s\"")));
    drop(office);
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let mut gateway = stage.start();
    eventually("both arrive", || sink.shown().len() == 2);
    let file = stage.path().join("partners/wijk.toml");
    fs::write(&file, "name = 1").unwrap();
    gateway.program.signal("-HUP");
    stage.core.remove("a");
    eventually("the removal arrives", || sink.has_dropped(&public_id("a")));
    eventually("it is given up", || counted(&gateway, "files_refused", "given_up") == 1.0);
    assert_eq!(counted(&gateway, "files_refused", "sent"), 0.0);
    assert!(gateway.program.err().contains("given up"));
    let ended = gateway.stop("-TERM", Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
