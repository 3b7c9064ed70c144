//! A speech-to-speech model that understands tones and says what it was told to, for tests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::llm::{ToolCall, Usage};
use rooh_core::realtime::{
    RealtimeCapabilities, RealtimeEvent, RealtimeInput, RealtimeProvider, RealtimeRequest, RealtimeShape,
    TurnBased, UserWords,
};
use rooh_core::stream::{Emitter, Events, Inlet};
use rooh_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep_until};

use crate::Reply;
use crate::speech::{self, Decoder};

const INPUT: AudioFormat = AudioFormat::WIDEBAND;
const FRAME: Duration = Duration::from_millis(20);
/// What a model that is asked to say something finds before it.
const ASKED_TO_SAY: &str = "nothing else: ";

/// A speech-to-speech model with a list of replies: one for each turn and each round of tools.
///
/// It understands what [`speech`](crate::speech) says and speaks the same, at 24 kHz. After the
/// last reply it repeats the last. What it is asked to say word for word, it says. A reply that
/// fails breaks the connection.
#[derive(Clone, Debug)]
pub struct ScriptedRealtime {
    replies: Arc<[Reply]>,
    shape: RealtimeShape,
    words: UserWords,
    thinks: Duration,
    rate: Option<f64>,
    patience: Duration,
    is_resumable: bool,
    breaks_at: Option<Duration>,
    /// How many replies were begun, and connections made, by this model and its clones.
    begun: Arc<AtomicUsize>,
    told: Arc<Mutex<Vec<String>>>,
    requests: Arc<Mutex<Vec<RealtimeRequest>>>,
}

impl ScriptedRealtime {
    /// Answers the first turn with the first of `replies`, and so on: a model that leaves turns to
    /// the floor, gives words as they are spoken, and answers at once and all in one go.
    ///
    /// # Panics
    ///
    /// If there is no reply.
    pub fn new<R: Into<Reply>>(replies: impl IntoIterator<Item = R>) -> Self {
        let replies: Arc<[Reply]> = replies.into_iter().map(Into::into).collect();
        assert!(!replies.is_empty(), "a scripted model needs a reply");
        Self {
            replies,
            shape: RealtimeShape::TurnBased(TurnBased {
                can_cancel: true,
                can_disable_turn_detection: true,
                can_truncate: true,
                faster_than_real_time: true,
            }),
            words: UserWords::AsSpoken,
            thinks: Duration::ZERO,
            rate: None,
            patience: Duration::from_millis(300),
            is_resumable: false,
            breaks_at: None,
            begun: Arc::default(),
            told: Arc::default(),
            requests: Arc::default(),
        }
    }

    /// Judges turns itself: they end after this much silence.
    #[must_use]
    pub fn judging_turns(mut self, patience: Duration) -> Self {
        self.patience = patience;
        if let RealtimeShape::TurnBased(shape) = &mut self.shape {
            shape.can_disable_turn_detection = false;
        }
        self
    }

    /// Listens and speaks at all times, in real time.
    #[must_use]
    pub fn duplex(mut self) -> Self {
        self.shape = RealtimeShape::Duplex;
        self
    }

    /// Says at other times, or never, what it has understood.
    #[must_use]
    pub fn words(mut self, words: UserWords) -> Self {
        self.words = words;
        self
    }

    /// Takes this long to the first sound of a reply.
    #[must_use]
    pub fn thinks(mut self, time: Duration) -> Self {
        self.thinks = time;
        self
    }

    /// Makes this many seconds of audio in a second; if it is not set, audio takes no time to make.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Gives each connection a token by which the next can go on.
    #[must_use]
    pub fn resumable(mut self) -> Self {
        self.is_resumable = true;
        self
    }

    /// Breaks the first connection after this long.
    #[must_use]
    pub fn breaks_at(mut self, after: Duration) -> Self {
        self.breaks_at = Some(after);
        self
    }

