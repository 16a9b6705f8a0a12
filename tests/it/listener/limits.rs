//! How often somebody may ask, and who somebody is.

use super::raw::{Answer, Raw};
use crate::embedded::http;
use crate::embedded::stage::Stage;

/// Slow enough that a busy machine does not come by one more in between.
const RATES: &str = "[serve]\ntoken_per_second = 1\ntoken_burst = 4\naddress_per_second = 1\n";

fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 429);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(answer.is_problem(), "{answer:?}");
}

/// Asks until it is refused; the statuses before that.
fn until_refused(raw: &mut Raw, path: &str, headers: &str) -> Vec<u16> {
    let mut seen = Vec::new();
    loop {
        let answer = raw.get(path, headers);
        if answer.status == 429 {
            assert_refused(&answer);
            return seen;
        }
        seen.push(answer.status);
        assert!(seen.len() < 100, "no limit");
    }
}

#[test]
fn a_token_and_an_address_have_limits_of_their_own() {
    let mut stage = Stage::new();
    stage.configure(RATES);
    let token = stage.pulled_by("haler");
    let gateway = stage.start();
    let mut raw = Raw::connect(gateway.public);
    let feed = "/v1/partners/haler/items";
    let bearer = format!("authorization: Bearer {token}\r\n");
    let refused = until_refused(&mut raw, feed, "authorization: Bearer wrong\r\n");
    assert!(!refused.is_empty() && refused.iter().all(|status| *status == 401));
    let served = until_refused(&mut raw, feed, &bearer);
    assert!(served.len() >= 4 && served.iter().all(|status| *status == 200), "{served:?}");
    let elsewhere = until_refused(&mut raw, "/nothing", &bearer);
    assert!(elsewhere.len() < 4, "the token is not valid there: the address counts");
    for _ in 0..20 {
        assert_eq!(http::get(gateway.admin, "/health/ready").status, 200, "admin keeps none");
    }
}

#[test]
fn a_proxy_is_believed_if_it_is_trusted_and_nobody_else() {
    for (trusted, counted_apart) in
        [("\"192.0.2.0/24\", \"127.0.0.1\"", true), ("\"10.0.0.0/8\"", false)]
    {
        let stage = Stage::new();
        stage.configure(RATES);
        let text = std::fs::read_to_string(stage.config()).unwrap();
        let listen = format!("[listen]\ntrusted_proxies = [{trusted}]");
        std::fs::write(stage.config(), text.replace("[listen]", &listen)).unwrap();
        let gateway = stage.start();
        let mut raw = Raw::connect(gateway.public);
        let mut answered = 0;
        for caller in 0..20 {
            let spoofed =
                format!("x-forwarded-for: 203.0.113.9, 198.51.100.{caller}, 192.0.2.7\r\n");
            let answer = raw.get("/nothing", &spoofed);
            answered += usize::from(answer.status == 404);
        }
        assert_eq!(answered == 20, counted_apart, "{answered} of 20 with {trusted}");
    }
}
