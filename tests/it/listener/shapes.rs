//! Requests that another server could read in another way, and limits on their size.

use super::raw::Raw;
use crate::embedded::gateway::Gateway;
use crate::embedded::stage::Stage;

const HOST: &str = "host: luik.example\r\n";

fn said(gateway: &Gateway, request: &str) -> (u16, bool) {
    let mut raw = Raw::connect(gateway.public);
    raw.say(request.as_bytes());
    let answer = raw.answer(false).unwrap_or_else(|| panic!("no answer to {request:?}"));
    assert!(answer.body.is_empty() || answer.is_problem(), "{request:?} {answer:?}");
    (answer.status, answer.closes() || raw.is_closed())
}

#[test]
fn what_could_be_read_in_two_ways_is_refused_and_ends_the_connection() {
    let mut stage = Stage::new();
    let token = stage.pulled_by("haler");
    let gateway = stage.start();
    let bearer = format!("authorization: Bearer {token}\r\n");
    let holdings = format!("POST /v1/partners/haler/holdings HTTP/1.1\r\n{HOST}{bearer}");
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    for head in [
        "content-length: 5\r\ncontent-length: 6\r\n\r\n",
        "content-length: 5, 6\r\n\r\n",
        "content-length: +5\r\n\r\n",
        "content-length: 0x5\r\n\r\n",
        "content-length: -1\r\n\r\n",
        "content-length: 99999999999999999999\r\n\r\n",
        "transfer-encoding: gzip\r\n\r\n",
        "transfer-encoding: chunked, gzip\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n",
        "transfer-encoding : chunked\r\n\r\n",
        "x: a\r\n folded: b\r\n\r\n",
        "x: a\0b\r\n\r\n",
        "x y: a\r\n\r\n",
        ": a\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\n",
        "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    ] {
        let request = format!("{holdings}{head}{smuggled}");
        assert_eq!(said(&gateway, &request), (400, true), "{head:?}");
    }
    for request in [
        format!("GET / HTTP/1.1\r\n\r\n{smuggled}"),
        format!("GET / HTTP/1.1\r\n{HOST}{HOST}\r\n"),
        format!("GET / HTTP/1.1\r\n{HOST}transfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("GET / HTTP/2.0\r\n{HOST}\r\n"),
        format!("GET / HTTP/1.1 \r\n{HOST}\r\n"),
        format!("GE\0T / HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET /\u{e9}\0 HTTP/1.1\r\n{HOST}\r\n"),
    ] {
        assert_eq!(said(&gateway, &request), (400, true), "{request:?}");
    }
}

#[test]
fn with_both_lengths_chunks_count_and_nothing_behind_them_is_read() {
    let mut stage = Stage::new();
    let token = stage.pulled_by("haler");
    let gateway = stage.start();
    for lengths in [
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
    ] {
        let mut raw = Raw::connect(gateway.public);
        let request = format!(
            "POST /v1/partners/haler/holdings HTTP/1.1\r\n{HOST}authorization: Bearer {token}\r\n\
             {lengths}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n{HOST}\r\n"
        );
        raw.say(request.as_bytes());
        let answer = raw.answer(false).unwrap();
        assert_eq!(answer.status, 200);
        assert!(raw.is_closed(), "what came behind was answered: {lengths:?}");
    }
}

#[test]
fn each_limit_on_a_request_has_its_refusal() {
    let mut stage = Stage::new();
    let token = stage.pulled_by("haler");
    let gateway = stage.start();
    let feed = "/v1/partners/haler/items";
    let bearer = format!("authorization: Bearer {token}\r\n");
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    for (request, status) in [
        (format!("GET /{} HTTP/1.1\r\n{HOST}\r\n", "a".repeat(5_000)), 414),
        (format!("GET / HTTP/1.1\r\n{HOST}x: {}\r\n\r\n", "a".repeat(20_000)), 431),
        (format!("GET / HTTP/1.1\r\n{HOST}{many}\r\n"), 431),
        (format!("GET {feed} HTTP/1.1\r\n{HOST}{bearer}content-length: 70000\r\n\r\n"), 413),
        (format!("GET {feed} HTTP/1.1\r\n{HOST}{bearer}expect: tea\r\n\r\n"), 417),
        (format!("CONNECT luik.example:443 HTTP/1.1\r\n{HOST}\r\n"), 405),
        (format!("CONNECT {feed} HTTP/1.1\r\n{HOST}\r\n"), 405),
        (format!("TRACE {feed} HTTP/1.1\r\n{HOST}\r\n"), 405),
        (format!("QUERY {feed} HTTP/1.1\r\n{HOST}{bearer}\r\n"), 405),
        (format!("ZOEK {feed} HTTP/1.1\r\n{HOST}{bearer}\r\n"), 405),
        (format!("OPTIONS * HTTP/1.1\r\n{HOST}\r\n"), 404),
        (format!("GET {feed}/ HTTP/1.1\r\n{HOST}{bearer}\r\n"), 404),
        (format!("GET {feed}?a=%zz HTTP/1.1\r\n{HOST}{bearer}\r\n"), 400),
        (format!("GET {feed}?afterChangeNumber=%ff HTTP/1.1\r\n{HOST}{bearer}\r\n"), 400),
        (format!("GET /v1/partners/%ff/items HTTP/1.1\r\n{HOST}{bearer}\r\n"), 401),
    ] {
        let mut raw = Raw::connect(gateway.public);
        raw.say(request.as_bytes());
        let answer = raw.answer(false).unwrap_or_else(|| panic!("no answer to {request:.80}"));
        assert_eq!(answer.status, status, "{request:.80}");
        // Of these, only 431 is said by the HTTP library itself, which says nothing more.
        assert_eq!(answer.is_problem(), status != 431, "{request:.80} {answer:?}");
        assert_eq!(answer.header("allow").is_some(), status == 405, "{request:.80}");
    }
}

#[test]
fn old_and_hasty_clients_are_served() {
    let stage = Stage::new();
    let gateway = stage.start();
    let mut raw = Raw::connect(gateway.public);
    raw.say(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(raw.answer(false).unwrap().status, 404);
    assert!(raw.is_closed());
    let mut raw = Raw::connect(gateway.public);
    let one = format!("GET / HTTP/1.1\r\n{HOST}\r\n");
    raw.say(one.repeat(10).as_bytes());
    for _ in 0..10 {
        assert_eq!(raw.answer(false).unwrap().status, 404);
    }
}
