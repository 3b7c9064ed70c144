//! One connection: audio and questions go out, messages come in, and time passes.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame};
use rooh_core::expect::Hints;
use rooh_core::options::Options;
use rooh_core::stream::{Emitter, Inlet};
use rooh_core::stt::{SttEvent, SttInput, SttRequest};
use rooh_core::trace::{Direction, Trace};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{Client, Received, Socket};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use crate::ledger::{Ledger, Style};
use crate::options::{DeepgramOptions, Family, SessionOptions};
use crate::query;
use crate::timeline::Timeline;
use crate::wire::{self, VENDOR};

mod flux;
mod nova;

/// The longest message, in bytes: some minutes of words.
const LONGEST: usize = 1024 * 1024;
/// Nova closes a connection after 10 s without a sound, and wants to be told every 3 to 5 s.
const KEEP_ALIVE: Duration = Duration::from_secs(4);
/// Flux ends no turn while no audio comes: after such a gap it gets as much silence.
const GAP: Duration = Duration::from_millis(500);
/// What opens a connection for Nova to which nobody has said anything yet.
const KNOCK: Duration = Duration::from_millis(100);
/// How much audio a message holds at least, with Nova and with Flux, and at most. The vendor wants
/// 20 to 100 ms, and 80 for Flux.
const CHUNK: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(80)];
const MOST: Duration = Duration::from_millis(100);
/// After how much audio without a word from the server it is taken for dead: it speaks at least
/// every few seconds, of silence too.
const DEAF: Duration = Duration::from_secs(30);
/// Longer than any wait here.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

/// What was there first.
enum Step {
    Input(Option<SttInput>),
    Received(Received),
    Time,
}

struct Session {
    client: Arc<Client>,
    /// Whether an answer to the last `Configure` is missing, and another one waits for it.
    configuring: (bool, bool),
    /// What holds by now; null where a model takes none, or has refused.
    configured: Value,
    ending: Option<Instant>,
    flux: flux::Turns,
    format: AudioFormat,
    hints: Hints,
    is_done: bool,
    /// When something went out last.
    last_out: Instant,
    ledger: Ledger,
    options: DeepgramOptions,
    request_id: String,
    socket: Socket,
    timeline: Timeline,
    trace: Trace,
    turn_is_open: bool,
    /// How much audio went out since the server spoke last.
    unheard: Duration,
    waiting: Vec<u8>,
}

/// Transcribes what comes in until the inlet ends.
pub(crate) async fn run(
    client: Arc<Client>,
    options: DeepgramOptions,
    mut request: SttRequest,
    audio: Inlet<SttInput>,
    mut out: Emitter<SttEvent>,
) -> Result<()> {
    let options = options.with(mem::take(&mut request.options).read()?);
    let route = query::route(&options, &request)?;
    let socket = client.socket(route, None, LONGEST, options.connect_timeout()).await?;
    let is_flux = options.is_flux();
    let format = AudioFormat::mono(options.sample_rate);
    // Flux reports four times a second, and ends a turn on what it has heard by then.
    let slack = Duration::from_millis(if is_flux { 300 } else { 100 });
    let style = Style { slack, marked: !is_flux, speakers: options.diarize };
    let mut session = Session {
        client,
        configuring: (false, false),
        configured: query::configure(&options, &request.hints).unwrap_or_default(),
        ending: None,
        flux: flux::Turns::default(),
        format,
        hints: request.hints,
        is_done: false,
        last_out: Instant::now(),
        ledger: Ledger::new(style),
        options,
        request_id: String::new(),
        socket,
        timeline: Timeline::new(format),
        trace: request.trace,
        turn_is_open: false,
        unheard: Duration::ZERO,
        waiting: Vec::new(),
    };
    if let Err(error) = session.listen(audio, &mut out).await {
        let id = session.request_id;
        return Err(if id.is_empty() { error } else { error.with("request_id", id) });
    }
    session.socket.close().await;
    Ok(())
}

fn unanswered(what: &str) -> Error {
    Error::new(ErrorKind::Timeout, "Deepgram did not answer in time").with("waiting for", what)
}

