//! Transports: one connection to one user.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame};

use crate::event::Event;
use crate::session::Command;
use crate::stream::{Events, Inlet};

/// One connection to one user.
///
/// # Contract
///
/// - Nothing is connected before the stream is first polled.
/// - [`TransportEvent::Ready`] comes once, before any audio: from then on the user can hear.
/// - Frames of the user are in [`TransportCapabilities::input`], in order, in real time.
/// - [`Playout::Audio`] is played in the order in which it comes; the session paces it.
/// - After [`Playout::Clear`] nothing that came before it is played any more.
/// - A transport that [acknowledges](TransportCapabilities::acknowledges) says with
///   [`TransportEvent::Played`] how much of a reply was heard, at least every 200 ms while it
///   plays, and answers `Clear` with the last such figure.
/// - The stream ends when the user is gone; a connection that broke is an error.
/// - A playout inlet that ends means goodbye: the transport closes in an orderly way and ends.
///
/// # Cancellation
///
/// Dropping the stream hangs up.
pub trait Transport: Send + 'static {
    /// What this connection needs and can do.
    fn capabilities(&self) -> TransportCapabilities;

    /// Connects, and carries audio both ways until either side ends it.
    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent>;
}

/// What a connection needs and can do. Build it with `..Default::default()`.
#[derive(Clone, Copy, Debug)]
pub struct TransportCapabilities {
    /// Whether it says how much of the agent's audio was heard.
    pub acknowledges: bool,
    /// Whether the peer removes the echo of the agent from the user's audio.
    pub cancels_echo: bool,
    /// The format of the user's audio.
    pub input: AudioFormat,
    /// How long audio takes from being sent to being heard, if it is not acknowledged.
    pub latency: Duration,
    /// The format of the agent's audio; the session converts.
    pub output: AudioFormat,
}

impl Default for TransportCapabilities {
    fn default() -> Self {
        Self {
            acknowledges: false,
            cancels_echo: false,
            input: AudioFormat::WIDEBAND,
            latency: Duration::ZERO,
            output: AudioFormat::WIDEBAND,
        }
    }
}

/// What the session sends to the user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Playout {
    /// The next stretch of audio.
    Audio {
        /// The utterance that it belongs to; an interrupted one never comes again.
        generation: u64,
        /// The audio; its [`at`](AudioFrame::at) is when it is meant to be heard.
        frame: AudioFrame,
    },
    /// Drop all audio that was not played yet.
    Clear {
        /// The utterance that was cut off.
        generation: u64,
    },
    /// Something that happened, for peers that show it.
    Event(Arc<Event>),
    /// All audio of this utterance has been sent.
    Finished {
        /// The utterance.
        generation: u64,
    },
}

/// What comes from the user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TransportEvent {
    /// The next stretch of what the user says; the session stamps it.
    Audio(AudioFrame),
    /// Something that the user's side asks of the session.
    Command(Command),
    /// A key that was pressed: `0` to `9`, `*`, `#`, `A` to `D`.
    Dtmf(char),
    /// How much of an utterance the user has heard.
    Played {
        /// The utterance.
        generation: u64,
        /// How much of its audio was heard.
        played: Duration,
    },
    /// The user can hear and be heard.
    Ready,
}
