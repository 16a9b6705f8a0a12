//! The page of somebody else, on which the gateway's items are shown.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Path → extra header lines and HTML.
type Pages = Arc<Mutex<BTreeMap<String, (String, String)>>>;

/// A server of pages on an origin of its own, until the test ends.
pub(crate) struct Host {
    address: SocketAddr,
    pages: Pages,
}

impl Host {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let pages = Pages::default();
        let served = Arc::clone(&pages);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A visitor that goes away is none of the host's business.
                drop(answer(stream, &served));
            }
        });
        Self { address, pages }
    }

    /// Its origin.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts up a page, with more header lines; its address.
    pub(crate) fn page(&self, path: &str, headers: &[(&str, &str)], html: &str) -> String {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.pages.lock().unwrap().insert(path.to_owned(), (lines, html.to_owned()));
        format!("{}{path}", self.origin())
    }
}

fn answer(stream: TcpStream, pages: &Pages) -> std::io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or_default();
    // Browsers ask for an icon by themselves.
    let empty = (String::new(), String::new());
    let found = pages.lock().unwrap().get(path).cloned();
    let status = if found.is_some() || path == "/favicon.ico" { 200 } else { 404 };
    let (headers, html) = found.unwrap_or(empty);
    let (mut out, length) = (&stream, html.len());
    write!(
        out,
        "HTTP/1.1 {status} .\r\ncontent-type: text/html; charset=utf-8\r\n{headers}\
         content-length: {length}\r\nconnection: close\r\n\r\n{html}"
    )
}
