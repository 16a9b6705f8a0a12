//! A door in front of a gateway, or in place of one: it answers each request as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::embedded::http::try_get;

/// What becomes of a request.
pub(crate) enum Act {
    /// Asks the gateway there.
    Forward(SocketAddr),
    /// Nothing, until the reader hangs up.
    Hang,
    /// This status, these header lines, each with its end, and this body.
    Say(u16, String, String),
}

type Manner = dyn FnMut(&str) -> Act + Send;

/// A door; cheap to clone.
#[derive(Clone)]
pub(crate) struct Door {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    manner: Box<Manner>,
    /// Path and query of each request, in order.
    asked: Vec<String>,
    tokens: Vec<String>,
    known: Vec<String>,
}

impl Door {
    /// A door that answers like this to a path with its query.
    pub(crate) fn open(manner: impl FnMut(&str) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let [asked, tokens, known] = <_>::default();
        let inner = Inner { manner: Box::new(manner), asked, tokens, known };
        let door = Self { address, inner: Arc::new(Mutex::new(inner)) };
        let weak = Arc::downgrade(&door.inner);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(inner) = weak.upgrade() else { return };
                // A reader that is killed hangs up.
                thread::spawn(move || drop(serve(&inner, stream.unwrap())));
            }
        });
        door
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it answers like this.
    pub(crate) fn behave(&self, manner: impl FnMut(&str) -> Act + Send + 'static) {
        self.inner.lock().unwrap().manner = Box::new(manner);
    }

    /// Path and query of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }

    /// What each request proved itself with.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.inner.lock().unwrap().tokens.clone()
    }

    /// Which version each request knew already.
    pub(crate) fn known(&self) -> Vec<String> {
        self.inner.lock().unwrap().known.clone()
    }
}

/// One request for each connection.
fn serve(inner: &Mutex<Inner>, mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut token, mut known) = (String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                token = value.trim().to_owned();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("if-none-match") => {
                known = value.trim().to_owned();
            }
            Some(_) => {}
            None => break,
        }
    }
    let act = {
        let mut inner = inner.lock().unwrap();
        inner.asked.push(path.clone());
        inner.tokens.push(token.clone());
        inner.known.push(known);
        (inner.manner)(&path)
    };
    let (status, headers, body) = match act {
        Act::Hang => return reader.read(&mut [0]).map(drop),
        Act::Say(status, headers, body) => (status, headers, body),
        Act::Forward(to) => {
            let answer = try_get(to, &path, &[("authorization", &token)]).unwrap();
            let lease = answer.headers.iter().filter(|(name, _)| name == "luik-valid-until");
            let lease = lease.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            (answer.status, lease, answer.body)
        }
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} -\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}
