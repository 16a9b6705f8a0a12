//! Bodies of requests: how large, and how long they may take to come.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::Limited;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use super::refusal::Refusal;

/// Longest wait for some more of a body.
const STALL_MAX: Duration = Duration::from_secs(10);
/// Longest time for a small body; less than an answer may take.
const SMALL_TIME_MAX: Duration = Duration::from_secs(20);
/// Longest time for a long one.
const LONG_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// Middleware for paths that take no more than so many bytes. Who announces more is refused before
/// anything is read; who sends more gets an error where the body is read.
///
/// # Errors
/// An announced length beyond the limit.
pub async fn small_body(
    State(bytes_max): State<usize>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.map(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length.is_none_or(|length| length > bytes_max)) {
        return Err(Refusal::TooLarge);
    }
    let limited = |body| Timely::within(SMALL_TIME_MAX, Body::new(Limited::new(body, bytes_max)));
    Ok(next.run(request.map(limited)).await)
}

/// Middleware for paths that read a long body as it comes: it may take its time, but not stall.
pub async fn long_body(request: Request, next: Next) -> Response {
    next.run(request.map(|body| Timely::within(LONG_TIME_MAX, body))).await
}

/// A body that comes in time, or ends in an error. Time in which nobody asks for more of it is not
/// counted as stalling.
struct Timely {
    body: Body,
    end: Pin<Box<Sleep>>,
    stall: Option<Pin<Box<Sleep>>>,
}

impl Timely {
    fn within(time: Duration, body: Body) -> Body {
        if body.is_end_stream() {
            return body;
        }
        let end = Box::pin(tokio::time::sleep(time));
        Body::new(Self { body, end, stall: None })
    }
}

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let late = || Poll::Ready(Some(Err(Error::new(io::Error::from(io::ErrorKind::TimedOut)))));
        if self.end.as_mut().poll(cx).is_ready() {
            return late();
        }
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            self.stall = None;
            return frame;
        }
        let begun = || Box::pin(tokio::time::sleep(STALL_MAX));
        let stalled = self.stall.get_or_insert_with(begun).as_mut().poll(cx).is_ready();
        if stalled { late() } else { Poll::Pending }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::Router;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::post;
    use futures_util::stream;
    use http_body_util::BodyExt;
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::*;

    async fn read(body: Body) -> Result<String, Refusal> {
        let read = body.collect().await.map_err(|_| Refusal::WrongValue("broke off"))?;
        Ok(read.to_bytes().len().to_string())
    }

    /// What comes of a body in two pieces with a pause before each, and how long that takes.
    async fn sent(path: &str, announced: Option<usize>, pause: u64) -> (u16, u64) {
        let router = Router::new()
            .route("/small", post(read).layer(from_fn_with_state(10, small_body)))
            .route("/long", post(read).layer(from_fn(long_body)));
        let pieces = stream::unfold(0, move |number| async move {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            let piece = Ok::<_, Infallible>(Bytes::from_static(b"12345"));
            (number < 100 && !(announced.is_some() && number > 1)).then_some((piece, number + 1))
        });
        let mut request = Request::post(path);
        if let Some(length) = announced {
            request = request.header(CONTENT_LENGTH, length);
        }
        let begun = Instant::now();
        let request = request.body(Body::from_stream(pieces)).unwrap();
        let status = router.oneshot(request).await.unwrap().status().as_u16();
        (status, begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_body_is_small_and_comes_soon() {
        assert_eq!(sent("/small", Some(10), 1).await, (200, 3));
        assert_eq!(sent("/small", Some(11), 1).await, (413, 0), "refused before anything is read");
        assert_eq!(sent("/small", None, 1).await, (400, 3), "cut off where it goes beyond");
        assert_eq!(sent("/small", Some(10), 9).await, (400, 20));
        assert_eq!(sent("/small", Some(10), 11).await, (400, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_body_may_take_its_time_but_not_stall() {
        assert_eq!(sent("/long", None, 5).await, (200, 505));
        assert_eq!(sent("/long", None, 7).await, (400, 600));
        assert_eq!(sent("/long", Some(10), 11).await, (400, 10));
    }
}
