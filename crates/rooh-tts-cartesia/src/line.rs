//! The socket of a session: opened once, kept from reply to reply, opened anew when it is dead.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use rooh_core::trace::{Direction, Trace};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{Received, Socket};
use serde_json::Value;
use tokio::time::Instant;

use crate::cartesia::{Inner, VENDOR};

/// How long a socket may lie idle: Cartesia closes it after five minutes.
pub(crate) const KEEP: Duration = Duration::from_secs(4 * 60);
/// The longest message, in bytes: eight seconds at 48 kHz in base64. A chunk usually has a tenth of
/// a second.
const LONGEST: usize = 1024 * 1024;
/// How many messages may wait in a socket that was left in the middle of a reply. More is nothing
/// that a reply leaves behind.
const LEFT: usize = 4_096;

/// A socket to Cartesia.
#[derive(Debug)]
pub(crate) struct Line {
    /// Half of a message may be on its way.
    pub(crate) is_broken: bool,
    pub(crate) socket: Socket,
    used: Instant,
}

impl Line {
    pub(crate) async fn open(voice: &Inner) -> Result<Self> {
        let wait = voice.options.first_audio_timeout();
        let socket = voice.client.socket("/tts/websocket", None, LONGEST, wait).await;
        let socket = socket.map_err(|error| match error.kind() {
            ErrorKind::Auth if voice.options.api_key.is_empty() => {
                error.with("set the key", "CARTESIA_API_KEY")
            }
            _ => error.with("address", voice.client.base()),
        })?;
        Ok(Self { is_broken: false, socket, used: Instant::now() })
    }

    pub(crate) async fn send(&mut self, message: &Value, trace: &Trace) -> Result<()> {
        trace.record(VENDOR, Direction::Out, || message.to_string());
        // Until it is sent: whoever drops the future leaves half of it behind.
        self.is_broken = true;
        self.socket.send(message).await?;
        self.is_broken = false;
        self.used = Instant::now();
        Ok(())
    }

    /// Until when it may lie idle.
    pub(crate) fn idle_until(&self) -> Instant {
        self.used + KEEP
    }

    /// Throws away what was said meanwhile; false if the socket is closed, or soon will be.
    async fn is_alive(&mut self) -> bool {
        if Instant::now() >= self.idle_until() {
            return false;
        }
        for _ in 0..LEFT {
            match self.socket.next(Instant::now()).await {
                Ok(Received::Closed(..)) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == ErrorKind::Timeout,
            }
        }
        false
    }
}

type Opening = BoxFuture<'static, Result<()>>;

/// What a session keeps between replies.
#[derive(Default)]
pub(crate) struct Kept {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    line: Option<Line>,
    /// Held by those who wait for it, so that it ends when nobody does.
    opening: Option<WeakShared<Opening>>,
}

impl Kept {
    /// Opens a socket for the next reply, unless there is one.
    pub(crate) async fn open(self: &Arc<Self>, voice: &Arc<Inner>) -> Result<()> {
        let opening = {
            let mut state = self.lock();
            if state.line.as_ref().is_some_and(|line| Instant::now() < line.idle_until()) {
                return Ok(());
            }
            let begun = state.opening.as_ref().and_then(WeakShared::upgrade);
            begun.unwrap_or_else(|| {
                let (kept, voice) = (Arc::clone(self), Arc::clone(voice));
                let opening = async move {
                    let line = Line::open(&voice).await?;
                    kept.put(line);
                    Ok(())
                };
                let opening: Shared<Opening> = opening.boxed().shared();
                state.opening = opening.downgrade();
                opening
            })
        };
        opening.await
    }

    /// The socket, if it is there and alive; one that is being opened is waited for.
    pub(crate) async fn take(&self) -> Option<Line> {
        let opening = self.lock().opening.take().and_then(|opening| opening.upgrade());
        if let Some(opening) = opening {
            // What goes wrong there, goes wrong again here, or does not.
            let _: Result<(), Error> = opening.await;
        }
        let mut line = self.lock().line.take()?;
        line.is_alive().await.then_some(line)
    }

    pub(crate) fn put(&self, line: Line) {
        self.lock().line = Some(line);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic happens under this lock")
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("has_line", &self.lock().line.is_some()).finish_non_exhaustive()
    }
}
