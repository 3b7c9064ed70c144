//! Sockets that behave as a vendor's, or as a fault wants them.

use std::collections::VecDeque;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{self, Message as Raw};

use super::body::{Cuts, Open, cut};
use super::call::Seen;
use super::fake::Shared;
use crate::Noise;

/// How long a message that is to come after its neighbor waits for one, once the fake listens.
const NEIGHBOR: Duration = Duration::from_millis(20);
/// How long a message is that is far too long, in bytes.
const HUGE: u64 = 1 << 30;

/// What goes wrong with a socket. Messages are counted as the fake sends them; 0 is right after the
/// handshake, or the first message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SocketFault {
    /// The connection is reset after so many messages.
    Break(usize),
    /// The connection is reset in the middle of the message after so many.
    BreakInside(usize),
    /// The socket is closed after so many messages, with this code and reason.
    Close(usize, u16, String),
    /// After so many messages nothing more comes, not even an answer to a ping.
    Deaf(usize),
    /// The message after so many comes twice.
    Doubled(usize),
    /// The message after so many comes over and over.
    Endless(usize),
    /// The message after so many has a gigabyte.
    Huge(usize),
    /// Each message comes this late.
    Late(Duration),
    /// The message after so many never ends.
    LongMessage(usize),
    /// In place of the message after so many comes one that is no JSON.
    Malformed(usize),
    /// In place of the message after so many comes one that is no text.
    NotText(usize),
    /// Frames of closing are not answered and not sent, and the connection stays open.
    SlowClose,
    /// After so many messages nothing more comes, but pings are answered.
    Stall(usize),
    /// The handshake is refused with this status, text and `Retry-After`.
    Status(u16, String, Option<String>),
    /// The message after so many comes after its neighbor.
    Swapped(usize),
    /// The handshake is never answered.
    Unanswered,
}

impl SocketFault {
    /// A fault by its seed, for a conversation in which the fake sends so many messages.
    ///
    /// `Doubled` and `Swapped` are not drawn, as a client can tell them only where a vendor numbers
    /// its messages.
    pub fn from_seed(seed: u64, messages: usize) -> Self {
        let mut random = Noise::new(seed);
        let mut below = |n: usize| (random.unit() * n as f64) as usize;
        let place = below(messages);
        match below(14) {
            0 => Self::Break(place),
            1 => Self::BreakInside(place),
            2 => {
                let (code, reason) =
                    [(1000, ""), (1001, "going away"), (1008, "policy"), (1011, "internal"), (4000, "own")]
                        [below(5)];
                Self::Close(place, code, reason.to_owned())
            }
            3 => Self::Deaf(place),
            4 => Self::Endless(place),
            5 => Self::Huge(place),
            6 => Self::Late(Duration::from_millis(below(20) as u64)),
            7 => Self::LongMessage(place),
            8 => Self::Malformed(place),
            9 => Self::NotText(place),
            10 => Self::SlowClose,
            11 => Self::Stall(place),
            12 => {
                let wait = below(9).to_string();
                let (status, text) =
                    [(401, "key"), (429, "limit"), (500, "internal"), (503, "busy")][below(4)];
                Self::Status(status, text.to_owned(), Some(wait))
            }
            _ => Self::Unanswered,
        }
    }
}

/// What a client says through a socket, or a fake.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// Bytes.
    Binary(Bytes),
    /// The end, with its code; only in [`Fake::heard`](super::Fake::heard).
    Close(Option<u16>),
    /// Text.
    Text(String),
}

impl Message {
    /// The text as JSON; null if it is none.
    pub fn json(&self) -> Value {
        if let Self::Text(text) = self { serde_json::from_str(text).unwrap_or_default() } else { Value::Null }
    }
}

/// The client is gone, or a fault has ended the socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gone;

/// A client at the other end of a socket.
///
/// A vendor waits only in its methods, one at a time and to its end: they notice when the client
/// goes. After an error the peer is to be dropped; a peer that is dropped goes without a word.
pub struct Peer<V> {
    /// The request that became this socket.
    pub seen: Seen,
    cuts: Cuts,
    early: VecDeque<Message>,
    fake: Arc<Shared<V>>,
    fault: Option<SocketFault>,
    held: Option<Message>,
    sent: usize,
    socket: WebSocketStream<TcpStream>,
    _open: Open,
}

impl<V> Peer<V> {
    pub(crate) async fn new(
        upgraded: Upgraded,
        seen: Seen,
        fake: Arc<Shared<V>>,
        (cuts, fault): (Cuts, Option<SocketFault>),
        open: Open,
    ) -> io::Result<Self> {
        let parts = upgraded
            .downcast::<TokioIo<TcpStream>>()
            .map_err(|_| io::Error::other("the connection is of another kind"))?;
        let (tcp, read) = (parts.io.into_inner(), parts.read_buf.to_vec());
        let socket = WebSocketStream::from_partially_read(tcp, read, Role::Server, None).await;
        let (early, held) = (VecDeque::new(), None);
        let mut peer = Self { seen, cuts, early, fake, fault, held, sent: 0, socket, _open: open };
        peer.after().await.map_err(|Gone| io::ErrorKind::ConnectionAborted)?;
        Ok(peer)
    }

