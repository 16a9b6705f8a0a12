//! Connections of one listener: bounded in number, in header size and time, and closed politely
//! within a bound when the process drains. Who is silent between two requests for as long as
//! headers may take is closed too.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::config::Serve;
use crate::lifecycle::Tasks;

use super::caller::Peer;
use super::patience::Patience;
use super::tls::Tls;

/// Longest time in which open answers are finished when the process drains.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(5);
/// Pause after a connection could not be accepted, so that a lack of files does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// That connections can not be accepted is told at most once in this time.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Most headers of one request.
const HEADERS_MAX: usize = 100;

/// Where connections come in.
#[derive(Debug)]
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// TLS on every connection; none: plain.
    pub tls: Option<Tls>,
}

impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self { socket, tls: None }
    }
}

/// What a listener takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    connections_max: usize,
    header_bytes_max: usize,
    header_timeout: Duration,
}

impl From<&Serve> for Limits {
    fn from(settings: &Serve) -> Self {
        let Serve { connections_max, header_bytes_max, header_timeout, .. } = *settings;
        Self { connections_max, header_bytes_max, header_timeout }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::from(&Serve::default())
    }
}

/// Accepts until the process drains. Every connection is a task of its own; those above the limit
/// wait in the kernel's queue.
pub async fn serve(listener: impl Into<Listener>, router: Router, limits: Limits, tasks: Tasks) {
    let Listener { socket, tls } = listener.into();
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let (drain, mut told) = (tasks.drain(), None);
    loop {
        let (stream, peer, seat) = tokio::select! {
            biased;
            () = drain.cancelled() => return,
            accepted = accept(&socket, &room, &mut told) => accepted,
        };
        let talk = Talk { router: router.clone(), peer, limits, drain: drain.clone() };
        let tls = tls.clone();
        tasks.once("connection", async move {
            drop(stream.set_nodelay(true));
            let stream = Patience::with(stream);
            match tls {
                None => talk.over(stream).await,
                Some(tls) => {
                    if let Some(stream) = talk.unless_drained(tls.shake_hands(stream)).await {
                        talk.over(stream).await;
                    }
                }
            }
            drop(seat);
        });
    }
}

/// The next connection, once there is room for it.
///
/// # Cancel safety
/// A connection that was not returned is still in the kernel's queue.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    told: &mut Option<Instant>,
) -> (TcpStream, Peer, OwnedSemaphorePermit) {
    loop {
        if let Ok(seat) = Arc::clone(room).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, from)) => return (stream, Peer(from.ip()), seat),
                Err(error) if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) => {
                    *told = Some(Instant::now());
                    tracing::warn!(kind = %error.kind(), "connections are not accepted for now");
                }
                Err(_) => {}
            }
        }
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// What the requests of one connection are answered with.
struct Talk {
    router: Router,
    peer: Peer,
    limits: Limits,
    drain: CancellationToken,
}

impl Talk {
    /// What comes of this, unless the process drains first.
    async fn unless_drained<T>(&self, work: impl Future<Output = Option<T>>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.drain.cancelled() => None,
            done = work => done,
        }
    }

    /// Answers the requests. How it ends is the other side's matter: not logged.
    async fn over(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Self { router, peer, limits, drain } = self;
        let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let mut settings = http1::Builder::new();
        settings
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_headers(HEADERS_MAX)
            .max_buf_size(limits.header_bytes_max);
        let connection = settings.serve_connection(TokioIo::new(stream), answer);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            biased;
            () = drain.cancelled() => {}
            _ = connection.as_mut() => return,
        }
        connection.as_mut().graceful_shutdown();
        drop(tokio::time::timeout(CLOSE_TIME_MAX, connection).await);
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;

    use crate::lifecycle::Ending;

    use super::*;

    /// A server whose `/slow` says that it was asked, and answers when it is told to.
    async fn started() -> (TcpStream, Arc<[Notify; 2]>, Tasks) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let signals: Arc<[Notify; 2]> = Arc::default();
        let inside = Arc::clone(&signals);
        let slow = move || async move {
            let [asked, told] = &*inside;
            asked.notify_one();
            told.notified().await;
            "slow"
        };
        let router = Router::new().route("/", get(|| async { "here" })).route("/slow", get(slow));
        let tasks = Tasks::default();
        tasks.spawn("listener", serve(listener, router, Limits::default(), tasks.clone()));
        (TcpStream::connect(address).await.unwrap(), signals, tasks)
    }

    async fn all(stream: &mut TcpStream) -> String {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn a_connection_is_kept_and_closed_when_the_process_drains() {
        let (mut stream, _, tasks) = started().await;
        for _ in 0..2 {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"here") {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
            }
        }
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Clean);
        assert_eq!(all(&mut stream).await, "");
    }

    #[tokio::test]
    async fn an_open_answer_is_finished_while_the_process_drains() {
        let (mut stream, signals, tasks) = started().await;
        stream.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let [asked, told] = &*signals;
        asked.notified().await;
        tasks.begin_drain();
        told.notify_one();
        let answer = all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("slow"));
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Clean);
    }

    #[tokio::test]
    async fn a_head_that_is_too_long_is_refused() {
        let (mut stream, _, tasks) = started().await;
        let long = format!(
            "GET / HTTP/1.1\r\nhost: a\r\nx: {}",
            "x".repeat(Limits::default().header_bytes_max)
        );
        stream.write_all(long.as_bytes()).await.unwrap();
        assert!(all(&mut stream).await.starts_with("HTTP/1.1 431"));
        tasks.finish(Duration::from_secs(5)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_between_two_requests_is_closed_after_the_same_time() {
        let (mut stream, _, tasks) = started().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let asked = tokio::time::Instant::now();
        assert!(all(&mut stream).await.ends_with("here"));
        let (waited, limit) = (asked.elapsed(), Limits::default().header_timeout);
        assert!((limit..limit * 2).contains(&waited));
        tasks.finish(Duration::from_secs(5)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_given_up() {
        let (mut stream, _, tasks) = started().await;
        let asked = tokio::time::Instant::now();
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        all(&mut stream).await;
        let (waited, limit) = (asked.elapsed(), Limits::default().header_timeout);
        assert!((limit..limit * 2).contains(&waited));
        tasks.finish(Duration::from_secs(5)).await;
    }
}
