//! How the cases read a stream, and how they see what happens behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::provider::Progress;
use rooh_core::stream::Events;
use rooh_core::trace::Trace;
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::{Terms, is_live};

/// Reads a stream with bounded patience.
pub(crate) struct Reader<T> {
    events: Events<T>,
    terms: Terms,
}

impl<T: Send + 'static> Reader<T> {
    pub(crate) fn new(events: Events<T>, terms: &Terms) -> Self {
        Self { events, terms: terms.clone() }
    }

    /// The next event, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self, waiting_for: &str) -> Option<T> {
        match timeout(self.terms.patience, self.events.next()).await {
            Ok(Some(Ok(event))) => Some(event),
            Ok(Some(Err(error))) => panic!("failed while the case waited for {waiting_for}: {error:?}"),
            Ok(None) => None,
            Err(_) => panic!("nothing came for {:?}; expected {waiting_for}", self.terms.patience),
        }
    }

    /// What comes until nothing has come for a while, or the stream has ended.
    pub(crate) async fn until_quiet(&mut self) -> Vec<T> {
        let mut all = Vec::new();
        while let Ok(event) = timeout(self.terms.settle, self.events.next()).await {
            match event {
                Some(Ok(event)) => {
                    all.push(event);
                    // Whoever reads another stream has its turn in between.
                    yield_now().await;
                }
                Some(Err(error)) => panic!("failed after {} events: {error:?}", all.len()),
                None => break,
            }
        }
        all
    }

    /// What comes until the stream ends, each event taken only after `pause`.
    pub(crate) async fn rest(&mut self, pause: Duration) -> Vec<T> {
        let mut all = Vec::new();
        loop {
            if pause.is_zero() {
                // Whoever reads another stream has its turn in between.
                yield_now().await;
            } else {
                sleep(pause).await;
            }
            match self.next("the end of the stream").await {
                Some(event) => all.push(event),
                None => return all,
            }
        }
    }
}

/// What happens behind a stream, as far as it can be seen from outside.
pub(crate) struct Behind {
    terms: Terms,
    tasks: usize,
    begun: u64,
    open: u64,
    messages: Arc<AtomicU64>,
}

impl Behind {
    pub(crate) fn look(terms: &Terms) -> Self {
        Self {
            terms: terms.clone(),
            tasks: Handle::current().metrics().num_alive_tasks(),
            begun: terms.probe.as_ref().map_or(0, |probe| probe.count_begun()),
            open: terms.probe.as_ref().map_or(0, |probe| probe.count_open()),
            messages: Arc::default(),
        }
    }

    /// Where the provider is to report its wire, so that it is seen.
    pub(crate) fn trace(&self) -> Trace {
        let messages = Arc::clone(&self.messages);
        Trace::to(move |_| {
            messages.fetch_add(1, Ordering::Relaxed);
        })
    }

    /// Fails if anything was begun since.
    pub(crate) async fn assert_untouched(&self) {
        // Before anything else runs: a task that was spawned may be done soon.
        let tasks = Handle::current().metrics().num_alive_tasks();
        assert!(tasks <= self.tasks, "a task was spawned before the stream was polled");
        sleep(self.terms.settle).await;
        assert_eq!(
            self.messages.load(Ordering::Relaxed),
            0,
            "something went over the wire before the stream was polled"
        );
        if let Some(probe) = &self.terms.probe {
            assert_eq!(probe.count_begun(), self.begun, "work was begun before the stream was polled");
        }
    }

    /// Fails if something is still open that was not open before.
    pub(crate) async fn assert_closed(&self) {
        let mut left = String::new();
        for _ in 0..40 {
            sleep(self.terms.settle / 20).await;
            let tasks = Handle::current().metrics().num_alive_tasks();
            let open = self.terms.probe.as_ref().map_or(0, |probe| probe.count_open());
            // On the real clock an idle pooled connection may keep its task; that is no leak.
            if (is_live() || tasks <= self.tasks) && open <= self.open {
                return;
            }
            left = format!(
                "{} tasks and {} connections are left after the stream was dropped",
                tasks.saturating_sub(self.tasks),
                open.saturating_sub(self.open)
            );
        }
        panic!("{left}");
    }
}

/// Reads a stream that has to fail, and compares the kind of its error.
pub(crate) async fn assert_fails<T: Send + 'static>(terms: &Terms, mut events: Events<T>, kind: ErrorKind) {
    loop {
        match timeout(terms.patience, events.next()).await {
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(error))) => {
                assert_eq!(error.kind(), kind, "the error is of the wrong kind: {error:?}");
                assert!(!error.message().is_empty(), "the error says nothing");
                break;
            }
            Ok(None) => panic!("the stream ended in peace; it should have failed as {}", kind.as_str()),
            Err(_) => panic!("nothing came for {:?}; expected an error", terms.patience),
        }
    }
    let after = timeout(terms.patience, events.next()).await;
    assert!(matches!(after, Ok(None)), "something came after the error");
}

/// Reads what loading reports, which has to end well and to stay within its bounds.
pub(crate) async fn assert_loads(terms: &Terms, progress: Events<Progress>) {
    let mut reader = Reader::new(progress, terms);
    while let Some(progress) = reader.next("the end of loading").await {
        if let Some(done) = progress.done {
            assert!((0.0..=1.0).contains(&done), "{done} of {:?} is done", progress.what);
        }
    }
}

/// The words of a text, without case and punctuation.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
        .filter(|word: &String| !word.is_empty())
        .collect()
}

/// How many of the words of `expected` were found in `heard`, in order.
pub(crate) fn found(expected: &[String], heard: &[String]) -> usize {
    // The longest common subsequence: a recognizer may drop, add and replace words.
    let mut row = vec![0_usize; heard.len() + 1];
    for word in expected {
        let mut diagonal = 0;
        for (place, candidate) in heard.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if word == candidate { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    row[heard.len()]
}
