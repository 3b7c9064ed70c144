//! Connections: one for a reply, or one that a session keeps.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::Result;
use rooh_core::trace::{Direction, Trace};
use rooh_net::{Client, Received, Socket};
use serde_json::Value;
use tokio::time::Instant;

use crate::options::{DeepgramOptions, Manner};
use crate::wire::{self, Message, VENDOR};

/// The longest message, in bytes: ten seconds at the highest rate.
const LONGEST: usize = 1024 * 1024;
/// How old a connection may get before a new reply gets another: the vendor ends one after an hour.
const OLDEST: Duration = Duration::from_secs(50 * 60);
/// How long the vendor may take to fall silent after a reply that was dropped. A new connection
/// takes about as long.
const CLEARED: Duration = Duration::from_millis(400);
/// How many flushes the vendor takes in a minute, less a few.
const FLUSHES: usize = 18;
/// How many of them one reply may want; without them it gets another connection.
const REPLY: usize = 4;
const MINUTE: Duration = Duration::from_secs(60);

/// The place of the connection that a session keeps.
pub(crate) type Kept = Arc<Mutex<Option<Line>>>;

/// A connection that speaks in one manner.
pub(crate) struct Line {
    /// When it was flushed within the last minute.
    flushes: VecDeque<Instant>,
    /// Whether all that was said on it was heard to its end.
    is_clean: bool,
    /// Whether a message is on its way out: dropped then, half of it may be gone.
    is_sending: bool,
    manner: Manner,
    opened: Instant,
    pub(crate) socket: Socket,
}

impl Line {
    pub(crate) async fn open(client: &Client, options: &DeepgramOptions, manner: Manner) -> Result<Self> {
        let route = options.route(&manner);
        let socket = client.socket(route, None, LONGEST, options.connect_timeout()).await?;
        let (flushes, opened) = (VecDeque::new(), Instant::now());
        Ok(Self { flushes, is_clean: true, is_sending: false, manner, opened, socket })
    }

    pub(crate) async fn say(&mut self, message: &Value, trace: &Trace) -> Result<()> {
        trace.record(VENDOR, Direction::Out, || message.to_string());
        (self.is_clean, self.is_sending) = (false, true);
        self.socket.send(message).await?;
        self.is_sending = false;
        Ok(())
    }

    /// When the vendor takes the next flush.
    pub(crate) fn may_flush_at(&mut self, now: Instant) -> Instant {
        while self.flushes.front().is_some_and(|flush| now.saturating_duration_since(*flush) >= MINUTE) {
            self.flushes.pop_front();
        }
        if self.flushes.len() < FLUSHES { now } else { self.flushes[self.flushes.len() - FLUSHES] + MINUTE }
    }

    pub(crate) async fn flush(&mut self, trace: &Trace) -> Result<()> {
        self.flushes.push_back(Instant::now());
        self.say(&wire::flush(), trace).await
    }

    /// Whether it can speak the next reply; what is left of the last one is thrown away.
    async fn is_ready(&mut self, manner: &Manner, trace: &Trace) -> bool {
        // Counts those of the last minute.
        self.may_flush_at(Instant::now());
        let is_spent = self.flushes.len() + REPLY > FLUSHES || self.opened.elapsed() > OLDEST;
        if self.is_sending || is_spent || self.manner != *manner {
            return false;
        }
        if self.is_clean {
            // What the vendor has said meanwhile, its good-bye perhaps.
            return loop {
                match self.socket.next(Instant::now()).await {
                    Ok(Received::Closed(..)) => break false,
                    Ok(_) => {}
                    Err(error) => break error.kind() == rooh_core::ErrorKind::Timeout,
                }
            };
        }
        let end = Instant::now() + CLEARED;
        if self.say(&wire::clear(), trace).await.is_err() {
            return false;
        }
        loop {
            match self.socket.next(end).await {
                Ok(Received::Text(text)) => {
                    trace.record(VENDOR, Direction::In, || &text);
                    if matches!(wire::read(&text), Ok(Message::Cleared {})) {
                        self.is_clean = true;
                        return true;
                    }
                }
                Ok(Received::Binary(_)) if Instant::now() < end => {}
                _ => return false,
            }
        }
    }
}

/// A connection in use by one reply; it goes back to the session that keeps it.
pub(crate) struct Lease {
    kept: Option<Kept>,
    line: Option<Line>,
}

impl Lease {
    /// The connection that is kept, if it is good for it, or a new one.
    pub(crate) async fn take(
        kept: Option<Kept>,
        client: &Client,
        options: &DeepgramOptions,
        manner: Manner,
        trace: &Trace,
    ) -> Result<Self> {
        let line = kept.as_ref().and_then(|kept| lock(kept).take());
        // Given back should this be dropped here.
        let mut lease = Self { kept, line };
        if let Some(line) = &mut lease.line {
            if line.is_ready(&manner, trace).await {
                return Ok(lease);
            }
            lease.line = None;
        }
        lease.line = Some(Line::open(client, options, manner).await?);
        Ok(lease)
    }

    pub(crate) fn line(&mut self) -> &mut Line {
        self.line.as_mut().expect("a lease that was given has a connection")
    }

    /// All that was said was heard to its end.
    pub(crate) async fn finish(&mut self, trace: &Trace) {
        let is_kept = self.kept.is_some();
        let line = self.line();
        if is_kept {
            line.is_clean = true;
        } else {
            // Without it the connection counts as one in use for a while; nobody waits for more.
            let _ = line.say(&wire::close(), trace).await;
        }
    }

    /// The connection is of no use any more.
    pub(crate) fn discard(&mut self) {
        self.line = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(kept), Some(line)) = (&self.kept, self.line.take())
            && !line.is_sending
        {
            *lock(kept) = Some(line);
        }
    }
}

/// Opens the connection of a session in advance.
pub(crate) async fn prewarm(
    kept: &Kept,
    client: &Client,
    options: &DeepgramOptions,
    manner: Manner,
) -> Result<()> {
    if lock(kept).is_none() {
        let line = Line::open(client, options, manner).await?;
        // A reply that has begun meanwhile has opened its own.
        lock(kept).get_or_insert(line);
    }
    Ok(())
}

fn lock(kept: &Kept) -> std::sync::MutexGuard<'_, Option<Line>> {
    kept.lock().expect("no panic happens under this lock")
}
