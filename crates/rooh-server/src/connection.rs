//! A connection as it was accepted: counted while it lives, and never stuck on a slow reader.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::limits::Place;

/// How long a client may leave what was sent to it unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// How much of what was written may wait in the system: about as much sound as may wait for a slow
/// client at all, so that an interruption is not late by what the system holds.
const LIVE_SEND_BUFFER: usize = 16 * 1024;

/// A close frame with the code 1011.
const FAILED: [u8; 4] = [0x88, 0x02, 0x03, 0xf3];

/// A connection that was accepted.
pub(crate) struct Connection {
    stream: TcpStream,
    is_live: bool,
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, place: Place) -> Self {
        Self { stream, is_live: false, stalled: None, _place: place }
    }

    /// From now on this carries a conversation.
    pub(crate) fn go_live(&mut self) {
        self.is_live = true;
        // Only a wish: without it, a slow client hears an interruption a little later.
        let _ = socket2::SockRef::from(&self.stream).set_send_buffer_size(LIVE_SEND_BUFFER);
    }

    /// Fails a write that has waited too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stalled = None;
            return done;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A session that panics is dropped while it unwinds; its client is told before the
        // connection goes. There is no time to wait here, and nobody to tell if it fails.
        if self.is_live && std::thread::panicking() {
            let _ = self.stream.try_write(&FAILED);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("is_live", &self.is_live).finish_non_exhaustive()
    }
}
