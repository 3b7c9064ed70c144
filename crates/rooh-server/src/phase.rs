//! Where the server is in its life, as every connection sees it.

use tokio::sync::watch;

/// Where the server is in its life.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Phase {
    /// It takes new sessions.
    Serving,
    /// It takes no new sessions; those that go on may end in peace.
    Draining,
    /// It closes connections.
    Closing,
}

/// Sees the phase change.
#[derive(Clone, Debug)]
pub(crate) struct Phases(watch::Receiver<Phase>);

impl Phases {
    pub(crate) fn new() -> (watch::Sender<Phase>, Self) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (sender, Self(receiver))
    }

    pub(crate) fn now(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until the server is at least this far; a server that is gone is.
    pub(crate) async fn reached(&mut self, phase: Phase) {
        // An error means that nobody changes the phase any more.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}
