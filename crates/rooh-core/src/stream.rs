//! The one shape of everything: a request and an inlet in, a stream of events out.
//!
//! The work is the stream: it starts when first polled, advances only when polled, and is
//! cancelled by dropping it. There is no hidden task and no hidden queue.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures::stream::{Stream, StreamExt};

use crate::{Error, ErrorKind, Result};

/// What a provider yields, until it ends or is dropped.
///
/// An error is the last event.
#[must_use = "a stream does nothing unless it is read"]
pub struct Events<T> {
    stream: Pin<Box<dyn Stream<Item = Result<T>> + Send>>,
    ended: bool,
}

impl<T: Send + 'static> Events<T> {
    /// Runs `body` as the stream; each value that it emits is one event.
    ///
    /// `body` is not called before the stream is first polled.
    pub fn new<F, Fut>(body: F) -> Self
    where
        F: FnOnce(Emitter<T>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let slot = Arc::new(Mutex::new(Slot { item: None, taken: None }));
        let emitter = Emitter { slot: Arc::clone(&slot) };
        let work = Box::pin(async move { body(emitter).await });
        Self::from_stream(Generator { work: Some(work), slot })
    }

    /// A stream that was made by other means.
    pub fn from_stream(stream: impl Stream<Item = Result<T>> + Send + 'static) -> Self {
        Self { stream: Box::pin(stream), ended: false }
    }

    /// A stream that ends at once.
    pub fn empty() -> Self {
        Self::from_stream(futures::stream::empty())
    }

    /// A stream of nothing but `error`.
    pub fn failed(error: Error) -> Self {
        Self::from_stream(futures::stream::once(std::future::ready(Err(error))))
    }

    /// The next event; `None` once the stream has ended, and from then on.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_next_event(cx)).await
    }

    /// Reads the stream to its end.
    ///
    /// # Errors
    ///
    /// The error that ended the stream.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event?);
        }
        Ok(all)
    }

    /// Turns every event into another.
    pub fn map<U: Send + 'static>(self, mut f: impl FnMut(T) -> U + Send + 'static) -> Events<U> {
        Events::from_stream(StreamExt::map(self, move |event| event.map(&mut f)))
    }

    fn poll_next_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = self.stream.as_mut().poll_next(cx);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
        }
        next
    }
}

impl<T: Send + 'static> Stream for Events<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_next_event(cx)
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// The one event that waits between a body and its reader.
struct Slot<T> {
    item: Option<T>,
    taken: Option<Waker>,
}

/// Where the body of [`Events::new`] puts its events.
pub struct Emitter<T> {
    slot: Arc<Mutex<Slot<T>>>,
}

impl<T> Emitter<T> {
    /// Yields one event and waits until it was taken.
    ///
    /// # Cancellation
    ///
    /// An event whose future was polled once is delivered even if the future is dropped.
    pub async fn emit(&mut self, item: T) {
        let mut item = Some(item);
        poll_fn(|cx| {
            let mut slot = lock(&self.slot);
            if slot.item.is_some() {
                slot.taken = Some(cx.waker().clone());
                return Poll::Pending;
            }
            match item.take() {
                Some(item) => {
                    slot.item = Some(item);
                    slot.taken = Some(cx.waker().clone());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            }
        })
        .await;
    }
}

impl<T> fmt::Debug for Emitter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").finish_non_exhaustive()
    }
}

/// A body and the slot that it emits into, read as a stream.
struct Generator<T, Fut> {
    work: Option<Pin<Box<Fut>>>,
    slot: Arc<Mutex<Slot<T>>>,
}

