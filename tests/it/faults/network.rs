//! Nobody listens, and many partners go wrong at the same time.

use std::net::TcpListener;

use super::REMOVAL_TIME;
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;

#[test]
fn a_partner_that_is_down_gets_the_latest_state_once_it_is_back() {
    let mut stage = Stage::new();
    let (healthy, bad) = (Sink::start("healthy"), Sink::start("bad"));
    stage.pushes_to("healthy", &healthy, "");
    stage.pushes_to("bad", &bad, "");
    // The partner file of an endpoint at which nobody listens yet.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = stage.path().join("partners/bad.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&bad.address().to_string(), &address.to_string())).unwrap();
    let gateway = stage.start();
    stage.core.put_all(["a", "b"]);
    eventually("it is unreachable", || gateway.attempts("bad", "unreachable") >= 2.0);
    eventually("the healthy partner shows it", || healthy.shows(&public_id("a")));
    stage.core.edit("a", "Nieuwe titel");
    stage.core.remove("b");
    eventually("the healthy partner drops it", || healthy.has_dropped(&public_id("b")));
    eventually("it is failing", || gateway.is_in_state("bad", "failing"));
    let back = Sink::start_at("bad", address);
    eventually("the latest state arrives", || back.shows(&public_id("a")));
    assert_eq!(back.held(&public_id("a")).unwrap().item.title, "Nieuwe titel");
    let items: Vec<_> = back.pushes().iter().flat_map(|push| push.items()).collect();
    let of_a = items.iter().filter(|item| item.id == public_id("a")).count();
    assert_eq!(of_a, 1, "only the latest state is sent");
    eventually("nothing is open", || gateway.removals_open("bad") == 0.0);
    eventually("both show the same", || healthy.shown() == back.shown());
}

#[test]
fn six_partners_that_go_wrong_at_once_do_not_delay_the_seventh() {
    let mut stage = Stage::new();
    let healthy = Sink::start("healthy");
    stage.pushes_to("healthy", &healthy, "");
    let bad: Vec<Sink> = [
        Reply::Hang,
        Reply::Drip,
        Reply::Flood(1 << 40),
        Reply::Fail(500, String::new()),
        Reply::Fail(429, "retry-after: 9999\r\n".to_owned()),
        Reply::Fail(410, String::new()),
    ]
    .into_iter()
    .enumerate()
    .map(|(place, reply)| {
        let name = format!("bad-{place}");
        let sink = Sink::start(&name);
        stage.pushes_to(&name, &sink, "timeout = \"10s\"");
        sink.behave(move |_| reply.clone());
        sink
    })
    .collect();
    let gateway = stage.start();
    let ids: Vec<String> = (0..20).map(|n| format!("i{n}")).collect();
    stage.core.put_all(ids.iter().map(String::as_str));
    eventually("the healthy partner shows all", || healthy.shown().len() == ids.len());
    eventually("all others were asked", || bad.iter().all(|sink| !sink.pushes().is_empty()));
    for id in &ids {
        let start = std::time::Instant::now();
        stage.core.remove(id);
        let id = public_id(id);
        eventually("the healthy partner drops it", || healthy.has_dropped(&id));
        let took = healthy.held(&id).unwrap().at.duration_since(start);
        assert!(took < REMOVAL_TIME, "{took:?}");
    }
    assert_eq!(gateway.ready().status, 200);
    let within = || gateway.metric("luik_removal_seconds_bucket{partner=\"healthy\",le=\"5\"}");
    eventually("the histogram says so too", || within() == 20.0);
}
