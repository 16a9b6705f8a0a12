//! Ten thousand requests that no honest client sends, from a seed (`LUIK_SEED`).

mod words;

use std::fs;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;

use fastrand::Rng;

use words::{
    HALF_BODIES, LINES, METHODS, NO_HEADS, ODD_HEADERS, OWN_TYPES, PATHS, QUERIES, TWISTS,
};

use super::raw::{Answer, Raw, connected};
use crate::embedded::gateway::Gateway;
use crate::embedded::http;
use crate::embedded::stage::Stage;

const REQUESTS: usize = 10_000;
const CLIENTS: usize = 4;
/// Most that the process may have grown, in KiB.
const GROWTH_MAX: u64 = 64 * 1024;
/// What stands in the log after a panic, whoever caught it.
const PANICS: [&str; 2] = ["panicked", "unasked"];
const RATES: &str = "[serve]\ntoken_per_second = 100000\ntoken_burst = 100000\n\
                     address_per_second = 100000\n";

struct Client {
    rng: Rng,
    to: SocketAddr,
    token: String,
    kept: Option<Raw>,
    answers: usize,
    served: usize,
}

impl Client {
    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.rng.usize(..of.len())]
    }

    /// One request or a part of one, whatever comes to mind.
    fn go_on(&mut self) {
        match self.rng.u8(..10) {
            0 => self.no_head(),
            1 => self.half_body(),
            2 => self.broken_off(),
            _ => self.whole_request(),
        }
    }

    /// The place in which a request is odd; every other one is odd in all of them. What is right
    /// elsewhere gets far enough to do harm.
    fn odd_place(&mut self) -> impl Fn(u8) -> bool + use<> {
        let (everywhere, one) = (self.rng.bool(), self.rng.u8(..5));
        move |place| everywhere || place == one
    }

    /// Puts things into a path that do not belong there.
    fn twist(&mut self, path: &mut String) {
        for _ in 0..self.rng.usize(1..3) {
            let places: Vec<usize> = path.char_indices().map(|(at, _)| at).collect();
            let at = places[self.rng.usize(..places.len())];
            path.insert_str(at.max(1), self.pick(&TWISTS));
        }
        if self.rng.u8(..20) == 0 {
            path.push_str(&"a/".repeat(self.rng.usize(..10_000)));
        }
    }

    /// Method, target and headers, without the empty line.
    fn head(&mut self) -> String {
        let is_odd = self.odd_place();
        let mut path = self.pick(&PATHS).to_owned();
        let fits = if path.ends_with("holdings") { "POST" } else { "GET" };
        let method = if is_odd(0) { self.pick(&METHODS) } else { fits };
        if is_odd(1) {
            self.twist(&mut path);
        }
        if is_odd(2) {
            path.push_str(self.pick(&QUERIES));
        }
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: luik.example\r\n");
        if !is_odd(3) || self.rng.bool() {
            head.push_str(&format!("authorization: Bearer {}\r\n", self.token));
        }
        let odd_headers = if is_odd(4) { self.rng.usize(..4) } else { 0 };
        for _ in 0..odd_headers {
            head.push_str(self.pick(&ODD_HEADERS));
            head.push_str("\r\n");
        }
        if is_odd(4) && self.rng.u8(..10) == 0 {
            head.push_str(&format!("x-long: {}\r\n", "x".repeat(self.rng.usize(..40_000))));
        }
        head
    }

    /// A whole request, mostly on a connection that is kept, sometimes in many small pieces.
    fn whole_request(&mut self) {
        let mut head = self.head();
        let body: Vec<&str> = (0..self.rng.usize(..6)).map(|_| self.pick(&LINES)).collect();
        let body = body.join("\n");
        if !body.is_empty() || head.starts_with("POST") {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let bytes = format!("{head}\r\n{body}").into_bytes();
        let fresh = self.rng.u8(..4) == 0;
        let kept = self.kept.take().filter(|_| !fresh);
        let mut raw = kept.unwrap_or_else(|| Raw::connect(self.to));
        let piece = if self.rng.u8(..10) == 0 { bytes.len() / 8 + 1 } else { bytes.len() };
        // The rest may not be wanted any more: what is answered counts.
        bytes.chunks(piece).all(|piece| raw.say(piece));
        let Some(answer) = raw.answer(head.starts_with("HEAD ")) else { return };
        self.judge(&head, &answer);
        let endless = answer.header("content-type") == Some("text/event-stream");
        self.kept = Some(raw).filter(|_| !answer.closes() && !endless);
    }

    fn no_head(&mut self) {
        let head = self.pick(&NO_HEADS);
        let close = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        self.say_and_leave(format!("{head}\r\n\r\n{close}").as_bytes(), head);
    }

    fn half_body(&mut self) {
        let (head, body) = (self.head(), self.pick(&HALF_BODIES));
        self.say_and_leave(format!("{head}{body}").as_bytes(), &head);
    }

    fn broken_off(&mut self) {
        let head = self.head().into_bytes();
        let end = self.rng.usize(..=head.len());
        self.say_and_leave(&head[..end], "broken off");
    }

    /// Says it on a new connection, says no more, and reads whatever is answered.
    fn say_and_leave(&mut self, bytes: &[u8], what: &str) {
        let stream = connected(self.to);
        let hand = stream.try_clone().unwrap();
        let mut raw = Raw::over(Box::new(stream));
        raw.say(bytes);
        // It may be closed already.
        drop(hand.shutdown(Shutdown::Write));
        while let Some(answer) = raw.answer(what.starts_with("HEAD ")) {
            self.judge(what, &answer);
            // What follows the head of a stream is no answer.
            if answer.header("content-type") == Some("text/event-stream") {
                return;
            }
        }
    }

    fn judge(&mut self, asked: &str, answer: &Answer) {
        self.answers += 1;
        self.served += usize::from(answer.status == 200);
        let asked: String = asked.chars().take(300).collect();
        assert!(answer.status < 500 && answer.status != 422, "{asked:?} {answer:?}");
        if answer.body.is_empty() {
            return;
        }
        let form = answer.header("content-type").unwrap_or_default();
        let form = form.split(';').next().unwrap_or_default();
        let packed = answer.header("content-encoding").is_some();
        let refused = answer.status >= 400 && form != "text/html";
        assert!(!refused || packed || answer.is_problem(), "{asked:?} {answer:?}");
        assert!(refused || OWN_TYPES.contains(&form), "{asked:?} {answer:?}");
    }
}

