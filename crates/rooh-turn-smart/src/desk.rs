//! Where the questions of all sessions are answered: so many at once, and so many that wait.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use rooh_core::stream::blocking;
use rooh_core::{Error, ErrorKind, Result};
use tokio::runtime::{Handle, RuntimeFlavor};

/// What one question puts up with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// It begins when fewer than these are being computed.
    pub(crate) workers: usize,
    /// It waits if fewer than these wait already.
    pub(crate) queue: usize,
}

/// Computes on the threads for blocking work, first come, first served.
///
/// Each question brings its own bounds, so sessions of agents with different options share one
/// desk, and what one of them says holds for its questions alone.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    busy: usize,
    tickets: u64,
    waiting: VecDeque<(u64, Waker)>,
}

impl Desk {
    /// The one of the process.
    pub(crate) fn shared() -> &'static Arc<Self> {
        static SHARED: LazyLock<Arc<Desk>> = LazyLock::new(Arc::default);
        &SHARED
    }

    /// Runs `work` when it is its turn.
    ///
    /// On a current-thread runtime it runs at once, where it stands, as
    /// [`blocking`] has it: there is no other thread that could hold it up, and a conversation on
    /// a paused clock must not depend on what other runtimes of the process do.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`] at once if too many wait already.
    ///
    /// # Cancellation
    ///
    /// Dropping the future takes the question back, unless it is being computed.
    pub(crate) async fn answer<T: Send + 'static>(
        self: &Arc<Self>,
        bounds: Bounds,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return blocking(work).await?;
        }
        let seat = Enter { desk: Arc::clone(self), bounds, ticket: None }.await?;
        // Whoever asked holds this; the threads for blocking work may be busy with other things.
        let asked = Arc::new(());
        let wanted = Arc::downgrade(&asked);
        let answer = blocking(move || {
            let _seat = seat;
            match wanted.strong_count() {
                0 => Err(Error::new(ErrorKind::Unexpected, "nobody waits for the answer any more")),
                _ => work(),
            }
        })
        .await;
        drop(asked);
        answer?
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic happens under this lock")
    }
}

impl State {
    fn wake_first(&self) {
        if let Some((_, waker)) = self.waiting.front() {
            waker.wake_by_ref();
        }
    }
}

/// Waits for a seat.
#[derive(Debug)]
struct Enter {
    desk: Arc<Desk>,
    bounds: Bounds,
    ticket: Option<u64>,
}

impl Future for Enter {
    type Output = Result<Seat>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut state = this.desk.lock();
        let state = &mut *state;
        let place = this.ticket.and_then(|mine| state.waiting.iter().position(|(other, _)| *other == mine));
        let ahead = place.unwrap_or(state.waiting.len());
        if ahead == 0 && state.busy < this.bounds.workers {
            if this.ticket.take().is_some() {
                state.waiting.pop_front();
            }
            state.busy += 1;
            // There may be room for the next one too.
            state.wake_first();
            return Poll::Ready(Ok(Seat { desk: Arc::clone(&this.desk) }));
        }
        match place {
            Some(place) => state.waiting[place].1.clone_from(cx.waker()),
            None if ahead >= this.bounds.queue => {
                let message = "too many questions wait for the turn model; the pause is judged without it";
                return Poll::Ready(Err(Error::new(ErrorKind::RateLimited, message).with("waiting", ahead)));
            }
            None => {
                state.tickets += 1;
                this.ticket = Some(state.tickets);
                state.waiting.push_back((state.tickets, cx.waker().clone()));
            }
        }
        Poll::Pending
    }
}

impl Drop for Enter {
    fn drop(&mut self) {
        let Some(mine) = self.ticket else { return };
        let mut state = self.desk.lock();
        state.waiting.retain(|(other, _)| *other != mine);
        // It may have been woken for a free seat that it does not take.
        state.wake_first();
    }
}

/// The right to compute, until it is dropped.
#[derive(Debug)]
struct Seat {
    desk: Arc<Desk>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.desk.lock();
        state.busy -= 1;
        state.wake_first();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use futures::poll;
    use tokio::runtime::Builder;

    use super::*;

    fn on_threads(test: impl Future<Output = ()>) {
        Builder::new_multi_thread().worker_threads(2).build().expect("a runtime can be built").block_on(test);
    }

    fn bounds(workers: usize, queue: usize) -> Bounds {
        Bounds { workers, queue }
    }

