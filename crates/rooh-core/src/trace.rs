//! Protocol traces: what a provider or transport says and hears on its own wire.

use std::fmt;
use std::sync::Arc;

/// Which way a message went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the peer to us.
    In,
    /// From us to the peer.
    Out,
}

/// One message on a wire.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TraceRecord<'a> {
    /// Which way it went.
    pub direction: Direction,
    /// The message; secrets are already masked by whoever reports it.
    pub message: &'a str,
    /// The provider or transport that reports it.
    pub source: &'a str,
}

type Sink = dyn Fn(TraceRecord<'_>) + Send + Sync;

/// Where protocol traces go. Cheap to clone; by default nowhere, and then nothing is formatted.
#[derive(Clone, Default)]
pub struct Trace {
    sink: Option<Arc<Sink>>,
}

impl Trace {
    /// Sends every record to `sink`, on the task that reports it.
    pub fn to(sink: impl Fn(TraceRecord<'_>) + Send + Sync + 'static) -> Self {
        Self { sink: Some(Arc::new(sink)) }
    }

    /// Reports a message; `message` is only called if somebody listens.
    pub fn record<M: AsRef<str>>(&self, source: &str, direction: Direction, message: impl FnOnce() -> M) {
        if let Some(sink) = &self.sink {
            let message = message();
            sink(TraceRecord { direction, message: message.as_ref(), source });
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.sink.is_some() { "Trace(on)" } else { "Trace(off)" })
    }
}
