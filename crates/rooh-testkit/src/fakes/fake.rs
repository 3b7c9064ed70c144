//! What all fakes have in common: a listener, counters, a key, faults in a queue.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::body::{Body, Cuts, Fault, Open};
use super::call::{Answer, Call, Handshake, Seen, Session};
use super::latency;
use super::socket::{Message, SocketFault};

/// The largest request that is read, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;

/// A vendor, as its fake shows it: a value of it is what the vendor knows, such as its models.
pub trait Vendor: Send + Sized + 'static {
    /// The key that a request brings, wherever this vendor wants it; often
    /// [`seen.after("authorization", "Bearer ")`](Seen::after).
    fn key(seen: &Seen) -> Option<String>;

    /// The refusal of a request, in this vendor's words.
    fn refused(status: u16, text: &str) -> Answer;

    /// The refusal of a request without the right key.
    fn locked(seen: &Seen) -> Answer {
        let _ = seen;
        Self::refused(401, "unauthorized")
    }

    /// The answer to a request that has the key: its routes.
    fn answer(call: Call<Self>) -> impl Future<Output = Answer> + Send;
}

/// A server on the loopback address that speaks as a vendor does. It ends when it is dropped.
pub struct Fake<V> {
    address: SocketAddr,
    servers: Vec<AbortHandle>,
    shared: Arc<Shared<V>>,
}

pub(crate) struct Shared<V> {
    begun: AtomicU64,
    connections: Arc<AtomicU64>,
    open: Arc<AtomicU64>,
    state: Mutex<State>,
    vendor: Mutex<V>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) cuts: Cuts,
    faults: Faults<Fault>,
    pub(crate) heard: Vec<Message>,
    key: Option<String>,
    seen: Vec<Seen>,
    socket_faults: Faults<SocketFault>,
}

struct Faults<F> {
    forever: Option<F>,
    next: VecDeque<F>,
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self { forever: None, next: VecDeque::new() }
    }
}

impl<F: Clone> Faults<F> {
    fn take(&mut self) -> Option<F> {
        self.next.pop_front().or_else(|| self.forever.clone())
    }
}

/// A fault of an answer over HTTP, or of a socket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AnyFault {
    /// Of an answer over HTTP.
    Http(Fault),
    /// Of a socket.
    Socket(SocketFault),
}

impl From<Fault> for AnyFault {
    fn from(fault: Fault) -> Self {
        Self::Http(fault)
    }
}

impl From<SocketFault> for AnyFault {
    fn from(fault: SocketFault) -> Self {
        Self::Socket(fault)
    }
}

impl<V: Vendor + Default> Fake<V> {
    /// Listens on a free port.
    ///
    /// # Errors
    ///
    /// If the machine has no free port.
    pub async fn start() -> io::Result<Self> {
        Self::of(V::default()).await
    }
}

impl<V: Vendor> Fake<V> {
    /// Listens on a free port, and knows what `vendor` does.
    ///
    /// # Errors
    ///
    /// If the machine has no free port.
    pub async fn of(vendor: V) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            begun: AtomicU64::new(0),
            connections: Arc::default(),
            open: Arc::default(),
            state: Mutex::default(),
            vendor: Mutex::new(vendor),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, servers: vec![server], shared })
    }

    /// Puts the fake farther away: whatever is sent arrives so much later, in each direction, and a
    /// new connection takes a whole way there and back before anything can be sent.
    ///
    /// # Errors
    ///
    /// If the machine has no free port.
    pub async fn latency(mut self, one_way: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let near = std::mem::replace(&mut self.address, listener.local_addr()?);
        self.servers.push(tokio::spawn(latency::relay(listener, near, one_way)).abort_handle());
        Ok(self)
    }
}

impl<V> Fake<V> {
    /// Answers nobody without this key.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.shared.lock().key = Some(key.into());
        self
    }

    /// Cuts all that is streamed from now on.
    pub fn cut(&self, cuts: Cuts) {
        self.shared.lock().cuts = cuts;
    }

    /// Spoils the next answer that streams, or the next socket.
    pub fn spoil(&self, fault: impl Into<AnyFault>) {
        let mut state = self.shared.lock();
        match fault.into() {
            AnyFault::Http(fault) => state.faults.next.push_back(fault),
            AnyFault::Socket(fault) => state.socket_faults.next.push_back(fault),
        }
    }

    /// Spoils all of them, except for those that [`spoil`](Self::spoil) spoils otherwise.
    #[must_use]
    pub fn spoiled(self, fault: impl Into<AnyFault>) -> Self {
        let mut state = self.shared.lock();
        match fault.into() {
            AnyFault::Http(fault) => state.faults.forever = Some(fault),
            AnyFault::Socket(fault) => state.socket_faults.forever = Some(fault),
        }
        drop(state);
        self
    }

    /// Its address, as a client is given it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address for sockets.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// How many requests have come, handshakes of sockets too.
    pub fn begun(&self) -> u64 {
        self.shared.begun.load(Ordering::SeqCst)
    }

    /// How many requests are not yet answered to their end, and sockets whose client is still there.
    pub fn open(&self) -> u64 {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// How many connections there are, idle ones too.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The requests that have come, handshakes of sockets too.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }

    /// What has been read from sockets, in this order.
    pub fn heard(&self) -> Vec<Message> {
        self.shared.lock().heard.clone()
    }

    /// What the vendor knows.
    pub fn vendor(&self) -> MutexGuard<'_, V> {
        self.shared.vendor()
    }
}

impl<V> fmt::Debug for Fake<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake")
            .field("address", &self.address)
            .field("open", &self.open())
            .finish_non_exhaustive()
    }
}

impl<V> Drop for Fake<V> {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl<V> Shared<V> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic happens under this lock")
    }

    pub(crate) fn vendor(&self) -> MutexGuard<'_, V> {
        self.vendor.lock().expect("no panic happens under this lock")
    }

    pub(crate) fn fault(&self) -> (Cuts, Option<Fault>) {
        let mut state = self.lock();
        (state.cuts, state.faults.take())
    }

    pub(crate) fn socket_fault(&self) -> (Cuts, Option<SocketFault>) {
        let mut state = self.lock();
        (state.cuts, state.socket_faults.take())
    }
}

async fn serve<V: Vendor>(listener: TcpListener, shared: Arc<Shared<V>>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        // Pieces are pieces only if they are not joined on the way.
        let _ = socket.set_nodelay(true);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let _open = Open::new(&shared.connections);
            let session = Session::default();
            let service = service_fn(|request| answer(Arc::clone(&shared), session.clone(), request));
            let http = hyper::server::conn::http1::Builder::new();
            // A client that goes away, and an answer that is broken off, are what this is for.
            let _ = http.serve_connection(TokioIo::new(socket), service).with_upgrades().await;
            // Here and not in a task of its own, so that it ends with the fake.
            if let Some(session) = session.take() {
                session.await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer<V: Vendor>(
    shared: Arc<Shared<V>>,
    session: Session,
    mut request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    shared.begun.fetch_add(1, Ordering::SeqCst);
    let open = Open::new(&shared.open);
    let handshake = Handshake::of(&mut request, session);
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(io::Error::other)?.to_bytes();
    let seen = Seen::new(&head, body);
    let key = {
        let mut state = shared.lock();
        state.seen.push(seen.clone());
        state.key.clone()
    };
    if key.is_some() && key != V::key(&seen) {
        return Ok(V::locked(&seen).response());
    }
    Ok(V::answer(Call::new(seen, shared, handshake, open)).await.response())
}