    /// What this model and its clones were told besides audio, one line each, in order.
    pub fn told(&self) -> Vec<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests by which conversations were begun, in order.
    pub fn requests(&self) -> Vec<RealtimeRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl RealtimeProvider for ScriptedRealtime {
    fn capabilities(&self) -> RealtimeCapabilities {
        RealtimeCapabilities {
            input: INPUT,
            output: AudioFormat::mono(24_000),
            resumable: self.is_resumable,
            shape: self.shape,
            words: self.words,
        }
    }

    fn converse(&self, request: RealtimeRequest, input: Inlet<RealtimeInput>) -> Events<RealtimeEvent> {
        let model = self.clone();
        Events::new(move |out| Conversation::new(model, request).hold(input, out))
    }
}

/// Something to be said, or the end of the connection.
type Due = (Instant, Result<RealtimeEvent>);

struct Conversation {
    model: ScriptedRealtime,
    floor_judges: bool,
    decoder: Decoder,
    words: Vec<String>,
    /// Since when there is silence after words, by the audio.
    silent_since: Option<SessionTime>,
    outbox: VecDeque<Due>,
    breaks_at: Option<Instant>,
    reply: u64,
    calls: usize,
    /// What a model in real time is about to say.
    voice: VecDeque<AudioFrame>,
}

impl Conversation {
    fn new(model: ScriptedRealtime, request: RealtimeRequest) -> Self {
        let floor_judges = request.floor_judges_turns;
        let mut outbox = VecDeque::new();
        let mut requests = model.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
        if model.is_resumable {
            let token = RealtimeEvent::Resumable(format!("token-{}", requests.len()));
            outbox.push_back((Instant::now(), Ok(token)));
        }
        let is_first = requests.len() == 1;
        drop(requests);
        Self {
            breaks_at: model.breaks_at.filter(|_| is_first).map(|after| Instant::now() + after),
            floor_judges,
            decoder: Decoder::new(INPUT),
            words: Vec::new(),
            silent_since: None,
            outbox,
            reply: 0,
            calls: 0,
            voice: VecDeque::new(),
            model,
        }
    }

    async fn hold(mut self, mut input: Inlet<RealtimeInput>, mut out: Emitter<RealtimeEvent>) -> Result<()> {
        let is_duplex = self.model.shape == RealtimeShape::Duplex;
        let mut tick = Instant::now() + FRAME;
        loop {
            let due = self.outbox.front().map(|(at, _)| *at);
            tokio::select! {
                biased;
                next = input.next() => match next {
                    Some(next) => self.take(next),
                    None => return Ok(()),
                },
                () = sleep_until(self.breaks_at.unwrap_or_else(Instant::now)), if self.breaks_at.is_some() => {
                    return Err(Error::new(ErrorKind::Network, "the connection broke"));
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if let Some((_, event)) = self.outbox.pop_front() {
                        out.emit(event?).await;
                    }
                }
                () = sleep_until(tick), if is_duplex => {
                    tick += FRAME;
                    let format = AudioFormat::mono(24_000);
                    let silence = || AudioFrame::silence(FRAME, format, SessionTime::ZERO);
                    let frame = self.voice.pop_front().unwrap_or_else(silence);
                    out.emit(RealtimeEvent::Audio { reply: 1, frame }).await;
                }
            }
        }
    }

