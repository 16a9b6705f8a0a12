//! Uploaded holdings over a real connection: in chunks that end anywhere, by a client that reads
//! nothing before it has sent everything, on a connection that goes on afterwards.

use super::raw::Raw;
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::stage::Stage;

const ITEMS: usize = 300;

#[test]
fn a_long_upload_in_odd_chunks_is_answered_and_the_connection_goes_on() {
    let mut stage = Stage::new();
    let token = stage.pulled_by("haler");
    let ids: Vec<String> = (0..ITEMS).map(|number| format!("vraag-{number}")).collect();
    stage.core.put_all(ids.iter().map(String::as_str));
    let gateway = stage.start();
    eventually("items are stored", || {
        gateway.metric("luik_journal_items{state=\"live\"}") == 300.0
    });
    let strangers = 20_000;
    let line = |id: &str| format!("{{\"id\":\"{}\",\"modified\":1}}\n", public_id(id));
    let mut upload: String = (0..strangers).map(|number| line(&format!("x{number}"))).collect();
    upload.push_str(line(&ids[0]).trim_end());
    let head = format!(
        "POST /v1/partners/haler/holdings HTTP/1.1\r\nhost: luik.example\r\n\
         authorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut raw = Raw::connect(gateway.public);
    assert!(raw.say(head.as_bytes()));
    for chunk in upload.as_bytes().chunks(1_237) {
        assert!(raw.say(format!("{:x}\r\n", chunk.len()).as_bytes()));
        assert!(raw.say(chunk) && raw.say(b"\r\n"));
    }
    assert!(raw.say(b"0\r\n\r\n"));
    let answer = raw.answer(false).expect("an answer");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let body = String::from_utf8(answer.body).unwrap();
    let count = |word: &str| body.lines().filter(|line| line.contains(word)).count();
    assert_eq!(count("\"state\":\"deleted\""), strangers);
    assert_eq!(
        count("\"state\":\"updated\""),
        ITEMS - usize::from(!body.contains(&public_id(&ids[0])))
    );
    assert!(body.lines().last().is_some_and(|line| line.starts_with("{\"upTo\":")));
    let bearer = format!("authorization: Bearer {token}\r\n");
    assert_eq!(raw.get("/v1/partners/haler/items", &bearer).status, 200);
    let extra = "luik_reconcile_divergent_items{partner=\"haler\",side=\"extra\"}";
    assert_eq!(gateway.metric(extra), 20_000.0);
}
