//! The contract of transports, with a client that does what `docs/wire.md` asks of one: it plays in
//! real time, stops when it is told to, and says how much was heard.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use futures::{SinkExt, StreamExt};
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::session::SessionId;
use rooh_testkit::contract::{Connection, FarEnd, TransportSubject};
use rooh_transport_websocket::{WebSocketTransport, Welcome, socket};
use rooh_wire::decode_audio;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// What the client records and plays; two rates, so that they cannot be taken for each other.
const INPUT: AudioFormat = AudioFormat::WIDEBAND;
const OUTPUT: AudioFormat = AudioFormat::mono(24_000);

/// How often the client says how much was heard: half of what it may take.
const REPORT: Duration = Duration::from_millis(100);

mod in_memory {
    use super::*;

    rooh_testkit::transport_contract!(TransportSubject::new(|| async {
        let (near, far) = duplex(64 * 1024);
        connect(near, far).await
    }));
}

mod over_tcp {
    use super::*;

    // Long enough for a machine that builds something else meanwhile.
    rooh_testkit::transport_contract!(live: TransportSubject::new(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dialed = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, dialed) = tokio::join!(listener.accept(), dialed);
        connect(accepted.unwrap().0, dialed.unwrap()).await
    }).settle(Duration::from_millis(500)));
}

/// A transport over `near` whose client has said `hello` over `far`.
async fn connect<IO>(near: IO, far: IO) -> Connection
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
    let hello = json!({
        "type": "hello", "version": 1, "echo_cancelled": true, "holds": true,
        "input_rate": INPUT.rate(), "output_rate": OUTPUT.rate(),
    });
    client.send(Message::text(hello.to_string())).await.unwrap();
    let welcome = Welcome { agent: "reception".into(), session: SessionId::new("s-1") };
    let transport = WebSocketTransport::accept(socket(near, Vec::new()).await, welcome).await.unwrap();
    let (orders, take_orders) = mpsc::unbounded_channel();
    let (ear, heard) = mpsc::unbounded_channel();
    let now = Instant::now();
    let client = Client {
        socket: client,
        orders: take_orders,
        ear,
        waiting: VecDeque::new(),
        until: now,
        playing: 0,
        played: Duration::ZERO,
        reported: now,
        ended: None,
        cleared: 0,
        hold: None,
        stopped: None,
    };
    tokio::spawn(client.run());
    (Box::new(transport), Box::new(User { orders, heard }))
}

enum Order {
    Cut,
    HangUp,
    Speak(AudioFrame),
}

/// Who sits at the client.
struct User {
    orders: mpsc::UnboundedSender<Order>,
    heard: mpsc::UnboundedReceiver<AudioFrame>,
}

impl User {
    fn order(&self, order: Order) {
        // A client whose connection has ended takes no more orders.
        let _ = self.orders.send(order);
    }
}

#[async_trait]
impl FarEnd for User {
    async fn speak(&mut self, frame: AudioFrame) {
        self.order(Order::Speak(frame));
    }

    async fn hear(&mut self) -> Option<AudioFrame> {
        self.heard.recv().await
    }

    async fn hang_up(&mut self) {
        self.order(Order::HangUp);
    }

    async fn cut(&mut self) -> bool {
        self.order(Order::Cut);
        true
    }
}

