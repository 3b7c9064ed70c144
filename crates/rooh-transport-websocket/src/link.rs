//! The connection while it is live: both directions, the clock, and the rules.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Sink, Stream};
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::event::SessionEnd;
use rooh_core::stream::Inlet;
use rooh_core::transport::{Playout, TransportEvent};
use rooh_core::{Error, ErrorKind};
use rooh_wire::{ClientMessage, FaultKind, Hello, ServerMessage, VERSION};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::closing::Refusal;
use crate::meter::Allowance;
use crate::outbox::Outbox;
use crate::transport::Welcome;

/// How often the server pings.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How long a client may be silent, or leave what is sent to it unread.
const DEAD_AFTER: Duration = Duration::from_secs(60);

/// How long what still waits may take to be sent once the session is over.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// What comes of driving the connection a little further.
pub(crate) enum Step {
    Event(TransportEvent),
    End(Ending),
}

/// How the connection ends.
pub(crate) enum Ending {
    /// It broke.
    Broken(Error),
    /// The session is over.
    Goodbye(Refusal),
    /// The client closed it.
    Left,
    /// The client broke a rule.
    Refused(Refusal),
}

/// A live connection.
pub(crate) struct Link<IO> {
    socket: WebSocketStream<IO>,
    /// `None` once the session has said goodbye.
    playout: Option<Inlet<Playout>>,
    outbox: Outbox,
    input: AudioFormat,
    /// Seconds of audio that the client may send.
    audio: Allowance,
    /// Messages that the client may send.
    messages: Allowance,
    heard: Instant,
    pinged: Instant,
    /// Whether something was given to the socket that it may not have written yet.
    unflushed: bool,
    /// Since when the client has left something unread.
    stalled: Option<Instant>,
    /// Until when what waits has to be sent, once the session is over.
    goodbye: Option<Instant>,
    /// Whether the client has begun to close: nothing more can be sent.
    peer_closes: bool,
    alarm: Pin<Box<Sleep>>,
}