/// Resident memory of the process, in KiB.
fn resident(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.program.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn client(number: usize, seed: u64, gateway: &Gateway, token: &str) -> Client {
    let rng = Rng::with_seed(seed.wrapping_add(u64::try_from(number).unwrap()));
    Client { rng, to: gateway.public, token: token.to_owned(), kept: None, answers: 0, served: 0 }
}

#[test]
fn ten_thousand_hostile_requests_do_no_harm() {
    let given = std::env::var_os("LUIK_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed = given.unwrap_or_else(|| Rng::new().u64(..));
    println!("LUIK_SEED={seed}");
    let mut stage = Stage::new();
    stage.configure(RATES);
    let token = stage.pulled_by("haler");
    stage.core.put_all(["a", "b", "c"]);
    let gateway = stage.start();
    // Connections that say half a line and nothing more are there all the time.
    let silent: Vec<TcpStream> = (0..100).map(|_| connected(gateway.public)).collect();
    silent.iter().for_each(|mut stream| std::io::Write::write_all(&mut stream, b"GET /").unwrap());
    let mut first = client(CLIENTS, seed, &gateway, &token);
    (0..200).for_each(|_| first.go_on());
    let before = resident(&gateway);
    let [answers, served] = thread::scope(|scope| {
        let run = |number| {
            let mut client = client(number, seed, &gateway, &token);
            (0..REQUESTS / CLIENTS).for_each(|_| client.go_on());
            [client.answers, client.served]
        };
        let all: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || run(number))).collect();
        let counts = all.into_iter().map(|one| one.join().unwrap());
        counts.fold([0, 0], |[a, b], [c, d]: [usize; 2]| [a + c, b + d])
    });
    let grown = resident(&gateway).saturating_sub(before);
    println!("{answers} answers, {served} of them served, grown by {grown} KiB");
    assert!(answers > REQUESTS / 2, "most are answered: {answers}");
    assert!(served > REQUESTS / 100, "some get through to the end: {served}");
    assert!(grown < GROWTH_MAX, "grown by {grown} KiB");
    let log = gateway.program.err();
    assert!(!PANICS.iter().any(|word| log.contains(word)), "{log}");
    assert_eq!(http::get(gateway.admin, "/health/ready").status, 200);
    let page = Raw::connect(gateway.public)
        .get("/v1/partners/haler/items", &format!("authorization: Bearer {token}\r\n"));
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/json")));
    drop(silent);
}
