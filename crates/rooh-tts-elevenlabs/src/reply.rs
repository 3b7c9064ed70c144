//! One reply over a socket: clauses out, audio and the times of words in.

use std::time::Duration;

use rooh_core::stream::{Emitter, Inlet};
use rooh_core::trace::Trace;
use rooh_core::tts::{TtsEvent, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{Client, Route};
use tokio::time::Instant;

use crate::ElevenLabsOptions;
use crate::audio::Output;
use crate::line::{Held, Slot};
use crate::script::Script;
use crate::wire::{self, Message, VENDOR};

/// How many clauses the vendor has at once: one that it speaks, and the next. More would be paid for
/// and, if the user interrupts, never heard.
const AHEAD: usize = 2;
/// After how long without audio, once some of it has come, a clause counts as spoken whose end was
/// not told: audio comes much faster than it is heard.
const QUIET: Duration = Duration::from_millis(300);
/// The same in the middle of a clause, where it is more likely that the network has hiccups.
const HICCUP: Duration = Duration::from_millis(1_500);
/// After how long without a clause the vendor is told to go on waiting; it waits three minutes.
const KEEP: Duration = Duration::from_secs(60);

/// Speaks what comes through `text`, over the socket in `slot` or another one.
pub(crate) async fn speak(
    client: &Client,
    options: &ElevenLabsOptions,
    slot: Slot,
    request: TtsRequest,
    mut text: Inlet<String>,
    out: Emitter<TtsEvent>,
) -> Result<()> {
    let options = options.of_reply(&request)?;
    let mut reply = Reply {
        client,
        due: None,
        held: None,
        is_ended: false,
        is_heard: false,
        output: Output::new(options.output_format, out),
        quiet: None,
        route: wire::socket_route(&options),
        said: Instant::now(),
        script: Script::default(),
        slot,
        trace: request.trace,
        unheard: Vec::new(),
        options,
    };
    loop {
        let may_take = !reply.is_ended && reply.script.outstanding() < AHEAD;
        let step = tokio::select! {
            biased;
            clause = text.next(), if may_take => match clause {
                Some(clause) => reply.take(&clause).await,
                None if reply.held.is_none() => {
                    reply.output.settle(reply.script.text()).await;
                    return Ok(());
                }
                None => reply.close().await,
            },
            came = reply.read() => match came {
                Ok(Came::Message(message)) if reply.is_last(&message) => match reply.voice(&message).await {
                    Ok(()) => return reply.finish().await,
                    Err(error) => Err(error),
                },
                Ok(came) => reply.hear(came).await,
                Err(error) => Err(error),
            },
        };
        if let Err(error) = step {
            reply.start_over(error).await?;
        }
    }
}

enum Came {
    /// Something from the vendor.
    Message(Box<Message>),
    /// Nothing for so long that it has to hear from us.
    Nothing,
    /// No more audio.
    Quiet,
}

struct Reply<'a> {
    client: &'a Client,
    /// Until when the vendor owes us something.
    due: Option<Instant>,
    held: Option<Held>,
    /// No more clauses come.
    is_ended: bool,
    /// Audio has come.
    is_heard: bool,
    options: ElevenLabsOptions,
    output: Output,
    /// When what was sent counts as spoken, if nothing more comes.
    quiet: Option<Instant>,
    route: Route,
    /// When something was last sent.
    said: Instant,
    script: Script,
    slot: Slot,
    trace: Trace,
    /// What was sent before any audio came, to be said again over another socket.
    unheard: Vec<String>,
}

