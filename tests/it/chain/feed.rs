//! A core that serves its items as an RPDE feed, and what is wrong with whoever reads it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::embedded::core::CANARY;

/// Items on one page: few, so that there are many pages.
const PAGE: usize = 2;

/// The core; ends with the test's process.
#[derive(Clone)]
pub(super) struct Feed {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    token: String,
    /// In order of `modified`.
    items: Vec<Value>,
    last: u64,
    instead: Option<&'static str>,
}

impl Feed {
    pub(super) fn start(token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let inner = Inner { token: token.to_owned(), items: Vec::new(), last: 0, instead: None };
        let address = listener.local_addr().unwrap();
        let feed = Self { address, inner: Arc::new(Mutex::new(inner)) };
        let served = feed.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, feed) = (stream.unwrap(), served.clone());
                thread::spawn(move || drop(feed.serve(stream)));
            }
        });
        feed
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/items", self.address)
    }

    /// Answers like this, whatever is asked.
    pub(super) fn answer_with(&self, instead: Option<&'static str>) {
        self.inner.lock().unwrap().instead = instead;
    }

    /// Places or changes an item; it differs in these columns from one that may leave.
    pub(super) fn put(&self, id: &str, odd: &[(&str, Value)]) {
        let mut data = json!({
            "id": id, "author_id": format!("{CANARY}-{id}"), "kind": "request",
            "first_name": "Anna", "region_code": "GM0119", "region_name": "Meppel",
            "title": "Hulp in de tuin", "body": format!("Groet, {CANARY}"), "language": "nl",
            "url": "https://www.voorbeeld.example/hulp", "published_at": "2026-01-02T10:00:00Z",
            "expires_at": null, "share": true, "approved": null, "visibility": "public",
            "of_age": true, "withhold": [CANARY], "last_name": CANARY,
        });
        odd.iter().for_each(|(column, value)| data[*column] = value.clone());
        self.change(id, |item| item["data"] = data);
    }

    /// Serves an item without a column.
    pub(super) fn drop_column(&self, id: &str, column: &str) {
        let mut inner = self.inner.lock().unwrap();
        let item = inner.items.iter_mut().find(|item| item["id"] == id).unwrap();
        item["data"].as_object_mut().unwrap().remove(column);
    }

    /// Deletes an item.
    pub(super) fn delete(&self, id: &str) {
        self.change(id, |item| item["state"] = "deleted".into());
    }

    /// Loses an item without a tombstone.
    pub(super) fn forget(&self, id: &str) {
        self.inner.lock().unwrap().items.retain(|item| item["id"] != id);
    }

    fn change(&self, id: &str, write: impl FnOnce(&mut Value)) {
        let mut inner = self.inner.lock().unwrap();
        inner.last += 1;
        let modified = inner.last;
        inner.items.retain(|item| item["id"] != id);
        let mut item = json!({"state": "updated", "kind": "x", "id": id, "modified": modified});
        write(&mut item);
        inner.items.push(item);
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some((line, authorised)) = self.request(&mut reader)? {
            stream.write_all(self.answer(&line, authorised).as_bytes())?;
        }
        Ok(())
    }

    /// The request line, and whether the token came with it.
    fn request(&self, from: &mut impl BufRead) -> std::io::Result<Option<(String, bool)>> {
        let wanted = format!("authorization: bearer {}", self.inner.lock().unwrap().token);
        let (mut first, mut authorised) = (String::new(), false);
        if from.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            match line.trim_end() {
                "" => return Ok(Some((first, authorised))),
                header => authorised |= header.eq_ignore_ascii_case(&wanted),
            }
        }
    }

    fn answer(&self, line: &str, authorised: bool) -> String {
        let inner = self.inner.lock().unwrap();
        if !authorised {
            return "HTTP/1.1 401 -\r\ncontent-length: 0\r\n\r\n".to_owned();
        }
        if let Some(instead) = inner.instead {
            return instead.to_owned();
        }
        let path = line.split(' ').nth(1).expect("a path");
        let after = path.split_once("?afterChangeNumber=").map_or("0", |(_, number)| number);
        let after: u64 = after.parse().expect("a change number");
        let later = inner.items.iter().filter(|item| item["modified"].as_u64() > Some(after));
        let items: Vec<_> = later.take(PAGE).collect();
        let last =
            items.last().map(|item| format!("/items?afterChangeNumber={}", item["modified"]));
        let next = format!("http://{}{}", self.address, last.as_deref().unwrap_or(path));
        let page = json!({"next": next, "items": items, "license": "x"}).to_string();
        format!("HTTP/1.1 200 -\r\ncontent-length: {}\r\n\r\n{page}", page.len())
    }
}
