//! A conversation that is going on: the handle that steers it and the task that owns it.

mod answer;
pub(crate) mod clause;
mod eager;
mod ears;
mod endpoint;
mod filler;
mod handle;
mod ledger;
mod line;
mod listen;
mod mind;
mod player;
mod realtime;
mod speak;
mod task;
mod tools;
mod turn;
mod understood;
mod utterance;
mod words;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use tracing::Instrument;

pub use handle::{Command, PushToTalk, SessionContext, SessionHandle, SessionId, Swap};

use crate::agent::{Parts, SessionOptions};
use crate::event::{Event, EventKind, SessionEnd};
use crate::stream::{Inlet, inlet};
use crate::transport::Transport;

/// A conversation that is going on. Dropping it hangs up.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    events: Inlet<Event>,
    handle: SessionHandle,
}

impl Session {
    pub(crate) fn start(
        parts: Arc<Parts>,
        transport: Box<dyn Transport>,
        mut options: SessionOptions,
    ) -> Self {
        let id = options.id.take().unwrap_or_else(random_id);
        let (feed, commands) = inlet(256);
        let handle = SessionHandle::new(feed);
        let (events, reader) = inlet(task::EVENTS);
        let span = tracing::debug_span!("session", %id, agent = %parts.name);
        let task =
            task::Task::new(parts, transport, options, id.clone(), handle.clone(), commands, events.clone());
        match task {
            Ok(task) => drop(tokio::spawn(task.run().instrument(span))),
            Err(error) => {
                let kinds = [
                    EventKind::Failed { error, provider: None },
                    EventKind::SessionEnded { reason: SessionEnd::Failed },
                ];
                for kind in kinds {
                    events.push(Event { at: Default::default(), kind });
                }
            }
        }
        Self { id, events: reader, handle }
    }

    /// The next event; `None` once the session is over.
    ///
    /// Up to 1,024 events wait; a reader that falls further behind misses the oldest, and an
    /// [`EventKind::Missed`] says how many.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.next().await
    }

    /// What steers this session from anywhere.
    pub fn handle(&self) -> SessionHandle {
        self.handle.clone()
    }

    /// The name of this session.
    pub fn id(&self) -> &SessionId {
        &self.id
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.handle.hang_up();
    }
}

/// 128 bits that nobody guesses: the standard library seeds each of these from the system.
fn random_id() -> SessionId {
    let [high, low] = [0, 1].map(|part: u8| RandomState::new().hash_one(part));
    SessionId::new(format!("{high:016x}{low:016x}"))
}
