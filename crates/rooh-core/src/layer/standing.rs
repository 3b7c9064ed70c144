//! What is known of a provider by all who ask it: whether it may be asked now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::{Error, ErrorKind};

/// How many failures in a row it takes until a provider is left alone.
///
/// One is an accident and two may be; each costs a caller up to the deadline.
pub const MOST_FAILURES: u32 = 3;

/// How long a provider is left alone then, before one request tries whether it is back.
///
/// With the second that a first token takes, it is in use again within five seconds of being
/// well; and one attempt in four seconds is nothing to a vendor, however many calls go on.
pub const REST: Duration = Duration::from_secs(4);

/// The longest that a vendor's `Retry-After` is believed: a day, after which every quota that
/// vendors publish begins anew.
pub const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);

/// After how long a connection that holds has proved itself: with [`REST`], less than five seconds
/// after a vendor is well again.
pub(super) const PROVED: Duration = Duration::from_millis(800);

/// Whether a provider may be asked; shared by all sessions of an agent.
#[derive(Debug, Default)]
pub(super) struct Standing {
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    /// How many requests in a row have failed.
    failures: u32,
    /// The last of them.
    last: Option<Error>,
    /// One request tries whether it is back.
    is_probed: bool,
    /// Its key was refused, and it will not get another.
    is_rejected: bool,
    rests_until: Option<Instant>,
}

impl Record {
    fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    fn is_open(&self) -> bool {
        self.failures >= MOST_FAILURES
    }
}

impl Standing {
    /// Leave to ask once, or why it may not be asked now.
    pub(super) fn admit(self: &Arc<Self>) -> Result<Permit, Error> {
        let mut record = self.lock();
        let is_out = record.is_rejected || record.rests(Instant::now()) || record.is_probed;
        if let Some(error) = record.last.as_ref().filter(|_| is_out) {
            return Err(error.clone());
        }
        record.is_probed = record.is_open();
        Ok(Permit { is_probe: record.is_probed, standing: Arc::clone(self) })
    }

    /// What a provider that was well says about being asked again.
    pub(super) fn warned(&self, error: &Error) {
        let Some(wait) = error.retry_after() else { return };
        let mut record = self.lock();
        record.last = Some(error.clone());
        record.rests_until = record.rests_until.max(Some(Instant::now() + wait.min(LONGEST_REST)));
    }

    /// For how long it is left alone yet; nothing if it is for good.
    pub(super) fn rest(&self) -> Option<Duration> {
        let record = self.lock();
        let now = Instant::now();
        let rest = record.rests_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        // Somebody tries just now.
        let rest = if record.is_probed { rest.max(PROVED) } else { rest };
        (!record.is_rejected).then_some(rest)
    }

    /// It is not asked any more.
    pub(super) fn reject(&self, error: &Error) {
        let mut record = self.lock();
        record.is_rejected = true;
        record.last = Some(error.clone());
    }

    /// Whether it is never asked any more.
    pub(super) fn is_rejected(&self) -> bool {
        self.lock().is_rejected
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to ask a provider once. Dropped, it says nothing about the provider.
#[derive(Debug)]
pub(super) struct Permit {
    standing: Arc<Standing>,
    is_probe: bool,
}

impl Permit {
    /// The provider answers: whoever waits for a probe may ask again.
    ///
    /// The next failure closes it to them again.
    pub(super) fn began(&mut self) {
        if std::mem::take(&mut self.is_probe) {
            let mut record = self.standing.lock();
            record.is_probed = false;
            record.failures = MOST_FAILURES - 1;
        }
    }

    /// The provider has answered to the end.
    pub(super) fn succeeded(&self) {
        self.standing.lock().failures = 0;
    }

    /// The provider has failed.
    pub(super) fn failed(self, error: &Error) {
        let now = Instant::now();
        let mut record = self.standing.lock();
        match error.kind() {
            ErrorKind::Auth => record.is_rejected = true,
            // It says something about the request, not about the provider.
            ErrorKind::Unsupported => return,
            _ => {}
        }
        record.failures = record.failures.saturating_add(1);
        record.last = Some(error.clone());
        let rest = match error.retry_after() {
            Some(wait) => Some(now + wait.min(LONGEST_REST)),
            // Requests from before it was left alone may fail later; they do not make it longer.
            None => (record.is_open() && !record.rests(now)).then(|| now + REST),
        };
        record.rests_until = record.rests_until.max(rest);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_probe {
            self.standing.lock().is_probed = false;
        }
    }
}