impl<IO> Link<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    pub(crate) fn new(
        socket: WebSocketStream<IO>,
        playout: Inlet<Playout>,
        hello: Hello,
        welcome: &Welcome,
    ) -> Self {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        outbox.text(&ServerMessage::Ready {
            version: VERSION,
            session: welcome.session.as_str().into(),
            agent: (&*welcome.agent).into(),
            input_rate: hello.input_rate,
            output_rate: hello.output_rate,
        });
        Self {
            socket,
            playout: Some(playout),
            outbox,
            input: AudioFormat::mono(hello.input_rate),
            // Twice real time plus one second; half a minute of it is kept for after a gap.
            audio: Allowance::new(1.0, 2.0, 31.0, now),
            messages: Allowance::new(400.0, 400.0, 4_000.0, now),
            heard: now,
            pinged: now,
            unflushed: false,
            stalled: None,
            goodbye: None,
            peer_closes: false,
            alarm: Box::pin(sleep_until(now + PING_EVERY)),
        }
    }

    /// The connection alone; the session writes to nobody from here on.
    pub(crate) fn into_socket(self) -> WebSocketStream<IO> {
        self.socket
    }

    /// Sends and receives until there is something to tell.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn step(&mut self) -> Step {
        poll_fn(|cx| self.poll_step(cx)).await
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        loop {
            if let Err(ending) = self.poll_send(cx) {
                return Poll::Ready(Step::End(ending));
            }
            if let Some(ending) = self.over() {
                return Poll::Ready(Step::End(ending));
            }
            match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => match self.receive(message) {
                    Ok(Some(event)) => return Poll::Ready(Step::Event(event)),
                    Ok(None) => continue,
                    Err(refusal) => return Poll::Ready(Step::End(Ending::Refused(refusal))),
                },
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Step::End(self.failed(error))),
                Poll::Ready(None) => return Poll::Ready(Step::End(Ending::Left)),
                Poll::Pending => {}
            }
            if self.alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if let Some(ending) = self.rung() {
                return Poll::Ready(Step::End(ending));
            }
        }
    }

    /// Takes from the session what there is room for, and sends what the client takes.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<(), Ending> {
        loop {
            self.collect(cx);
            if self.peer_closes {
                while self.outbox.pop().is_some() {}
            }
            if self.outbox.is_empty() && !self.unflushed {
                self.stalled = None;
                return Ok(());
            }
            let mut socket = Pin::new(&mut self.socket);
            match socket.as_mut().poll_ready(cx) {
                Poll::Pending => {
                    self.stalled.get_or_insert_with(Instant::now);
                    return Ok(());
                }
                Poll::Ready(ready) => ready.map_err(|error| self.failed(error))?,
            }
            match self.outbox.pop() {
                Some(message) => {
                    Pin::new(&mut self.socket).start_send(message).map_err(|error| self.failed(error))?;
                    self.unflushed = true;
                }
                None => match Pin::new(&mut self.socket).poll_flush(cx) {
                    Poll::Pending => {
                        self.stalled.get_or_insert_with(Instant::now);
                        return Ok(());
                    }
                    Poll::Ready(flushed) => {
                        flushed.map_err(|error| self.failed(error))?;
                        self.unflushed = false;
                    }
                },
            }
        }
    }

    /// Moves what the session sends into the outbox, as long as there is room.
    ///
    /// Where there is none the session waits: the beginning of a reply is never dropped.
    fn collect(&mut self, cx: &mut Context<'_>) {
        while self.outbox.has_room() {
            let Some(playout) = &mut self.playout else { return };
            match playout.poll_next(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(playout)) => self.outbox.push(playout),
                Poll::Ready(None) => {
                    let deadline = Instant::now() + GOODBYE_TIMEOUT;
                    self.playout = None;
                    self.goodbye = Some(deadline);
                    self.alarm.as_mut().reset(deadline);
                }
            }
        }
    }

    /// Whether the session is over and all was sent.
    fn over(&self) -> Option<Ending> {
        let deadline = self.goodbye?;
        if !self.outbox.is_empty() && Instant::now() < deadline {
            return None;
        }
        let failed = self.outbox.ended() == Some(SessionEnd::Failed);
        Some(Ending::Goodbye(if failed { Refusal::failed() } else { Refusal::over() }))
    }

    fn receive(&mut self, message: Message) -> Result<Option<TransportEvent>, Refusal> {
        let now = Instant::now();
        self.heard = now;
        if !self.messages.take(1.0, now) {
            return Err(Refusal::too_fast("at most 400 messages a second are taken"));
        }
        match message {
            Message::Binary(bytes) => {
                if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
                    return Err(Refusal::bad_audio());
                }
                let seconds = bytes.len() as f64 / 2.0 / f64::from(self.input.rate());
                if !self.audio.take(seconds, now) {
                    return Err(Refusal::too_fast("audio is taken at twice real time plus one second"));
                }
                let frame = AudioFrame::from_le_bytes(&bytes, self.input, SessionTime::ZERO);
                Ok(Some(TransportEvent::Audio(frame)))
            }
            Message::Text(text) => self.text(&text),
            Message::Close(_) => {
                self.peer_closes = true;
                Ok(None)
            }
            Message::Frame(_) | Message::Ping(_) | Message::Pong(_) => Ok(None),
        }
    }

    fn text(&mut self, text: &str) -> Result<Option<TransportEvent>, Refusal> {
        match ClientMessage::parse(text) {
            Ok(ClientMessage::Hello(_)) => Err(Refusal::second_hello()),
            Ok(ClientMessage::Ping { id }) => {
                self.answer(&ServerMessage::Pong { id });
                Ok(None)
            }
            Ok(message) => Ok(message.into_event()),
            Err(fault) if fault.kind == FaultKind::BadField => {
                let message = fault.message.as_str().into();
                self.answer(&ServerMessage::Error { code: fault.kind.as_str().into(), message });
                Ok(None)
            }
            Err(fault) => Err(Refusal::fault(fault)),
        }
    }

    /// Answers at once, or not at all if the client does not read what it gets.
    fn answer(&mut self, message: &ServerMessage<'_>) {
        if self.outbox.has_room() {
            self.outbox.text(message);
        }
    }

    /// The alarm rang: something is due, or the client is dead.
    fn rung(&mut self) -> Option<Ending> {
        let now = Instant::now();
        let quiet_since = self.stalled.map_or(self.heard, |stalled| stalled.min(self.heard));
        if now >= quiet_since + DEAD_AFTER {
            return Some(Ending::Refused(Refusal::dead()));
        }
        if now >= self.pinged + PING_EVERY {
            self.pinged = now;
            self.outbox.ping();
        }
        let mut next = (self.pinged + PING_EVERY).min(quiet_since + DEAD_AFTER);
        if let Some(deadline) = self.goodbye.filter(|deadline| *deadline > now) {
            next = next.min(deadline);
        }
        self.alarm.as_mut().reset(next);
        None
    }

    fn failed(&self, error: SocketError) -> Ending {
        match error {
            SocketError::AlreadyClosed
            | SocketError::ConnectionClosed
            | SocketError::Protocol(ProtocolError::SendAfterClosing) => Ending::Left,
            error => {
                let broken = Error::new(ErrorKind::Network, "the connection to the client broke");
                match Refusal::reading(error) {
                    Some(refusal) => Ending::Refused(refusal),
                    None => Ending::Broken(broken),
                }
            }
        }
    }
}
