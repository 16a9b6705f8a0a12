//! A connection whose reader may be slow, but not for ever: a write that makes no progress ends
//! the connection, so that a partner that never reads holds no memory (promise P5).

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Longest time in which a write makes no progress.
const STALL_MAX: Duration = Duration::from_secs(30);

/// Wraps a stream; writes under a time limit.
pub(super) struct Patience<S> {
    stream: S,
    stall: Pin<Box<Sleep>>,
    stalled: bool,
}

impl<S> Patience<S> {
    pub(super) fn with(stream: S) -> Self {
        Self { stream, stall: Box::pin(tokio::time::sleep(STALL_MAX)), stalled: false }
    }

    /// Passes on what a write came to; counts the time while it comes to nothing.
    fn judge<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = false;
            return poll;
        }
        if !self.stalled {
            self.stalled = true;
            self.stall.as_mut().reset(Instant::now() + STALL_MAX);
        }
        ready!(self.stall.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.judge(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, poll)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_never_reads_is_given_up_and_a_slow_one_is_not() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut near = Patience::with(near);
        near.write_all(b"1234").await.unwrap();
        let slow = async {
            tokio::time::sleep(STALL_MAX - Duration::from_secs(1)).await;
            far.read_exact(&mut [0; 4]).await
        };
        let (written, read) = tokio::join!(near.write_all(b"5678"), slow);
        assert!(written.is_ok() && read.is_ok());
        let stuck = tokio::time::timeout(STALL_MAX * 2, near.write_all(b"9")).await;
        assert_eq!(stuck.unwrap().map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }
}
