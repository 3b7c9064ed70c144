//! One socket to the vendor, which goes from reply to reply.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rooh_core::trace::{Direction, Trace};
use rooh_core::{ErrorKind, Result};
use rooh_net::{Client, Received, Route, Socket};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::unconstrained;
use tokio::time::{Instant, timeout};

use crate::wire::{self, Message, VENDOR};

/// The longest message, in bytes: half a minute of audio at 48 kHz in base64.
const LONGEST_MESSAGE: usize = 4 * 1024 * 1024;
/// After how long without a reply a socket is opened anew, rather than found to be closed: a little
/// less than the vendor keeps it.
const IDLE: Duration = Duration::from_secs(170);
/// Of how many contexts that were given up the end may be awaited before another socket is opened:
/// with five at once, the vendor closes it.
const GIVEN_UP: usize = 3;
/// How many late messages are read before a socket is used again; what is left is passed over later.
const LATE: usize = 64;

/// Where the socket of a session is between its replies.
pub(crate) type Slot = Arc<Mutex<Option<Line>>>;

/// A socket, and what has become of the contexts on it.
#[derive(Debug)]
pub(crate) struct Line {
    contexts: u64,
    /// Contexts that were given up and whose end has not come.
    given_up: Vec<String>,
    /// A message was begun and not sent to its end.
    is_torn: bool,
    route: Route,
    socket: Socket,
    used: Instant,
}

impl Line {
    /// Opens a socket at `route`.
    pub(crate) async fn open(client: &Client, route: &Route, wait: Duration) -> Result<Self> {
        let socket =
            client.socket(route.clone(), None, LONGEST_MESSAGE, wait).await.map_err(wire::explain)?;
        Ok(Self {
            contexts: 0,
            given_up: Vec::new(),
            is_torn: false,
            route: route.clone(),
            socket,
            used: Instant::now(),
        })
    }

    pub(crate) async fn send(&mut self, message: &Value, trace: &Trace) -> Result<()> {
        trace.record(VENDOR, Direction::Out, || message.to_string());
        self.is_torn = true;
        self.socket.send(message).await?;
        self.is_torn = false;
        Ok(())
    }

    /// The next message of any context.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] if none came until `end`; what the vendor refuses, and the end of the
    /// socket.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn read(&mut self, end: Instant, client: &Client, trace: &Trace) -> Result<Message> {
        let text = match self.socket.next(end).await? {
            Received::Text(text) => text,
            Received::Closed(code, words) => return Err(wire::closed(client, code, &words)),
            // There are none in this protocol.
            Received::Binary(_) => return Ok(Message::default()),
        };
        trace.record(VENDOR, Direction::In, || wire::brief(&text));
        let message = wire::read(&text)?;
        if let Some(error) = message.failure(client) {
            return Err(error);
        }
        if message.is_final == Some(true) {
            self.given_up.retain(|context| message.context_id.as_ref() != Some(context));
        }
        Ok(message)
    }

    /// Reads what has come since the last reply; returns whether the socket can be used again.
    async fn is_usable(&mut self, client: &Client, trace: &Trace) -> bool {
        if self.used.elapsed() > IDLE {
            return false;
        }
        for _ in 0..LATE {
            match self.read(Instant::now(), client, trace).await {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Timeout => break,
                Err(_) => return false,
            }
        }
        self.given_up.len() < GIVEN_UP
    }
}

/// How far the context of a reply is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// The vendor knows nothing of it, or has said its last.
    Silent,
    /// It is to be closed.
    Open,
    /// Its end is awaited.
    Closing,
}

/// A socket that one reply holds, with a context of its own on it.
///
/// When it is dropped, the context is closed and the socket goes back to its session.
#[derive(Debug)]
pub(crate) struct Held {
    context: String,
    is_reused: bool,
    line: Option<Line>,
    slot: Slot,
    stage: Stage,
}

impl Held {
    /// The socket of the session if it is free and good for `route`, or another one.
    pub(crate) async fn take(
        slot: &Slot,
        client: &Client,
        route: &Route,
        wait: Duration,
        trace: &Trace,
    ) -> Result<Self> {
        // Whoever opens it in advance may be at it; longer than a new one takes it is not waited for.
        let kept = timeout(wait, slot.lock()).await.ok().and_then(|mut kept| kept.take());
        if let Some(mut line) = kept.filter(|line| line.route == *route)
            && line.is_usable(client, trace).await
        {
            return Ok(Self::new(line, slot, true));
        }
        Self::open(slot, client, route, wait).await
    }

    /// Another socket than the one of the session.
    pub(crate) async fn open(slot: &Slot, client: &Client, route: &Route, wait: Duration) -> Result<Self> {
        Ok(Self::new(Line::open(client, route, wait).await?, slot, false))
    }

    fn new(mut line: Line, slot: &Slot, is_reused: bool) -> Self {
        line.contexts += 1;
        let context = format!("reply-{}", line.contexts);
        Self { context, is_reused, line: Some(line), slot: Arc::clone(slot), stage: Stage::Silent }
    }

    /// The name of the context.
    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    /// Whether the socket was there before.
    pub(crate) fn is_reused(&self) -> bool {
        self.is_reused
    }

    /// Sends a message of an open context.
    pub(crate) async fn send(&mut self, message: &Value, trace: &Trace) -> Result<()> {
        self.stage = Stage::Open;
        self.line().send(message, trace).await
    }

    /// Closes the context, whose rest still comes.
    pub(crate) async fn close(&mut self, trace: &Trace) -> Result<()> {
        let message = wire::close(&self.context);
        self.line().send(&message, trace).await?;
        self.stage = Stage::Closing;
        Ok(())
    }

    /// The next message of any context; as [`Line::read`].
    pub(crate) async fn read(&mut self, end: Instant, client: &Client, trace: &Trace) -> Result<Message> {
        self.line().read(end, client, trace).await
    }

    /// The vendor has said the last of this context.
    pub(crate) fn end(mut self) {
        self.stage = Stage::Silent;
    }

    /// Closes the socket.
    pub(crate) fn discard(mut self) {
        self.line = None;
    }

    fn line(&mut self) -> &mut Line {
        self.line.as_mut().expect("it is taken only when this is dropped")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut line) = self.line.take().filter(|line| !line.is_torn) else { return };
        if self.stage == Stage::Open {
            // A few bytes, which go out at once or never: there is no time to wait here. A socket
            // that does not take them is closed, and that ends the context too.
            let message = wire::close(&self.context);
            let sent = Handle::try_current().is_ok()
                && unconstrained(line.socket.send(&message)).now_or_never().is_some_and(|sent| sent.is_ok());
            if !sent {
                return;
            }
        }
        if self.stage != Stage::Silent {
            line.given_up.push(std::mem::take(&mut self.context));
        }
        line.used = Instant::now();
        // A session in which two replies overlap keeps one of their sockets.
        if let Ok(mut kept) = self.slot.try_lock() {
            kept.get_or_insert(line);
        }
    }
}