    /// Work that goes on until it is let go.
    fn held() -> (mpsc::Sender<()>, impl FnOnce() -> Result<()> + Send) {
        let (let_go, wait) = mpsc::channel();
        (let_go, move || {
            let _ = wait.recv();
            Ok(())
        })
    }

    #[test]
    fn so_many_are_computed_at_once_and_all_are_answered() {
        on_threads(async {
            let desk = Arc::new(Desk::default());
            let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let questions = (0..40).map(|n| {
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    desk.answer(bounds(3, 40), move || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        Ok(n)
                    })
                    .await
                })
            });
            for (n, answer) in futures::future::join_all(questions).await.into_iter().enumerate() {
                assert_eq!(answer.expect("no task panics").expect("every question is answered"), n);
            }
            assert!((1..=3).contains(&most.load(Ordering::SeqCst)), "{most:?} at once");
            assert_eq!(desk.lock().busy, 0);
        });
    }

    #[test]
    fn a_question_that_finds_the_queue_full_is_refused_at_once() {
        on_threads(async {
            let desk = Arc::new(Desk::default());
            let (let_go, work) = held();
            let mut first = Box::pin(desk.answer(bounds(1, 1), work));
            assert!(poll!(&mut first).is_pending());
            let mut second = Box::pin(desk.answer(bounds(1, 1), || Ok(2)));
            assert!(poll!(&mut second).is_pending());
            let third = desk.answer(bounds(1, 1), || Ok(3)).await.expect_err("the queue is full");
            assert_eq!(third.kind(), ErrorKind::RateLimited);
            assert!(third.is_transient() && third.context("waiting") == Some("1"), "{third}");
            // Somebody who may take a second worker still has to wait behind the one who came first.
            let mut fourth = Box::pin(desk.answer(bounds(2, 2), || Ok(4)));
            assert!(poll!(&mut fourth).is_pending());
            let_go.send(()).expect("the work waits");
            first.await.expect("it was let go");
            assert_eq!(second.await.expect("it is answered"), 2);
            assert_eq!(fourth.await.expect("it is answered"), 4);
        });
    }

    #[test]
    fn a_question_that_is_dropped_in_the_queue_is_never_computed_and_makes_room() {
        on_threads(async {
            let desk = Arc::new(Desk::default());
            let (let_go, work) = held();
            let mut first = Box::pin(desk.answer(bounds(1, 1), work));
            assert!(poll!(&mut first).is_pending());
            let mut second =
                Box::pin(desk.answer(bounds(1, 1), || -> Result<()> { panic!("it was dropped") }));
            assert!(poll!(&mut second).is_pending());
            drop(second);
            let mut third = Box::pin(desk.answer(bounds(1, 1), || Ok(3)));
            assert!(poll!(&mut third).is_pending(), "there is room again");
            let_go.send(()).expect("the work waits");
            first.await.expect("it was let go");
            assert_eq!(third.await.expect("it is answered"), 3);
        });
    }

    #[test]
    fn work_that_was_dropped_or_panics_gives_its_seat_back() {
        on_threads(async {
            let desk = Arc::new(Desk::default());
            let (let_go, work) = held();
            let mut first = Box::pin(desk.answer(bounds(1, 1), work));
            assert!(poll!(&mut first).is_pending());
            drop(first);
            let mut second = Box::pin(desk.answer(bounds(1, 1), || -> Result<()> { panic!("on purpose") }));
            assert!(poll!(&mut second).is_pending(), "what is being computed is not stopped");
            let_go.send(()).expect("the work waits");
            assert_eq!(second.await.expect_err("it panicked").kind(), ErrorKind::Unexpected);
            assert_eq!(desk.answer(bounds(1, 0), || Ok(3)).await.expect("the seat is free"), 3);
        });
    }

    #[test]
    fn on_one_thread_it_is_computed_in_place_without_a_queue() {
        let runtime = Builder::new_current_thread().build().expect("a runtime can be built");
        runtime.block_on(async {
            let desk = Arc::new(Desk::default());
            desk.lock().busy = 1;
            let here = std::thread::current().id();
            let mut question =
                Box::pin(desk.answer(bounds(1, 0), move || Ok(std::thread::current().id() == here)));
            let std::task::Poll::Ready(Ok(true)) = poll!(&mut question) else { panic!("it was put off") };
        });
    }
}