impl Reply<'_> {
    /// Has a clause spoken.
    async fn take(&mut self, clause: &str) -> Result<()> {
        if !self.script.add(clause) {
            return Ok(());
        }
        let clause = wire::plain(clause);
        if !self.is_heard {
            self.unheard.push(clause.clone());
        }
        if self.held.is_none() {
            let wait = self.options.first_audio_timeout();
            let held = Held::take(&self.slot, self.client, &self.route, wait, &self.trace).await?;
            self.begin(held).await?;
        }
        self.say(&clause).await
    }

    async fn begin(&mut self, held: Held) -> Result<()> {
        let held = self.held.insert(held);
        let message = wire::open(held.context(), &self.options);
        held.send(&message, &self.trace).await
    }

    async fn say(&mut self, clause: &str) -> Result<()> {
        let Some(held) = &mut self.held else { return Ok(()) };
        let message = wire::say(held.context(), clause);
        held.send(&message, &self.trace).await?;
        self.said = Instant::now();
        self.due = Some(self.said + self.options.first_audio_timeout());
        self.quiet = None;
        Ok(())
    }

    /// No more clauses come: asks for the rest.
    async fn close(&mut self) -> Result<()> {
        self.is_ended = true;
        self.quiet = None;
        let Some(held) = &mut self.held else { return Ok(()) };
        held.close(&self.trace).await?;
        // While audio of the last clause has yet to come, it may take as long as it may.
        let end = Instant::now() + self.options.idle_timeout();
        self.due = Some(self.due.map_or(end, |due| due.max(end)));
        Ok(())
    }

    /// What comes next.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    async fn read(&mut self) -> Result<Came> {
        let Some(held) = &mut self.held else { return std::future::pending().await };
        let keep = self.said + KEEP;
        let end = [self.due, self.quiet, Some(keep)].into_iter().flatten().min().unwrap_or(keep);
        match held.read(end, self.client, &self.trace).await {
            Ok(message) => Ok(Came::Message(Box::new(message))),
            Err(error) if error.kind() != ErrorKind::Timeout || self.due == Some(end) => Err(error),
            Err(_) if self.quiet == Some(end) => Ok(Came::Quiet),
            Err(_) => Ok(Came::Nothing),
        }
    }

    fn is_ours(&self, message: &Message) -> bool {
        let context = self.held.as_ref().map(Held::context);
        context.is_some() && message.context_id.as_deref() == context
    }

    fn is_last(&self, message: &Message) -> bool {
        self.is_ended && message.is_final == Some(true) && self.is_ours(message)
    }

    async fn hear(&mut self, came: Came) -> Result<()> {
        match came {
            Came::Message(message) if self.is_ours(&message) => self.voice(&message).await,
            // What a reply that was given up would still have said.
            Came::Message(_) => Ok(()),
            Came::Nothing => {
                let Some(held) = &mut self.held else { return Ok(()) };
                self.said = Instant::now();
                let message = wire::keep(held.context());
                held.send(&message, &self.trace).await
            }
            Came::Quiet => {
                self.quiet = None;
                self.script.settle();
                self.output.settle(self.script.text()).await;
                Ok(())
            }
        }
    }

    /// Gives out what a message holds.
    async fn voice(&mut self, message: &Message) -> Result<()> {
        if message.is_final == Some(true) && !self.is_ended {
            return Err(Error::new(ErrorKind::Network, format!("{VENDOR} ended a reply before its time")));
        }
        let base = self.output.position();
        let is_rewritten = !self.options.pronunciation_dictionaries.is_empty();
        for (character, at) in message.characters(is_rewritten) {
            if let Some(text) = self.script.hear(character) {
                self.output.mark(text, base + at);
            }
        }
        if self.output.give(&message.audio()?).await {
            self.is_heard = true;
            self.unheard.clear();
            let now = Instant::now();
            // Between two clauses nothing is owed, and whether this was all of the last one is known
            // only if the vendor has told its words.
            self.due = self.is_ended.then(|| now + self.options.idle_timeout());
            let quiet = if self.script.is_inside() { HICCUP } else { QUIET };
            self.quiet = (!self.is_ended).then(|| now + quiet);
        }
        Ok(())
    }

    /// All has come: gives the socket back.
    async fn finish(mut self) -> Result<()> {
        if let Some(held) = self.held.take() {
            held.end();
        }
        self.output.settle(self.script.text()).await;
        Ok(())
    }

    /// Says all again over a new socket, if the one of the session was dead before anything came.
    ///
    /// # Errors
    ///
    /// `error`, if that is not what has happened.
    async fn start_over(&mut self, error: Error) -> Result<()> {
        let held = self.held.take();
        let may = held.as_ref().is_some_and(Held::is_reused) && !self.is_heard && wire::is_of_socket(&error);
        if let Some(held) = held {
            held.discard();
        }
        if !may {
            return Err(error);
        }
        let wait = self.options.first_audio_timeout();
        let held = Held::open(&self.slot, self.client, &self.route, wait).await?;
        self.begin(held).await?;
        for clause in std::mem::take(&mut self.unheard) {
            self.say(&clause).await?;
        }
        if self.is_ended { self.close().await } else { Ok(()) }
    }
}
