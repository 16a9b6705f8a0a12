//! A connection on which anything can be said, and what is answered to it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIME: Duration = Duration::from_secs(20);

/// A stream of bytes, plain or in TLS.
pub(super) trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// One answer; header names are in lower case.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Is the connection over after it?
    pub(super) fn closes(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// A refusal in the one form, with its status in the body.
    pub(super) fn is_problem(&self) -> bool {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        self.header("content-type") == Some("application/problem+json")
            && json["status"] == self.status
            && ["title", "detail"]
                .iter()
                .all(|key| json[key].as_str().is_some_and(|t| !t.is_empty()))
    }
}

/// A connection.
pub(super) struct Raw {
    wire: Box<dyn Wire>,
    unread: Vec<u8>,
}

impl Raw {
    pub(super) fn connect(to: SocketAddr) -> Self {
        Self::over(Box::new(connected(to)))
    }

    pub(super) fn over(wire: Box<dyn Wire>) -> Self {
        Self { wire, unread: Vec::new() }
    }

    /// Says these bytes; false when nobody listens any more.
    pub(super) fn say(&mut self, bytes: &[u8]) -> bool {
        self.wire.write_all(bytes).and_then(|()| self.wire.flush()).is_ok()
    }

    /// Asks with GET on a connection that is kept.
    pub(super) fn get(&mut self, path: &str, headers: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nhost: luik.example\r\n{headers}\r\n");
        assert!(self.say(head.as_bytes()), "closed before {path}");
        self.answer(false).unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// The next answer; none when the connection ends first. To a HEAD there is no body.
    pub(super) fn answer(&mut self, to_head: bool) -> Option<Answer> {
        let head = loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.unread.split_off(end + 4);
                break String::from_utf8(std::mem::replace(&mut self.unread, rest)).unwrap();
            }
            self.more()?;
        };
        let mut lines = head.trim_end().split("\r\n");
        let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        if (100..200).contains(&status) {
            return self.answer(to_head);
        }
        let pair = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let headers = lines.map(pair).collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        let endless = answer.header("content-type") == Some("text/event-stream");
        if !to_head && !endless && status != 304 && status != 204 {
            answer.body = self.body(&answer)?;
        }
        Some(answer)
    }

    fn body(&mut self, answer: &Answer) -> Option<Vec<u8>> {
        if answer.header("transfer-encoding").is_some() {
            return self.chunks();
        }
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        self.exactly(length)
    }

    fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match self.unread.windows(2).position(|two| two == b"\r\n") {
                    Some(end) => break end,
                    None => self.more()?,
                }
            };
            let line = self.exactly(end + 2)?;
            let length = std::str::from_utf8(&line[..end]).unwrap();
            let length = usize::from_str_radix(length, 16).unwrap();
            let chunk = self.exactly(length + 2)?;
            if length == 0 {
                return Some(body);
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.unread.len() < length {
            self.more()?;
        }
        let rest = self.unread.split_off(length);
        Some(std::mem::replace(&mut self.unread, rest))
    }

    /// Is the connection over, with nothing left to read?
    pub(super) fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && self.more().is_none()
    }

    /// None at the end, or when it was cut off.
    fn more(&mut self) -> Option<()> {
        let mut some = [0; 16 * 1024];
        match self.wire.read(&mut some) {
            Ok(0) => None,
            Ok(length) => {
                self.unread.extend_from_slice(&some[..length]);
                Some(())
            }
            Err(error) if is_silence(&error) => panic!("neither an answer nor an end"),
            Err(_) => None,
        }
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// A plain stream that does not wait for ever.
pub(super) fn connected(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, TIME).unwrap();
    stream.set_read_timeout(Some(TIME)).unwrap();
    stream.set_write_timeout(Some(TIME)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}