impl Session {
    async fn listen(&mut self, mut audio: Inlet<SttInput>, out: &mut Emitter<SttEvent>) -> Result<()> {
        loop {
            let given = Instant::now();
            while let Some(event) = self.ledger.next() {
                out.emit(event).await;
            }
            if self.is_done {
                return Ok(());
            }
            self.ledger.excuse(given.elapsed());
            self.ending = self.ending.map(|end| end + given.elapsed());
            if self.ledger.is_overdue(Instant::now()) {
                return Err(unanswered("the final transcript"));
            }
            match self.step(&mut audio).await? {
                Step::Input(input) => self.take(input).await?,
                Step::Received(received) => self.receive(received).await?,
                Step::Time => self.pass().await?,
            }
        }
    }

    async fn step(&mut self, audio: &mut Inlet<SttInput>) -> Result<Step> {
        let now = Instant::now();
        // What Flux is to end is all that was said before, so that what comes after waits.
        let is_held = self.options.is_flux() && self.ledger.owes();
        let is_listening = self.ending.is_none() && !is_held;
        let fill = self.ending.is_none().then(|| self.last_out + self.patience());
        let due = [fill, self.ending, self.ledger.deadline(now)];
        let due = due.into_iter().flatten().min().unwrap_or(now + FOREVER);
        let first = async {
            Ok(tokio::select! {
                received = self.socket.next(now + FOREVER) => Step::Received(received?),
                input = audio.next(), if is_listening => Step::Input(input),
            })
        };
        tokio::select! {
            // What has come counts, however late it is read.
            biased;
            step = first => step,
            () = sleep_until(due) => Ok(Step::Time),
        }
    }

    /// Time has passed, and nothing has come.
    async fn pass(&mut self) -> Result<()> {
        let now = Instant::now();
        let Self { ledger, timeline, .. } = self;
        if ledger.tick(now, |moment| timeline.place(moment)) {
            return Err(unanswered("the final transcript"));
        }
        if self.ending.is_some_and(|end| now >= end) {
            return Err(unanswered("the end"));
        }
        self.fill().await
    }

    async fn take(&mut self, input: Option<SttInput>) -> Result<()> {
        match input {
            Some(SttInput::Audio(frame)) => self.hear(&frame).await,
            Some(SttInput::Finalize) => {
                self.flush().await?;
                let (sent, hard) = (self.timeline.sent(), self.options.finalize_timeout());
                let Self { ledger, timeline, .. } = self;
                if !ledger.finalize(sent, Instant::now(), hard, |moment| timeline.place(moment)) {
                    return Ok(());
                }
                if self.options.is_flux() {
                    self.force_or_probe().await
                } else {
                    self.say(wire::finalize()).await
                }
            }
            Some(SttInput::Hints(hints)) => {
                self.hints = hints;
                self.configure().await
            }
            Some(SttInput::Options(options)) => self.change(options).await,
            None => self.finish().await,
            Some(_) => Ok(()),
        }
    }

    async fn hear(&mut self, frame: &AudioFrame) -> Result<()> {
        self.timeline.hear(frame.samples().len(), frame.at());
        self.waiting.extend(frame.samples().iter().flat_map(|sample| sample.to_le_bytes()));
        let least = CHUNK[usize::from(self.options.is_flux())];
        if self.waiting.len() >= self.bytes_in(least) { self.flush().await } else { Ok(()) }
    }

    /// Sends what waits. Never nothing: an empty message would end the stream.
    async fn flush(&mut self) -> Result<()> {
        let waiting = mem::take(&mut self.waiting);
        for part in waiting.chunks(self.bytes_in(MOST)) {
            self.socket.send_bytes(part.to_vec()).await?;
            self.last_out = Instant::now();
            self.unheard += self.format.duration_of(part.len() / 2);
        }
        if self.unheard > DEAF { Err(unanswered("a word")) } else { Ok(()) }
    }

    fn bytes_in(&self, duration: Duration) -> usize {
        self.format.samples_in(duration).max(1) * 2
    }

    /// How long nothing may go out.
    fn patience(&self) -> Duration {
        if self.options.is_flux() { GAP } else { KEEP_ALIVE }
    }

    /// Says that we are still here, if nothing has gone out for a while.
    async fn fill(&mut self) -> Result<()> {
        if self.ending.is_some() || self.last_out.elapsed() < self.patience() {
            return Ok(());
        }
        let is_new = self.timeline.sent().is_zero();
        if !self.options.is_flux() && !is_new {
            return self.say(wire::keep_alive()).await;
        }
        self.pad(if self.options.is_flux() { GAP } else { KNOCK }).await
    }

