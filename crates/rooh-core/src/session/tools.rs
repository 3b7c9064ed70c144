//! The tools that run just now.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::mind::ToolOutcome;

type Running = Pin<Box<dyn Future<Output = ToolOutcome> + Send>>;

/// The tools that run just now, each for the utterance that called it.
#[derive(Default)]
pub(super) struct Tools {
    running: Vec<(u64, bool, Running)>,
}

impl Tools {
    pub(super) fn start(
        &mut self,
        generation: u64,
        must_finish: bool,
        work: impl Future<Output = ToolOutcome> + Send + 'static,
    ) {
        self.running.push((generation, must_finish, Box::pin(work)));
    }

    /// Drops the tools of an utterance, but for those that must finish.
    pub(super) fn cancel(&mut self, generation: u64) {
        self.running.retain(|(of, must_finish, _)| *of != generation || *must_finish);
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<(u64, ToolOutcome)> {
        for index in 0..self.running.len() {
            if let Poll::Ready(outcome) = self.running[index].2.as_mut().poll(cx) {
                let (generation, ..) = self.running.remove(index);
                return Poll::Ready((generation, outcome));
            }
        }
        Poll::Pending
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }
}
