//! A partner that gets pushes: it holds what it accepts, behaves as it is told, and finds
//! whatever it did not expect.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::push::{Item, Push, secret};

/// How a partner answers a push.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// 204: all is taken.
    Take,
    /// 200 with this body: all is taken.
    Say(&'static str),
    /// 200 with the digest of what is held: all is taken.
    Tell,
    /// The same, but nothing is taken.
    Pretend,
    /// 200 with this body, and nothing is taken.
    Claim(String),
    /// 200 with all that is held, in whichever form was asked for; removals are not carried out.
    Keep,
    /// 200: these ids are refused, the others confirmed.
    Reject(Vec<String>),
    /// This status, and these header lines.
    Fail(u16, String),
    /// Nothing, until the gateway hangs up.
    Hang,
    /// 200, and then a byte now and then for ever.
    Drip,
    /// 200 and so many bytes.
    Flood(u64),
}

type Manner = dyn Fn(&Push) -> Reply + Send + Sync;

/// What a partner holds under an id.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) item: Item,
    /// When it was accepted.
    pub(crate) at: Instant,
}

/// A partner. Cheap to clone; panics when dropped, if something improper came.
#[derive(Clone)]
pub(crate) struct Sink(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    secret: String,
    manner: Mutex<Arc<Manner>>,
    pushes: Mutex<Vec<Push>>,
    leases: Mutex<Vec<Push>>,
    held: Mutex<BTreeMap<String, Held>>,
    improper: Mutex<Vec<String>>,
    /// Bytes of floods that the gateway took.
    flooded: AtomicU64,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink {
    /// A partner that takes everything.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_at(name, "127.0.0.1:0".parse().unwrap())
    }

    /// The same at this address.
    pub(crate) fn start_at(name: &str, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let sink = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            secret: secret(name),
            manner: Mutex::new(Arc::new(|_| Reply::Take)),
            pushes: Mutex::default(),
            leases: Mutex::default(),
            held: Mutex::default(),
            improper: Mutex::default(),
            flooded: AtomicU64::default(),
        }));
        let inner = Arc::downgrade(&sink.0);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(inner) = inner.upgrade() else { return };
                let stream = stream.unwrap();
                thread::spawn(move || drop(inner.serve(stream)));
            }
        });
        sink
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    pub(crate) fn secret(&self) -> &str {
        &self.0.secret
    }

    /// From now on it answers like this.
    pub(crate) fn behave(&self, manner: impl Fn(&Push) -> Reply + Send + Sync + 'static) {
        *lock(&self.0.manner) = Arc::new(manner);
    }

    /// The leases that came, in order.
    pub(crate) fn leases(&self) -> Vec<Push> {
        lock(&self.0.leases).clone()
    }

    /// Everything else that came, in order.
    pub(crate) fn pushes(&self) -> Vec<Push> {
        lock(&self.0.pushes).clone()
    }

    /// What it knows under a public id, tombstones included.
    pub(crate) fn held(&self, id: &str) -> Option<Held> {
        lock(&self.0.held).get(id).cloned()
    }

    /// Does it show this item?
    pub(crate) fn shows(&self, id: &str) -> bool {
        self.held(id).is_some_and(|held| !held.item.deleted)
    }

    /// Was this item taken back?
    pub(crate) fn has_dropped(&self, id: &str) -> bool {
        self.held(id).is_some_and(|held| held.item.deleted)
    }

    /// The ids of all that it shows.
    pub(crate) fn shown(&self) -> BTreeSet<String> {
        let held = lock(&self.0.held);
        held.values().filter(|held| !held.item.deleted).map(|held| held.item.id.clone()).collect()
    }

    /// The digest of what it shows.
    pub(crate) fn digest(&self) -> String {
        self.0.digest()
    }

    /// Bytes of floods that the gateway took.
    pub(crate) fn flooded(&self) -> u64 {
        self.0.flooded.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// Serves one connection until it closes.
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some(push) = read(&mut reader)? {
            let improper = push.improper(&self.secret);
            lock(&self.improper).extend(improper);
            let list = if push.is_lease() { &self.leases } else { &self.pushes };
            lock(list).push(push.clone());
            let manner = lock(&self.manner).clone();
            let reply = manner(&push);
            self.take(&push, &reply);
            self.answer(&mut stream, &push, reply)?;
        }
        Ok(())
    }

    /// Applies what the reply accepts: only what is higher than what is held.
    fn take(&self, push: &Push, reply: &Reply) {
        let rejected: &[String] = match reply {
            Reply::Take | Reply::Say(_) | Reply::Tell | Reply::Flood(_) => &[],
            Reply::Keep if push.is_removal() => return,
            Reply::Keep => &[],
            Reply::Reject(ids) => ids,
            Reply::Fail(..) | Reply::Pretend | Reply::Claim(_) | Reply::Hang | Reply::Drip => {
                return;
            }
        };
        let mut held = lock(&self.held);
        for item in push.items().into_iter().filter(|item| !rejected.contains(&item.id)) {
            let newer = held.get(&item.id).is_none_or(|held| held.item.modified < item.modified);
            if newer {
                held.insert(item.id.clone(), Held { item, at: Instant::now() });
            }
        }
    }

    fn answer(&self, to: &mut TcpStream, push: &Push, reply: Reply) -> std::io::Result<()> {
        let simple = |to: &mut TcpStream, status: u16, headers: &str, body: &str| {
            let length = if status == 204 { "0".to_owned() } else { body.len().to_string() };
            write!(to, "HTTP/1.1 {status} -\r\n{headers}content-length: {length}\r\n\r\n{body}")
        };
        match reply {
            Reply::Take => to.write_all(b"HTTP/1.1 204 -\r\n\r\n"),
            Reply::Say(body) => simple(to, 200, "", body),
            Reply::Tell | Reply::Pretend => {
                let digest = self.digest();
                simple(to, 200, "", &json!({ "digest": digest }).to_string())
            }
            Reply::Claim(body) => simple(to, 200, "", &body),
            Reply::Keep => simple(to, 200, "", &self.everything()),
            Reply::Reject(ids) => simple(to, 200, "", &refinement(push, &ids)),
            Reply::Fail(status, headers) => simple(to, status, &headers, ""),
            // Waits for the end of the stream.
            Reply::Hang => to.read(&mut [0]).map(drop),
            Reply::Drip => {
                to.write_all(b"HTTP/1.1 200 -\r\ncontent-length: 1000000\r\n\r\n")?;
                loop {
                    to.write_all(b" ")?;
                    thread::sleep(Duration::from_millis(20));
                }
            }
            Reply::Flood(bytes) => self.flood(to, bytes),
        }
    }

    /// XOR over what is shown of SHA-256 of `id:modified` (design §9), in hex.
    fn digest(&self) -> String {
        let mut digest = [0; 32];
        for held in lock(&self.held).values().filter(|held| !held.item.deleted) {
            let hash = Sha256::digest(format!("{}:{}", held.item.id, held.item.modified));
            digest.iter_mut().zip(hash).for_each(|(byte, other)| *byte ^= other);
        }
        HEXLOWER.encode(&digest)
    }

    /// What is shown, as one bucket and its list: requests in one municipality.
    fn everything(&self) -> String {
        let digest = self.digest();
        let held = lock(&self.held);
        let items = held.values().map(|held| &held.item).filter(|item| !item.deleted);
        let holdings: Vec<_> =
            items.map(|item| json!({ "id": item.id, "modified": item.modified })).collect();
        let (kind, region, count) = ("request", "GM0119", holdings.len());
        let bucket = json!({ "kind": kind, "region": region, "count": count, "digest": digest });
        json!({ "digest": digest, "buckets": [bucket], "holdings": holdings }).to_string()
    }

    fn flood(&self, to: &mut TcpStream, bytes: u64) -> std::io::Result<()> {
        write!(to, "HTTP/1.1 200 -\r\ncontent-length: {bytes}\r\n\r\n")?;
        let piece = [b' '; 65_536];
        let mut left = bytes;
        while left > 0 {
            let next = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            to.write_all(piece.get(..next).unwrap_or_default())?;
            let next = u64::try_from(next).unwrap_or_default();
            self.flooded.fetch_add(next, Ordering::SeqCst);
            left -= next;
        }
        Ok(())
    }
}

fn refinement(push: &Push, refused: &[String]) -> String {
    let ids = push.items().into_iter().map(|item| item.id);
    let (rejected, confirmed): (Vec<_>, Vec<_>) = ids.partition(|id| refused.contains(id));
    let rejected: Vec<_> =
        rejected.iter().map(|id| json!({ "id": id, "reason": "not here" })).collect();
    json!({ "confirmed": confirmed, "rejected": rejected }).to_string()
}

/// The next request of a connection, none at its end.
fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Push>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or_default();
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    let body = String::from_utf8(body).unwrap_or_default();
    Ok(Some(Push { line: line.trim_end().to_owned(), headers, body, at: Instant::now() }))
}

impl Drop for Sink {
    fn drop(&mut self) {
        let improper = lock(&self.0.improper);
        if !thread::panicking() {
            assert_eq!(*improper, Vec::<String>::new(), "not as the contract says");
        }
    }
}