    fn note(&self, what: impl Into<String>) {
        self.model.told.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    /// Sends an event after a delay, behind all that is sent by then.
    fn put(&mut self, after: Duration, event: Result<RealtimeEvent>) {
        let due = Instant::now() + after;
        let place = self.outbox.iter().rposition(|(at, _)| *at <= due).map_or(0, |place| place + 1);
        self.outbox.insert(place, (due, event));
    }

    fn take(&mut self, input: RealtimeInput) {
        match input {
            RealtimeInput::Audio(frame) => self.hear(&frame),
            RealtimeInput::DropTurn => {
                self.note("drop_turn");
                self.words.clear();
            }
            RealtimeInput::EndTurn => {
                self.note("end_turn");
                let last = self.decoder.finish();
                self.words.extend(last.map(|word| word.text));
                self.understood();
                self.begin(None);
            }
            RealtimeInput::Interrupt { reply, heard } => {
                self.note(format!("interrupt {reply} at {} ms", heard.as_millis()));
                let is_of = |event: &RealtimeEvent| match event {
                    RealtimeEvent::Audio { reply: of, .. }
                    | RealtimeEvent::ReplyFinished { reply: of }
                    | RealtimeEvent::Text { reply: of, .. } => *of == reply,
                    RealtimeEvent::ToolCall(_) => true,
                    _ => false,
                };
                self.outbox.retain(|(_, event)| !event.as_ref().is_ok_and(is_of));
                self.calls = 0;
            }
            RealtimeInput::StartTurn => {
                self.note("start_turn");
                self.decoder = Decoder::new(INPUT);
                self.words.clear();
            }
            RealtimeInput::Text(text) => {
                self.note(format!("text {text:?}"));
                let given = text.split_once(ASKED_TO_SAY).map(|(_, given)| Reply::text(given));
                self.begin(given);
            }
            RealtimeInput::ToolResult { id, output } => {
                self.note(format!("tool_result {id} {output}"));
                self.calls = self.calls.saturating_sub(1);
                if self.calls == 0 {
                    self.begin(None);
                }
            }
            RealtimeInput::Reconfigure { options, .. } => self.note(format!("reconfigure {options:?}")),
            _ => self.note("something else"),
        }
    }

    fn hear(&mut self, frame: &AudioFrame) {
        let heard: Vec<String> = self.decoder.push(frame).into_iter().map(|word| word.text).collect();
        let judges = !self.floor_judges;
        if !heard.is_empty() {
            if judges && self.words.is_empty() {
                self.put(Duration::ZERO, Ok(RealtimeEvent::UserStarted));
            }
            self.words.extend(heard);
            self.silent_since = None;
            if self.model.words == UserWords::AsSpoken {
                self.put(Duration::ZERO, Ok(RealtimeEvent::UserPartial(self.words.join(" "))));
            }
        }
        if !judges || self.words.is_empty() {
            return;
        }
        if self.decoder.is_hearing() {
            self.silent_since = None;
            return;
        }
        let now = self.decoder.now();
        let since = *self.silent_since.get_or_insert(now);
        if now.since(since) >= self.model.patience {
            self.silent_since = None;
            self.put(Duration::ZERO, Ok(RealtimeEvent::UserStopped));
            self.understood();
            self.begin(None);
        }
    }

    fn understood(&mut self) {
        let text = std::mem::take(&mut self.words).join(" ");
        if self.model.words != UserWords::Never && !text.is_empty() {
            // Words that come after the turn come after the reply has begun as well.
            let after = if self.model.words == UserWords::AfterTurn { 200 } else { 0 };
            self.put(Duration::from_millis(after), Ok(RealtimeEvent::UserFinal(text)));
        }
    }

    /// Begins a reply: the next of the script, or one that was given.
    fn begin(&mut self, given: Option<Reply>) {
        let Reply { text, calls, failure, .. } = given.unwrap_or_else(|| {
            let next = self.model.begun.fetch_add(1, Ordering::Relaxed);
            self.model.replies[next.min(self.model.replies.len() - 1)].clone()
        });
        self.reply += 1;
        let reply = self.reply;
        let format = AudioFormat::mono(24_000);
        let sound = speech::frames(&speech::encode(&text, format, SessionTime::ZERO), FRAME);
        if self.model.shape == RealtimeShape::Duplex {
            let text = text + " ";
            self.put(Duration::ZERO, Ok(RealtimeEvent::Text { reply: 1, text }));
            self.voice.extend(sound);
            return;
        }
        let mut events = vec![(Duration::ZERO, RealtimeEvent::ReplyStarted { reply })];
        let mut at = self.model.thinks;
        if !text.is_empty() {
            events.push((at, RealtimeEvent::Text { reply, text }));
        }
        for frame in sound {
            at += self.model.rate.map_or(Duration::ZERO, |rate| frame.duration().div_f64(rate));
            events.push((at, RealtimeEvent::Audio { reply, frame }));
        }
        if failure.is_none() {
            for (place, (name, arguments)) in calls.into_iter().enumerate() {
                let call = ToolCall { id: format!("call-{reply}-{place}"), name, arguments };
                events.push((at, RealtimeEvent::ToolCall(call)));
                self.calls += 1;
            }
            let output = reply * 10;
            events.push((at, RealtimeEvent::Usage(Usage { cached: 0, input: output, output })));
            events.push((at, RealtimeEvent::ReplyFinished { reply }));
        }
        for (after, event) in events {
            self.put(after, Ok(event));
        }
        if let Some(error) = failure {
            self.put(at, Err(error));
        }
    }
}