/// The program at the user's end.
struct Client<IO> {
    socket: WebSocketStream<IO>,
    orders: mpsc::UnboundedReceiver<Order>,
    ear: mpsc::UnboundedSender<AudioFrame>,
    /// What was not heard to its end, with its utterance; the first of it is being heard.
    waiting: VecDeque<(u64, AudioFrame)>,
    /// When that one was heard to its end.
    until: Instant,
    /// The utterance that is, or was last, heard, and how much of it was.
    playing: u64,
    played: Duration,
    reported: Instant,
    /// Of which utterance all audio has come.
    ended: Option<u64>,
    /// Up to which utterance audio comes too late.
    cleared: u64,
    /// Which utterance is to be held, and after how much of it.
    hold: Option<(u64, Duration)>,
    /// How much of the frame in front is left, once it is held.
    stopped: Option<Duration>,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Client<IO> {
    async fn run(mut self) {
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    Some(Order::Speak(frame)) => self.send(Message::binary(frame.into_bytes())).await,
                    Some(Order::HangUp) => self.send(Message::Close(None)).await,
                    Some(Order::Cut) | None => return,
                },
                message = self.socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => self.take(&bytes),
                    Some(Ok(Message::Text(text))) => self.read(&serde_json::from_str(&text).unwrap()).await,
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
                () = sleep_until(self.until), if !self.waiting.is_empty() && self.stopped.is_none() => self.play().await,
            }
        }
    }

    async fn send(&mut self, message: Message) {
        // Where the server is gone, reading says so next.
        let _ = self.socket.send(message).await;
    }

    fn take(&mut self, message: &[u8]) {
        let (generation, samples) = decode_audio(message).expect("the server keeps to the wire");
        if generation <= self.cleared {
            return;
        }
        if self.hold.is_some_and(|(held, _)| held < generation) {
            self.release();
        }
        let frame = AudioFrame::from_le_bytes(samples, OUTPUT, SessionTime::ZERO);
        if self.waiting.is_empty() {
            self.until = self.until.max(Instant::now()) + frame.duration();
        }
        self.waiting.push_back((generation, frame));
    }

    async fn read(&mut self, message: &Value) {
        let generation = message["generation"].as_u64();
        match (message["type"].as_str(), generation) {
            (Some("audio_end"), Some(generation)) => {
                self.ended = Some(generation);
                if self.waiting.is_empty() && self.playing == generation {
                    self.report().await;
                }
            }
            (Some("clear"), Some(generation)) => {
                self.cleared = self.cleared.max(generation);
                self.waiting.retain(|(of, _)| *of > generation);
                self.hold = self.hold.filter(|(held, _)| *held > generation);
                self.stopped = None;
                self.until = Instant::now()
                    + self.waiting.front().map_or(Duration::ZERO, |(_, frame)| frame.duration());
                self.start(generation);
                self.report().await;
            }
            (Some("hold"), Some(generation)) => {
                let position = Duration::from_secs_f64(message["ms"].as_f64().unwrap() / 1_000.0);
                self.hold = Some((generation, position));
                self.stop().await;
            }
            (Some("release"), Some(generation)) if self.hold.is_some_and(|(held, _)| held == generation) => {
                self.release();
            }
            _ => {}
        }
    }

    /// Stops if the place has been reached.
    async fn stop(&mut self) {
        let Some((generation, position)) = self.hold else { return };
        let is_next = self.waiting.front().is_none_or(|(next, _)| *next == generation);
        let played = if self.playing == generation { self.played } else { Duration::ZERO };
        if self.stopped.is_none() && is_next && played >= position {
            let left = if self.waiting.is_empty() { Instant::now() } else { self.until };
            self.stopped = Some(left.saturating_duration_since(Instant::now()));
            self.start(generation);
            self.report().await;
        }
    }

    fn release(&mut self) {
        self.hold = None;
        if let Some(left) = self.stopped.take() {
            self.until = Instant::now() + left;
        }
    }

    /// The frame in front was heard to its end.
    async fn play(&mut self) {
        let Some((generation, frame)) = self.waiting.pop_front() else { return };
        self.start(generation);
        self.played += frame.duration();
        let _ = self.ear.send(frame);
        if let Some((_, next)) = self.waiting.front() {
            self.until += next.duration();
        }
        let last = self.ended == Some(generation) && self.waiting.is_empty();
        if last || self.reported.elapsed() >= REPORT {
            self.report().await;
        }
        self.stop().await;
    }

    fn start(&mut self, generation: u64) {
        if self.playing != generation {
            (self.playing, self.played) = (generation, Duration::ZERO);
        }
    }

    async fn report(&mut self) {
        self.reported = Instant::now();
        let ms = self.played.as_secs_f64() * 1_000.0;
        let played = json!({"type": "played", "generation": self.playing, "ms": ms});
        self.send(Message::text(played.to_string())).await;
    }
}
