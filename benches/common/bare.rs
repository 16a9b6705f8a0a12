//! The bare limits: a client that does nothing but post, a store that does nothing but commit.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use rusqlite::Connection;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// One connection that is kept open.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

impl Client {
    pub(crate) async fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        let mut driver = JoinSet::new();
        driver.spawn(async move { drop(connection.await) });
        Self { sender, _driver: driver }
    }

    /// Posts once and reads the whole answer.
    pub(crate) async fn post(&mut self, headers: &HeaderMap, body: &Bytes) {
        let mut request = Request::post("/bare").body(Full::new(body.clone())).unwrap();
        *request.headers_mut() = headers.clone();
        self.sender.ready().await.unwrap();
        let answer = self.sender.send_request(request).await.unwrap();
        assert!(answer.status().is_success());
        answer.into_body().collect().await.unwrap();
    }

    /// How long so many posts take, one after the other.
    pub(crate) async fn posts(&mut self, count: usize, like: &(HeaderMap, Bytes)) -> Duration {
        let start = Instant::now();
        for _ in 0..count {
            self.post(&like.0, &like.1).await;
        }
        start.elapsed()
    }
}

/// A store of rows of bytes, as durable as the journal.
pub(crate) struct Store(Connection);

impl Store {
    pub(crate) fn open(folder: &Path) -> Self {
        let db = Connection::open(folder.join("bare.db")).unwrap();
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        db.pragma_update(None, "synchronous", "FULL").unwrap();
        db.execute_batch("CREATE TABLE bare (num INTEGER PRIMARY KEY, bytes BLOB)").unwrap();
        Self(db)
    }

    /// Writes rows of so many bytes in one transaction.
    pub(crate) fn commit(&mut self, rows: &[usize]) {
        let tx = self.0.transaction().unwrap();
        for bytes in rows {
            let mut insert = tx.prepare_cached("INSERT INTO bare (bytes) VALUES (?1)").unwrap();
            insert.execute([vec![7_u8; *bytes]]).unwrap();
        }
        tx.commit().unwrap();
    }
}