impl<T, Fut: Future<Output = Result<()>>> Stream for Generator<T, Fut> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let done = match &mut this.work {
            Some(work) => work.as_mut().poll(cx),
            None => Poll::Ready(Ok(())),
        };
        if done.is_ready() {
            this.work = None;
        }
        let mut slot = lock(&this.slot);
        if let Some(item) = slot.item.take() {
            // Whoever reads here polls the body again anyway; only another task has to be woken.
            if let Some(waker) = slot.taken.take().filter(|waker| !waker.will_wake(cx.waker())) {
                drop(slot);
                waker.wake();
            }
            return Poll::Ready(Some(Ok(item)));
        }
        match done {
            Poll::Ready(Ok(())) => Poll::Ready(None),
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// A bounded queue between the session and a provider: [`Feed`] writes, [`Inlet`] reads.
pub fn inlet<T>(capacity: usize) -> (Feed<T>, Inlet<T>) {
    let shared = Arc::new(Mutex::new(Queue {
        items: VecDeque::new(),
        capacity: capacity.max(1),
        feeds: 1,
        inlet_gone: false,
        reader: None,
        writers: Vec::new(),
    }));
    (Feed { shared: Arc::clone(&shared) }, Inlet { shared })
}

struct Queue<T> {
    items: VecDeque<T>,
    capacity: usize,
    feeds: usize,
    inlet_gone: bool,
    reader: Option<Waker>,
    writers: Vec<Waker>,
}

impl<T> Queue<T> {
    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_writers(&mut self) {
        for writer in self.writers.drain(..) {
            writer.wake();
        }
    }
}

/// Where the session writes what a provider reads.
///
/// The inlet ends once every clone of its feed is dropped.
pub struct Feed<T> {
    shared: Arc<Mutex<Queue<T>>>,
}

impl<T> Feed<T> {
    /// Adds an item at once, and returns the oldest one if there was no room.
    ///
    /// For live audio: a reader that falls behind loses the past, never delays the present.
    /// If the inlet is gone, the item itself comes back.
    pub fn push(&self, item: T) -> Option<T> {
        let mut queue = lock(&self.shared);
        if queue.inlet_gone {
            return Some(item);
        }
        let lost = if queue.items.len() >= queue.capacity { queue.items.pop_front() } else { None };
        queue.items.push_back(item);
        queue.wake_reader();
        lost
    }

    /// Adds an item if there is room.
    ///
    /// # Errors
    ///
    /// The item, if there is no room or the inlet is gone.
    pub fn try_send(&self, item: T) -> Result<(), T> {
        let mut queue = lock(&self.shared);
        if queue.inlet_gone || queue.items.len() >= queue.capacity {
            return Err(item);
        }
        queue.items.push_back(item);
        queue.wake_reader();
        Ok(())
    }

    /// Waits for room; if the inlet is gone the item is dropped.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it finished has added nothing.
    pub async fn send(&self, item: T) {
        let mut item = Some(item);
        poll_fn(|cx| {
            let mut queue = lock(&self.shared);
            if !queue.inlet_gone && queue.items.len() >= queue.capacity {
                queue.writers.push(cx.waker().clone());
                return Poll::Pending;
            }
            if let Some(item) = item.take().filter(|_| !queue.inlet_gone) {
                queue.items.push_back(item);
                queue.wake_reader();
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Waits until there is room, or nobody will read any more.
    ///
    /// # Cancellation
    ///
    /// Dropping the future changes nothing.
    pub async fn has_room(&self) {
        poll_fn(|cx| {
            let mut queue = lock(&self.shared);
            if !queue.inlet_gone && queue.items.len() >= queue.capacity {
                queue.writers.push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Whether nobody will read any more.
    pub fn is_closed(&self) -> bool {
        lock(&self.shared).inlet_gone
    }

    /// How many items wait to be read.
    pub fn len(&self) -> usize {
        lock(&self.shared).items.len()
    }

    /// Whether nothing waits to be read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for Feed<T> {
    fn clone(&self) -> Self {
        lock(&self.shared).feeds += 1;
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared);
        queue.feeds -= 1;
        if queue.feeds == 0 {
            queue.wake_reader();
        }
    }
}

impl<T> fmt::Debug for Feed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("waiting", &self.len()).finish_non_exhaustive()
    }
}

/// What a provider reads from.
pub struct Inlet<T> {
    shared: Arc<Mutex<Queue<T>>>,
}

impl<T> Inlet<T> {
    /// The next item; `None` once the inlet has ended.
    ///
    /// An inlet that has ended is always ready: guard its branch in a `select!`.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The next item if one is there already.
    pub fn try_next(&mut self) -> Option<T> {
        let mut queue = lock(&self.shared);
        let item = queue.items.pop_front();
        if item.is_some() {
            queue.wake_writers();
        }
        item
    }

    /// Polls for the next item; the form that a `Stream` or a hand-written future needs.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut queue = lock(&self.shared);
        match queue.items.pop_front() {
            Some(item) => {
                queue.wake_writers();
                Poll::Ready(Some(item))
            }
            None if queue.feeds == 0 => Poll::Ready(None),
            None => {
                match &mut queue.reader {
                    Some(reader) => reader.clone_from(cx.waker()),
                    reader => *reader = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Inlet<T> {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared);
        queue.inlet_gone = true;
        let items = std::mem::take(&mut queue.items);
        queue.wake_writers();
        drop(queue);
        drop(items);
    }
}

impl<T> fmt::Debug for Inlet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inlet").finish_non_exhaustive()
    }
}

/// Runs `work`, which computes for more than about a millisecond, without holding up sessions.
///
/// On a multi-threaded runtime it runs on the runtime's pool for blocking work.
/// On a current-thread runtime it runs at once, where it stands: there, one conversation is
/// played for its result, usually on a paused clock, and computing takes no simulated time;
/// running in place is what makes that result the same each time.
///
/// # Errors
///
/// [`ErrorKind::Unexpected`] if `work` panicked.
///
/// # Cancellation
///
/// Dropping the future does not stop work that has begun; its result is dropped.
/// Long work belongs in pieces.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    use tokio::runtime::{Handle, RuntimeFlavor};

    let panicked = || Error::new(ErrorKind::Unexpected, "a computation panicked");
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).map_err(|_| panicked())
        }
        _ => tokio::task::spawn_blocking(work).await.map_err(|_| panicked()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic happens under this lock")
}
