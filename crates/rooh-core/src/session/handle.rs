//! What the outside holds of a session: its name, its handle, and what can be asked of it.

use std::fmt;
use std::sync::Arc;

use crate::expect::Expected;
use crate::llm::{LlmProvider, Message};
use crate::options::Options;
use crate::stream::{Feed, Inlet, inlet};
use crate::stt::SttProvider;
use crate::tts::TtsProvider;

/// The name of a session, unique within the process and hard to guess.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// A session by this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that is asked of a session, by the application or from the user's side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command {
    /// End the user's turn now.
    Commit,
    /// End the session now.
    End,
    /// End the session once all that the agent has to say was heard.
    EndAfterPlayback,
    /// From now on this answer is expected.
    Expect(Expected),
    /// Cut the agent off.
    Interrupt,
    /// Somebody else speaks from now on: forget how long the pauses of this speaker are.
    ForgetSpeaker,
    /// Take the user's audio for silence, or for audio again.
    Mute(bool),
    /// Take the turn of the user by hand: it begins and ends when the user says so.
    PushToTalk(PushToTalk),
    /// Say this, as a turn of the agent.
    Say {
        /// What to say.
        text: String,
        /// Whether the user may cut it off.
        interruptible: bool,
    },
    /// The user wrote this in place of saying it.
    SendText(String),
    /// Use another provider from the next turn on.
    Swap(Swap),
    /// How sure the detector has to be that somebody speaks, from 0 to 1.
    VadThreshold(f32),
    /// How the voice speaks from the next reply on: voice, style, speed, by its own option names.
    VoiceOptions(Options),
}

/// The two edges of push-to-talk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PushToTalk {
    /// The user holds the key: a turn begins, and no pause ends it.
    Pressed,
    /// The user let go: the turn is over.
    Released,
}

/// A provider that takes the place of the one before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Swap {
    /// Another mind.
    Llm(Arc<dyn LlmProvider>),
    /// Other ears.
    Stt(Arc<dyn SttProvider>),
    /// Another voice.
    Tts(Arc<dyn TtsProvider>),
}

/// Steers a session from anywhere; cheap to clone, and harmless once the session is over.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    commands: Feed<Command>,
}

impl SessionHandle {
    pub(crate) fn new(commands: Feed<Command>) -> Self {
        Self { commands }
    }

    /// Asks something of the session; returns whether it was taken.
    ///
    /// At most 256 commands wait; more are refused.
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Says this, as a turn of the agent that the user may cut off.
    pub fn say(&self, text: impl Into<String>) {
        self.send(Command::Say { text: text.into(), interruptible: true });
    }

    /// Says this to its end, whatever the user does; what the user says meanwhile is kept.
    pub fn announce(&self, text: impl Into<String>) {
        self.send(Command::Say { text: text.into(), interruptible: false });
    }

    /// Cuts the agent off.
    pub fn interrupt(&self) {
        self.send(Command::Interrupt);
    }

    /// Ends the user's turn now.
    pub fn commit(&self) {
        self.send(Command::Commit);
    }

    /// Takes this as what the user said.
    pub fn send_text(&self, text: impl Into<String>) {
        self.send(Command::SendText(text.into()));
    }

    /// Tells the recognizer and the floor which answer to expect next.
    pub fn expect(&self, expected: Expected) {
        self.send(Command::Expect(expected));
    }

    /// Forgets how long this speaker's pauses are, because somebody else speaks from now on.
    pub fn forget_speaker(&self) {
        self.send(Command::ForgetSpeaker);
    }

    /// Takes the user's audio for silence of the same length, or for audio again.
    pub fn mute(&self, muted: bool) {
        self.send(Command::Mute(muted));
    }

    /// Changes how the voice speaks from the next reply on, by the voice's own option names.
    pub fn voice_options(&self, options: Options) {
        self.send(Command::VoiceOptions(options));
    }

    /// Uses another provider from the next turn on.
    pub fn swap(&self, swap: Swap) {
        self.send(Command::Swap(swap));
    }

    /// Ends the session now.
    pub fn end(&self) {
        self.send(Command::End);
    }

    /// Ends the session once all that the agent has to say was heard.
    pub fn end_after_playback(&self) {
        self.send(Command::EndAfterPlayback);
    }

    /// Ends the session even if too many commands wait.
    pub(crate) fn hang_up(&self) {
        self.commands.push(Command::End);
    }

    /// Whether the session is over.
    pub fn is_ended(&self) -> bool {
        self.commands.is_closed()
    }
}

/// What hooks and tools know of the session that asks them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionContext {
    /// The name of the agent.
    pub agent: Arc<str>,
    /// Steers the session.
    pub handle: SessionHandle,
    /// The conversation as it was heard, oldest first.
    pub history: Arc<[Message]>,
    /// The name of the session.
    pub id: SessionId,
    /// Who the agent is.
    pub system_prompt: Arc<str>,
}

impl SessionContext {
    /// A context outside of any session, to try hooks and tools with, and what they ask of it.
    pub fn detached() -> (Self, Inlet<Command>) {
        let (commands, asked) = inlet(256);
        let context = Self {
            agent: "".into(),
            handle: SessionHandle::new(commands),
            history: Arc::new([]),
            id: SessionId::default(),
            system_prompt: "".into(),
        };
        (context, asked)
    }
}
