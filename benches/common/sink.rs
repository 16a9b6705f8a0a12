//! A partner's endpoint on loopback that accepts everything, as fast as it can.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Where pushes go; requests to other paths are answered and not counted.
pub(crate) const PATH: &str = "/luik";

/// What arrived.
#[derive(Default)]
pub(crate) struct Seen {
    /// The largest request so far, to be sent again by the bare client.
    pub(crate) largest: Option<(HeaderMap, Bytes)>,
    /// When each item first arrived, by its public id.
    pub(crate) arrived: HashMap<String, Instant>,
}

/// The endpoint; stops when dropped.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
    items: watch::Receiver<usize>,
    _server: JoinSet<()>,
}

impl Sink {
    /// `stamps`: take note of when each item arrived.
    pub(crate) async fn start(stamps: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, items) = watch::channel(0);
        let desk = Arc::new(Desk { seen: Arc::default(), tell, stamps });
        let seen = desk.seen.clone();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, desk.clone()));
            }
        });
        Self { address, seen, items, _server: server }
    }

    /// How many items arrived so far.
    pub(crate) fn count(&self) -> usize {
        *self.items.borrow()
    }

    /// Waits until so many items arrived.
    pub(crate) async fn reach(&self, count: usize) {
        let mut items = self.items.clone();
        items.wait_for(|items| *items >= count).await.unwrap();
    }

    /// A request like the largest that came since this was last asked.
    pub(crate) fn template(&self) -> (HeaderMap, Bytes) {
        self.seen.lock().unwrap().largest.take().unwrap()
    }
}

struct Desk {
    seen: Arc<Mutex<Seen>>,
    tell: watch::Sender<usize>,
    stamps: bool,
}

async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    stream.set_nodelay(true).unwrap();
    let service = service_fn(move |request| answer(request, desk.clone()));
    let server = hyper::server::conn::http1::Builder::new();
    drop(server.serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(
    request: Request<Incoming>,
    desk: Arc<Desk>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    if head.uri.path() == PATH {
        desk.note(head.headers, body);
    }
    Ok(Response::new(Empty::new()))
}

impl Desk {
    fn note(&self, headers: HeaderMap, body: Bytes) {
        let now = Instant::now();
        let text = str::from_utf8(&body).unwrap();
        let items = text.matches(r#"{"state":"#).count();
        let mut seen = self.seen.lock().unwrap();
        if self.stamps {
            for id in text.split(r#","id":""#).skip(1).filter_map(|rest| rest.get(..26)) {
                seen.arrived.entry(id.to_owned()).or_insert(now);
            }
        }
        let size = seen.largest.as_ref().map_or(0, |(_, body)| body.len());
        if body.len() > size {
            seen.largest = Some((headers, body));
        }
        drop(seen);
        self.tell.send_modify(|sum| *sum += items);
    }
}
