//! A small client: one request, one connection, the raw answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

const TIME: Duration = Duration::from_secs(20);

/// An answer; header names are in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Asks with GET; none when nobody answers.
pub(crate) fn try_get(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Option<Answer> {
    ask("GET", to, path, headers, b"").ok()
}

/// Asks with GET.
pub(crate) fn get(to: SocketAddr, path: &str) -> Answer {
    try_get(to, path, &[]).unwrap_or_else(|| panic!("{to}{path} does not answer"))
}

/// Sends with POST.
pub(crate) fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    ask("POST", to, path, headers, body).expect("an answer")
}

fn ask(
    method: &str,
    to: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&to, TIME)?;
    stream.set_read_timeout(Some(TIME))?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(parse(&String::from_utf8(answer).expect("UTF-8")))
}

fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer of HTTP");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let pair = |line: &str| {
        let (name, value) = line.split_once(':').expect("a header");
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let headers = lines.map(pair).collect();
    let answer = Answer { status: status.expect("a status"), headers, body: body.to_owned() };
    assert_eq!(answer.header("transfer-encoding"), None, "not read by this client");
    answer
}
