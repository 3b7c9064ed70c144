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
/// - A transport that [holds](TransportCapabilities::holds) stops at [`Playout::Hold`], keeps what was
///   not played and whatever comes after it, and goes on at [`Playout::Release`] with the very next
///   sample. A hold is of one utterance: earlier ones are played to their end first. It ends with
///   its release, with a `Clear` of the same utterance or a later one, and with audio of a later
///   utterance, before which what was held is played. An end of the audio ([`Playout::Finished`])
///   does not end it, and a release without a hold means nothing.
/// - A transport that [acknowledges](TransportCapabilities::acknowledges) says with
///   [`TransportEvent::Played`] how much of a reply was heard, at least every 200 ms while it
///   plays and once more within 200 ms of being held, and answers `Clear` with the last such figure.
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
    /// Whether it can stop in the middle of an utterance and go on there; one that cannot is never
    /// sent [`Playout::Hold`] or [`Playout::Release`].
    pub holds: bool,
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
            holds: false,
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
    /// Stop playing, within 20 ms, and keep what was not played.
    Hold {
        /// The utterance that is held.
        generation: u64,
        /// Stop once this much of its audio was played: at once if it was already, and for zero.
        position: Duration,
    },
    /// Go on where it was held.
    Release {
        /// The utterance that was held.
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