    /// Sends silence that the session never heard.
    async fn pad(&mut self, duration: Duration) -> Result<()> {
        let samples = self.format.samples_in(duration);
        self.timeline.pad(samples);
        self.waiting.resize(self.waiting.len() + samples * 2, 0);
        self.flush().await
    }

    /// Sends a message.
    async fn say(&mut self, message: Value) -> Result<()> {
        let text = message.to_string();
        self.trace.record(VENDOR, Direction::Out, || &text);
        self.last_out = Instant::now();
        self.socket.send_text(text).await
    }

    async fn change(&mut self, options: Options) -> Result<()> {
        let options: SessionOptions = options.read()?;
        self.options = self.options.with(options);
        self.configure().await
    }

    /// Has the server use the options and hints that hold now, if they have changed.
    async fn configure(&mut self) -> Result<()> {
        // The vendor's regions take no terms on the way.
        let is_region = ["//api.eu.", "//api.au.", "//api.in."]
            .iter()
            .any(|region| self.options.base_url.contains(region));
        if self.configured.is_null() || (is_region && self.options.family() == Family::Nova3) {
            return Ok(());
        }
        let (is_asked, _) = self.configuring;
        let message = query::configure(&self.options, &self.hints).unwrap_or_default();
        if message == self.configured {
            return Ok(());
        }
        if is_asked {
            self.configuring = (true, true);
            return Ok(());
        }
        self.configuring = (true, false);
        self.configured = message.clone();
        self.say(message).await
    }

    /// A `Configure` was answered.
    async fn configured(&mut self, is_refused: bool) -> Result<()> {
        let (_, again) = mem::take(&mut self.configuring);
        if is_refused {
            // What was asked for at the beginning goes on to hold.
            self.configured = Value::Null;
        }
        if again { self.configure().await } else { Ok(()) }
    }

    /// No more audio will come.
    async fn finish(&mut self) -> Result<()> {
        self.flush().await?;
        let sent = self.timeline.sent();
        let is_over = !self.ledger.owes() && self.ledger.is_settled(sent);
        if self.options.is_flux() && !is_over {
            self.say(wire::force_end_turn()).await?;
        }
        self.ending = Some(Instant::now() + self.options.finalize_timeout());
        self.say(wire::close_stream()).await?;
        if is_over {
            self.end();
        }
        Ok(())
    }

    fn end(&mut self) {
        let Self { ledger, timeline, .. } = self;
        ledger.end(|moment| timeline.place(moment));
        self.is_done = true;
    }

    async fn receive(&mut self, received: Received) -> Result<()> {
        let text = match received {
            Received::Text(text) => text,
            Received::Closed(1000 | 1005, _) if self.ending.is_some() => {
                self.end();
                return Ok(());
            }
            Received::Closed(code, reason) => return Err(wire::closed(code, &reason)),
            Received::Binary(_) => return Ok(()),
        };
        self.unheard = Duration::ZERO;
        self.trace.record(VENDOR, Direction::In, || &text);
        match wire::read(&text)? {
            wire::Message::ConfigureFailure { code } => self.configured(code.contains("NOT_SUPPORTED")).await,
            wire::Message::ConfigureSuccess {} => self.configured(false).await,
            wire::Message::Connected { request_id } => {
                self.request_id = request_id;
                Ok(())
            }
            // A server that does not know the message; what it was told at the beginning holds.
            wire::Message::Error(failure) if failure.variant == "SchemaError" && self.configuring.0 => {
                self.configured(true).await
            }
            wire::Message::Error(failure) => Err(failure.into_error(|text| self.client.told(text))),
            wire::Message::Metadata {} if self.ending.is_some() => {
                self.end();
                Ok(())
            }
            wire::Message::Results(results) => {
                self.results(*results);
                Ok(())
            }
            wire::Message::SpeechStarted {} => {
                self.turn_started();
                Ok(())
            }
            wire::Message::TurnInfo(info) => self.turn_info(*info).await,
            wire::Message::UtteranceEnd { last_word_end } => {
                self.utterance_end(last_word_end);
                Ok(())
            }
            wire::Message::Metadata {} | wire::Message::Unknown => Ok(()),
        }
    }
}