    /// What the vendor knows; not to be held while waiting.
    pub fn vendor(&self) -> MutexGuard<'_, V> {
        self.fake.vendor()
    }

    /// The next message of the client.
    ///
    /// # Errors
    ///
    /// If the client closes the socket, or goes without that.
    pub async fn read(&mut self) -> Result<Message, Gone> {
        if let Some(message) = self.early.pop_front() {
            return Ok(message);
        }
        if self.held.is_some() {
            if let Some(message) = self.until(Instant::now() + NEIGHBOR).await? {
                return Ok(message);
            }
            self.release().await?;
        }
        loop {
            let came = self.socket.next().await;
            if let Some(message) = self.take(came).await? {
                return Ok(message);
            }
        }
    }

    /// The next message of the client, if it has come or comes within this time: what a vendor asks
    /// between the pieces of a long answer.
    ///
    /// # Errors
    ///
    /// If the client closes the socket, or goes without that.
    pub async fn read_within(&mut self, time: Duration) -> Result<Option<Message>, Gone> {
        match self.early.pop_front() {
            Some(message) => Ok(Some(message)),
            None => self.until(Instant::now() + time).await,
        }
    }

    /// Waits, and keeps what the client says meanwhile for later.
    ///
    /// # Errors
    ///
    /// If the client closes the socket, or goes without that.
    pub async fn wait(&mut self, time: Duration) -> Result<(), Gone> {
        let end = Instant::now() + time;
        while let Some(message) = self.until(end).await? {
            self.early.push_back(message);
        }
        Ok(())
    }

    /// Sends a JSON value as a text.
    ///
    /// # Errors
    ///
    /// If the client is gone, or a fault ends the socket here.
    pub async fn json(&mut self, value: &Value) -> Result<(), Gone> {
        self.send(Message::Text(value.to_string())).await
    }

    /// Sends a text.
    ///
    /// # Errors
    ///
    /// If the client is gone, or a fault ends the socket here.
    pub async fn text(&mut self, text: impl Into<String>) -> Result<(), Gone> {
        self.send(Message::Text(text.into())).await
    }

    /// Sends bytes.
    ///
    /// # Errors
    ///
    /// If the client is gone, or a fault ends the socket here.
    pub async fn binary(&mut self, bytes: impl Into<Bytes>) -> Result<(), Gone> {
        self.send(Message::Binary(bytes.into())).await
    }

    /// Closes the socket, and waits until the client has closed it too, or is gone.
    ///
    /// # Errors
    ///
    /// If the client is gone already.
    pub async fn close(mut self, code: u16, reason: &str) -> Result<(), Gone> {
        self.release().await?;
        self.end(code, reason).await;
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        let place = self.sent;
        match self.fault.clone() {
            Some(SocketFault::BreakInside(n)) if n == place => return self.half(&message).await,
            Some(SocketFault::Doubled(n)) if n == place => {
                self.put(&message).await?;
                self.put(&message).await?;
            }
            Some(SocketFault::Endless(n)) if n == place => loop {
                self.put(&message).await?;
            },
            Some(SocketFault::Huge(n)) if n == place => return self.huge().await,
            Some(SocketFault::Late(wait)) => {
                self.wait(wait).await?;
                self.put(&message).await?;
            }
            Some(SocketFault::LongMessage(n)) if n == place => {
                let mut code = Data::Text;
                loop {
                    self.frame(vec![b'x'; 4096], code, false).await?;
                    code = Data::Continue;
                }
            }
            Some(SocketFault::Malformed(n)) if n == place => {
                self.put(&Message::Text("{\"type\":}".to_owned())).await?;
            }
            Some(SocketFault::NotText(n)) if n == place => {
                self.frame(b"{\"type\":\"\xf0\x9f\xa5\"}".to_vec(), Data::Text, true).await?;
            }
            Some(SocketFault::Swapped(n)) if n == place => self.held = Some(message),
            _ => {
                self.put(&message).await?;
                self.release().await?;
            }
        }
        self.sent += 1;
        self.after().await
    }

    /// What a fault does when so many messages have been sent.
    async fn after(&mut self) -> Result<(), Gone> {
        match self.fault.clone() {
            Some(SocketFault::Break(n)) if n == self.sent => self.reset().await,
            Some(SocketFault::Close(n, code, reason)) if n == self.sent => self.end(code, &reason).await,
            Some(SocketFault::Deaf(n)) if n == self.sent => self.ignore().await,
            Some(SocketFault::Stall(n)) if n == self.sent => self.drain().await,
            _ => return Ok(()),
        }
        Err(Gone)
    }

    async fn until(&mut self, end: Instant) -> Result<Option<Message>, Gone> {
        while let Ok(came) = timeout_at(end, self.socket.next()).await {
            let message = self.take(came).await?;
            if message.is_some() {
                return Ok(message);
            }
        }
        Ok(None)
    }

    /// What came, if it is a message; the end is answered here, without a limit of time.
    async fn take(&mut self, came: Option<Result<Raw, tungstenite::Error>>) -> Result<Option<Message>, Gone> {
        let message = match came {
            Some(Ok(Raw::Binary(bytes))) => Message::Binary(bytes),
            Some(Ok(Raw::Text(text))) => Message::Text(text.as_str().to_owned()),
            Some(Ok(Raw::Close(frame))) => {
                let code = frame.map(|frame| frame.code.into());
                self.fake.lock().heard.push(Message::Close(code));
                if self.fault == Some(SocketFault::SlowClose) {
                    self.ignore().await;
                } else {
                    self.drain().await;
                }
                return Err(Gone);
            }
            Some(Ok(_)) => return Ok(None),
            Some(Err(_)) | None => return Err(Gone),
        };
        self.fake.lock().heard.push(message.clone());
        Ok(Some(message))
    }

    async fn release(&mut self) -> Result<(), Gone> {
        match self.held.take() {
            Some(message) => self.put(&message).await,
            None => Ok(()),
        }
    }

    /// Sends a message, as one frame or as its pieces.
    async fn put(&mut self, message: &Message) -> Result<(), Gone> {
        let (payload, mut code) = payload(message);
        let pieces = if self.cuts == Cuts::Lines || payload.is_empty() {
            vec![Bytes::copy_from_slice(payload)]
        } else {
            cut(payload, self.cuts, std::iter::empty())
        };
        let last = pieces.len() - 1;
        for (index, piece) in pieces.into_iter().enumerate() {
            self.frame(piece, code, index == last).await?;
            code = Data::Continue;
        }
        Ok(())
    }

    async fn frame(&mut self, payload: impl Into<Bytes>, code: Data, is_final: bool) -> Result<(), Gone> {
        let frame = Frame::message(payload, OpCode::Data(code), is_final);
        self.socket.send(Raw::Frame(frame)).await.map_err(|_| Gone)
    }

    async fn half(&mut self, message: &Message) -> Result<(), Gone> {
        let (payload, code) = payload(message);
        self.head(code, payload.len() as u64).await?;
        self.raw(&payload[..payload.len() / 2]).await?;
        self.reset().await;
        Err(Gone)
    }

    async fn huge(&mut self) -> Result<(), Gone> {
        self.head(Data::Text, HUGE).await?;
        for _ in 0..HUGE / 65_536 {
            self.raw(&[b'x'; 65_536]).await?;
        }
        Err(Gone)
    }

    /// The head of a frame, past the library, which sends only whole ones.
    async fn head(&mut self, code: Data, length: u64) -> Result<(), Gone> {
        self.socket.flush().await.map_err(|_| Gone)?;
        let header = FrameHeader { opcode: OpCode::Data(code), ..FrameHeader::default() };
        let mut head = Vec::new();
        header.format(length, &mut head).map_err(|_| Gone)?;
        self.raw(&head).await
    }

    async fn raw(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.socket.get_mut().write_all(bytes).await.map_err(|_| Gone)
    }

    async fn reset(&mut self) {
        // A moment later, so that what came before is on its way.
        sleep(Duration::from_millis(5)).await;
        zero_linger(self.socket.get_ref());
    }

    async fn end(&mut self, code: u16, reason: &str) {
        if self.fault == Some(SocketFault::SlowClose) {
            return self.ignore().await;
        }
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        if self.socket.send(Raw::Close(Some(frame))).await.is_ok() {
            self.drain().await;
        }
    }

    /// Reads until the client is gone, and answers as the protocol wants it.
    async fn drain(&mut self) {
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// Reads until the client is gone, and answers nothing.
    async fn ignore(&mut self) {
        let mut buffer = vec![0; 4096];
        while matches!(self.socket.get_mut().read(&mut buffer).await, Ok(1..)) {}
    }
}

impl<V> fmt::Debug for Peer<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("sent", &self.sent).field("fault", &self.fault).finish_non_exhaustive()
    }
}

fn payload(message: &Message) -> (&[u8], Data) {
    match message {
        Message::Binary(bytes) => (bytes, Data::Binary),
        Message::Text(text) => (text.as_bytes(), Data::Text),
        Message::Close(_) => (&[], Data::Binary),
    }
}

/// Makes a connection end with a reset once it is dropped.
#[allow(deprecated, reason = "its successor is younger than the oldest tokio we build with")]
pub(crate) fn zero_linger(socket: &TcpStream) {
    let _ = socket.set_linger(Some(Duration::ZERO));
}
