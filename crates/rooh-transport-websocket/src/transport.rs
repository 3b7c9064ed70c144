//! The transport itself: the first message, and what the session gets to see.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use rooh_audio::AudioFormat;
use rooh_core::session::SessionId;
use rooh_core::stream::{Events, Inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_core::{Error, ErrorKind, Result};
use rooh_wire::{ClientMessage, FaultKind, Hello, MAX_MESSAGE_BYTES};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::closing::{Refusal, close};
use crate::link::{Ending, Link, Step};

/// How long a client may take to say what it is.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// How many pings a client may send before it says what it is.
const PINGS_BEFORE_HELLO: usize = 16;

/// How many bytes are read at once: a frame of 20 ms at 48 kHz with its header.
///
/// Each read clears the whole buffer first, so that a larger one costs more than it saves.
const READ_AT_ONCE: usize = 2 * 1024;

/// How many bytes of messages wait for what is sent together with them.
///
/// Enough for an event, less than a frame: what waits here is not taken back by an interruption.
const WRITTEN_AT_ONCE: usize = 512;

/// The limits of a connection: buffers for many idle clients, and nothing longer than 64 KiB.
pub fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_AT_ONCE)
        .write_buffer_size(WRITTEN_AT_ONCE)
        // What waits to be written, the longest message, its header, and a control frame.
        .max_write_buffer_size(WRITTEN_AT_ONCE + MAX_MESSAGE_BYTES + 256)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
}

/// The server's end of a WebSocket whose handshake is done, with the limits of [`config`].
///
/// `already_read` is what was read from `io` behind the handshake.
pub async fn socket<IO>(io: IO, already_read: Vec<u8>) -> WebSocketStream<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    WebSocketStream::from_partially_read(io, already_read, Role::Server, Some(config())).await
}

/// What a client is told once its session is live.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// The name of the agent.
    pub agent: Arc<str>,
    /// The name of the session; give the session the same one in its options.
    pub session: SessionId,
}

/// A connection over a WebSocket, as `docs/wire.md` describes it.
///
/// The peer acknowledges what it has played, and says whether it cancels its echo and can hold.
pub struct WebSocketTransport<IO> {
    socket: WebSocketStream<IO>,
    hello: Hello,
    welcome: Welcome,
}

impl<IO> WebSocketTransport<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// Waits for the client's `hello`, for at most five seconds.
    ///
    /// # Errors
    ///
    /// The client left, said something else or nothing; it was told so, and the connection is
    /// closed.
    ///
    /// # Cancellation
    ///
    /// Dropping the future hangs up.
    pub async fn accept(mut socket: WebSocketStream<IO>, welcome: Welcome) -> Result<Self> {
        match hello(&mut socket).await {
            Ok(Some(hello)) => Ok(Self { socket, hello, welcome }),
            Ok(None) => Err(Error::new(ErrorKind::Network, "the client left before it said hello")),
            Err(refusal) => {
                let error = refusal.to_error();
                close(socket, refusal).await;
                Err(error)
            }
        }
    }

    /// What the client records and plays.
    pub fn hello(&self) -> Hello {
        self.hello
    }
}

async fn hello<IO>(socket: &mut WebSocketStream<IO>) -> Result<Option<Hello>, Refusal>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let deadline = Instant::now() + HELLO_TIMEOUT;
    for _ in 0..PINGS_BEFORE_HELLO {
        let message = match timeout_at(deadline, socket.next()).await {
            Err(_) => return Err(Refusal::no_hello("no \"hello\" came within 5 seconds")),
            Ok(None) => return Ok(None),
            Ok(Some(message)) => message,
        };
        match message {
            Ok(Message::Text(text)) => match ClientMessage::parse(&text) {
                Ok(ClientMessage::Hello(hello)) => return Ok(Some(hello)),
                Ok(_) => return Err(Refusal::no_hello("the first message is \"hello\"")),
                // A `hello` with a wrong field is no hello: without its rates nothing can begin.
                Err(fault) if fault.kind == FaultKind::BadField => {
                    return Err(Refusal::no_hello(fault.message));
                }
                Err(fault) => return Err(Refusal::fault(fault)),
            },
            Ok(Message::Binary(_)) => return Err(Refusal::no_hello("\"hello\" comes before any audio")),
            Ok(_) => {}
            Err(error) => return Refusal::reading(error).map_or(Ok(None), Err),
        }
    }
    Err(Refusal::no_hello("pings came in the place of \"hello\""))
}

impl<IO> Transport for WebSocketTransport<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities {
            acknowledges: true,
            cancels_echo: self.hello.echo_cancelled,
            holds: self.hello.holds,
            input: AudioFormat::mono(self.hello.input_rate),
            output: AudioFormat::mono(self.hello.output_rate),
            ..TransportCapabilities::default()
        }
    }

    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(move |mut out| async move {
            let Self { socket, hello, welcome } = *self;
            let mut link = Link::new(socket, playout, hello, &welcome);
            out.emit(TransportEvent::Ready).await;
            let ending = loop {
                match link.step().await {
                    Step::Event(event) => out.emit(event).await,
                    Step::End(ending) => break ending,
                }
            };
            let socket = link.into_socket();
            match ending {
                Ending::Broken(error) => Err(error),
                Ending::Goodbye(goodbye) => {
                    close(socket, goodbye).await;
                    Ok(())
                }
                Ending::Left => Ok(()),
                Ending::Refused(refusal) => {
                    let error = refusal.to_error();
                    close(socket, refusal).await;
                    Err(error)
                }
            }
        })
    }
}

impl<IO> fmt::Debug for WebSocketTransport<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketTransport")
            .field("hello", &self.hello)
            .field("welcome", &self.welcome)
            .finish_non_exhaustive()
    }
}
