//! The task that owns a conversation: one loop, everything in it, nothing shared.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use rooh_audio::SessionTime;
use rooh_floor::{Action, BargeIn, EndReason, Endpointing, Floor, FloorConfig, Input, Interruption};
use tokio::time::{Instant, Sleep, timeout};

use super::ears::Ears;
use super::endpoint::{Judge, Judging, WordsDelay};
use super::filler::Fillers;
use super::handle::{Command, SessionContext, SessionHandle, SessionId};
use super::line::Line;
use super::mind::{MindEvent, ToolOutcome, bounded};
use super::player::Player;
use super::tools::Tools;
use super::turn::Turn;
use super::utterance::Utterance;
use crate::agent::{Greeting, Parts, SessionOptions};
use crate::event::{Event, EventKind, SessionEnd, SessionState};
use crate::expect::Expected;
use crate::hook::{Hook, TranscriptAction};
use crate::llm::{LlmProvider, Message};
use crate::options::Options;
use crate::provider::Kind;
use crate::realtime::{RealtimeEvent, UserWords};
use crate::stage::Recorder;
use crate::stream::{Events, Feed, Inlet, inlet};
use crate::stt::{SttEvent, SttInput, SttProvider};
use crate::trace::Trace;
use crate::transport::{Playout, Transport, TransportEvent};
use crate::tts::{TtsEvent, TtsProvider};
use crate::{Error, ErrorKind, Result};

/// How many events wait for a slow reader before the oldest are lost.
pub(super) const EVENTS: usize = 1024;
/// How much may wait for a transport that does not drain; the session paces far below it.
const PLAYOUT: usize = 1024;
/// How long a connection may take to become live.
const CONNECT: Duration = Duration::from_secs(30);
/// How long a transport may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

pub(super) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Something that the conversation has to take in.
enum Incoming {
    Checked(Result<TranscriptAction>, String),
    Command(Option<Command>),
    Filler(Option<Result<TtsEvent>>),
    Judged(Judge, Result<f32>),
    Line(Option<Result<RealtimeEvent>>),
    Mind(Option<Result<MindEvent>>),
    Noticed(Result<()>),
    Stt(Option<Result<SttEvent>>),
    Time,
    Tool(u64, ToolOutcome),
    Transport(Option<Result<TransportEvent>>),
    Voice(Option<Result<TtsEvent>>),
}

/// The recognizer of this session while it runs.
pub(super) struct Recognizer {
    pub(super) feed: Feed<SttInput>,
    pub(super) events: Events<SttEvent>,
    pub(super) format: rooh_audio::AudioFormat,
}

/// A turn that is over, but whose words are not all there.
pub(super) struct Closing {
    pub(super) reason: EndReason,
    pub(super) silent_since: SessionTime,
    pub(super) at: SessionTime,
    pub(super) deadline: SessionTime,
}

/// An utterance that was cut off, until it is known how much of it was heard.
pub(super) struct CutOff {
    pub(super) utterance: Utterance,
    pub(super) played: Duration,
    pub(super) sent: Duration,
    pub(super) deadline: SessionTime,
}

/// Something to be said as soon as nobody speaks.
pub(super) struct Say {
    pub(super) text: String,
    pub(super) interruptible: bool,
}

/// A conversation that is going on.
pub(super) struct Task {
    pub(super) parts: Arc<Parts>,
    pub(super) hooks: Arc<[Arc<dyn Hook>]>,
    pub(super) id: SessionId,
    pub(super) handle: SessionHandle,
    pub(super) trace: Trace,
    traces_floor: bool,
    start: Instant,
    state: SessionState,
    ended: Option<SessionEnd>,
    /// End once all was said.
    pub(super) ending: bool,

    events: Feed<Event>,
    missed: u64,
    commands: Inlet<Command>,
    transport: Events<TransportEvent>,
    pub(super) playout: Feed<Playout>,
    pub(super) acknowledges: bool,
    pub(super) cancels_echo: bool,
    /// What was said last, and until when, where its echo may come back.
    pub(super) said: Option<(String, SessionTime)>,
    ready: bool,

    pub(super) ears: Ears,
    pub(super) recorder: Option<Box<dyn Recorder>>,
    pub(super) stt: Option<Arc<dyn SttProvider>>,
    pub(super) llm: Option<Arc<dyn LlmProvider>>,
    pub(super) tts: Option<Arc<dyn TtsProvider>>,
    /// To the model that takes the place of recognizer, mind and voice, if one does.
    pub(super) line: Option<Line>,
    pub(super) voice_options: Options,
    pub(super) recognizer: Option<Recognizer>,
    pub(super) swap_stt: bool,
    /// The recognizer broke, and has said nothing since.
    pub(super) deaf: bool,
    /// Finals that were asked for and are still to come, and those that come too late to count.
    pub(super) pending_finals: usize,
    pub(super) stale_finals: usize,
    pub(super) finalize_at: Option<SessionTime>,
    pub(super) transcripts: VecDeque<String>,
    pub(super) checking: Option<(String, BoxFuture<Result<TranscriptAction>>)>,
    pub(super) judging: Judging,
    /// In which ways judges have failed, each of which is told once.
    pub(super) failed_judges: Vec<(Judge, ErrorKind)>,
    /// Since when the words of a pause are waited for.
    pub(super) silent_since: Option<SessionTime>,
    pub(super) words_delay: WordsDelay,
    pub(super) lost: Duration,

    pub(super) floor: Floor,
    pub(super) turn: Turn,
    pub(super) closing: Option<Closing>,
    pub(super) expected: Expected,
    pub(super) next_expected: Expected,

    pub(super) utterance: Option<Utterance>,
    pub(super) says: VecDeque<Say>,
    pub(super) player: Player,
    pub(super) cut_off: Option<CutOff>,
    pub(super) tools: Tools,
    pub(super) fillers: Fillers,
    pub(super) generation: u64,
    pub(super) history: Vec<Message>,

    pub(super) idle_since: SessionTime,
    prompts: usize,
    notices: FuturesUnordered<BoxFuture<Result<()>>>,
    /// Connections that are opened for the first reply.
    warming: Option<BoxFuture<()>>,
}

/// The voice as a session uses it.
pub(super) fn of_session(tts: Arc<dyn TtsProvider>) -> Arc<dyn TtsProvider> {
    tts.for_session().unwrap_or(tts)
}

impl Task {
    pub(super) fn new(
        parts: Arc<Parts>,
        transport: Box<dyn Transport>,
        options: SessionOptions,
        id: SessionId,
        handle: SessionHandle,
        commands: Inlet<Command>,
        events: Feed<Event>,
    ) -> Result<Self> {
        let settings = &parts.settings;
        let capabilities = transport.capabilities();
        let open = |stages: &[Arc<dyn crate::stage::AudioStage>]| -> Result<Vec<_>> {
            stages.iter().map(|stage| stage.open()).collect()
        };
        let vad = parts.vad.open()?;
        let line = parts.realtime.clone().map(Line::new);
        // A model that speaks whenever it likes is not cut off.
        let is_duplex = line.as_ref().is_some_and(Line::is_duplex);
        let interruption = |mode| Interruption {
            mode: if is_duplex { BargeIn::Disabled } else { mode },
            min_speech: settings.interruption_min_speech,
            ..Interruption::default()
        };
        // A hook may act on a turn, and what it did cannot be taken back.
        let has_hooks = !options.hooks.is_empty() || !parts.hooks.is_empty();
        // Neither can a turn that a model was told is over.
        let eager = settings.eager && !has_hooks && line.is_none();
        let words_as_spoken = line.as_ref().is_some_and(|line| line.words() == UserWords::AsSpoken);
        let has_words = parts.stt.is_some() || words_as_spoken;
        let floor = Floor::new(FloorConfig {
            patience: settings.patience,
            endpointing: settings.endpointing,
            audio_checks: if parts.judge_of_sounds().is_some() { settings.turn_checks } else { 0 },
            // A question costs a call of a model: none is asked whose answer would not count.
            semantic: parts.completeness.is_some()
                && matches!(settings.endpointing, Endpointing::Auto | Endpointing::Semantic),
            words_delay: if has_words { WordsDelay::default().get() } else { Duration::ZERO },
            partials: words_as_spoken || parts.stt.as_ref().is_some_and(|stt| stt.capabilities().partials),
            eager,
            speaking: interruption(settings.barge_in),
            thinking: interruption(settings.barge_in_thinking),
            take_back: settings.take_back,
            learns_pauses: settings.learns_pauses,
            longest_turn: settings.longest_turn,
        });
        let ears = Ears::new(
            capabilities.input,
            vad,
            settings.vad_threshold,
            open(&parts.stages_in)?,
            parts.turn.is_some(),
        );
        let player = Player::new(capabilities, settings.playout_lead, open(&parts.stages_out)?);
        let (playout, playout_inlet) = inlet(PLAYOUT);
        Ok(Self {
            hooks: options.hooks.iter().chain(&parts.hooks).cloned().collect(),
            id,
            handle,
            trace: options.trace,
            traces_floor: options.trace_floor,
            start: Instant::now(),
            state: SessionState::Idle,
            ended: None,
            ending: false,
            events,
            missed: 0,
            commands,
            transport: transport.run(playout_inlet),
            playout,
            acknowledges: capabilities.acknowledges,
            cancels_echo: capabilities.cancels_echo,
            said: None,
            ready: false,
            ears,
            recorder: options.recorder,
            stt: parts.stt.clone(),
            llm: parts.llm.clone(),
            tts: parts.tts.clone().map(of_session),
            line,
            voice_options: parts.settings.voice_options.clone(),
            recognizer: None,
            swap_stt: false,
            deaf: false,
            pending_finals: 0,
            stale_finals: 0,
            finalize_at: None,
            transcripts: VecDeque::new(),
            checking: None,
            judging: Judging::default(),
            failed_judges: Vec::new(),
            silent_since: None,
            words_delay: WordsDelay::default(),
            lost: Duration::ZERO,
            floor,
            turn: Turn::default(),
            closing: None,
            expected: Expected::Anything,
            next_expected: Expected::Anything,
            utterance: None,
            says: VecDeque::new(),
            player,
            cut_off: None,
            tools: Tools::default(),
            fillers: Fillers::default(),
            generation: 0,
            history: Vec::new(),
            idle_since: SessionTime::ZERO,
            prompts: 0,
            notices: FuturesUnordered::new(),
            warming: None,
            parts,
        })
    }

    /// Opens the connections of the first reply while the user speaks.
    fn prewarm(&mut self) {
        let connections =
            [self.llm.as_ref().map(|llm| llm.prewarm()), self.tts.as_ref().map(|tts| tts.prewarm())];
        let opened = connections.into_iter().flatten().map(|connection| async move {
            if let Err(error) = connection.collect().await {
                tracing::debug!(%error, "a connection was not opened in advance");
            }
        });
        let opened = join_all(opened);
        self.warming = Some(Box::pin(async move { drop(opened.await) }));
    }

    /// Holds the conversation to its end.
    pub(super) async fn run(mut self) {
        let reason = self.converse().await;
        self.finish(reason).await;
    }

    async fn converse(&mut self) -> SessionEnd {
        let mut timer = Box::pin(tokio::time::sleep_until(self.start));
        loop {
            if let Some(reason) = self.ended {
                return reason;
            }
            let deadline = self.start + self.deadline().since_start();
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            let incoming = poll_fn(|cx| self.poll_incoming(cx, timer.as_mut())).await;
            self.take(incoming);
            self.advance();
            // Streams of our own know nothing of tokio's budget.
            tokio::task::consume_budget().await;
        }
    }

    pub(super) fn now(&self) -> SessionTime {
        SessionTime::new(self.start.elapsed())
    }

    /// The first of all that is ready; the order is fixed, so that a conversation can be replayed.
    fn poll_incoming(&mut self, cx: &mut Context<'_>, timer: Pin<&mut Sleep>) -> Poll<Incoming> {
        if let Poll::Ready(command) = self.commands.poll_next(cx) {
            return Poll::Ready(Incoming::Command(command));
        }
        if let Poll::Ready(event) = self.transport.poll_next_unpin(cx) {
            return Poll::Ready(Incoming::Transport(event));
        }
        if let Some((_, checking)) = &mut self.checking
            && let Poll::Ready(action) = checking.as_mut().poll(cx)
        {
            let text = self.checking.take().map(|(text, _)| text).unwrap_or_default();
            return Poll::Ready(Incoming::Checked(action, text));
        }
        if let Some(recognizer) = &mut self.recognizer
            && let Poll::Ready(event) = recognizer.events.poll_next_unpin(cx)
        {
            return Poll::Ready(Incoming::Stt(event));
        }
        if let Some(line) = &mut self.line
            && let Poll::Ready(event) = line.poll_next(cx)
        {
            return Poll::Ready(Incoming::Line(event));
        }
        if let Poll::Ready((judge, answer)) = self.judging.poll(cx) {
            return Poll::Ready(Incoming::Judged(judge, answer));
        }
        if let Some(utterance) = &mut self.utterance {
            if !utterance.waits_for_certainty()
                && let Some(mind) = &mut utterance.mind
                && let Poll::Ready(event) = mind.poll_next_unpin(cx)
            {
                return Poll::Ready(Incoming::Mind(event));
            }
            if let Some(events) = utterance.waiting.events()
                && self.player.has_room()
                && let Poll::Ready(event) = events.poll_next_unpin(cx)
            {
                return Poll::Ready(Incoming::Filler(event));
            }
            if !utterance.waiting.holds_voice()
                && let Some(voice) = &mut utterance.voice
                && let Some(events) = &mut voice.events
                && self.player.has_room()
                && let Poll::Ready(event) = events.poll_next_unpin(cx)
            {
                return Poll::Ready(Incoming::Voice(event));
            }
        }
        if let Poll::Ready((generation, outcome)) = self.tools.poll_next(cx) {
            return Poll::Ready(Incoming::Tool(generation, outcome));
        }
        if let Some(warming) = &mut self.warming
            && warming.as_mut().poll(cx).is_ready()
        {
            self.warming = None;
        }
        if !self.notices.is_empty()
            && let Poll::Ready(Some(result)) = self.notices.poll_next_unpin(cx)
        {
            return Poll::Ready(Incoming::Noticed(result));
        }
        timer.poll(cx).map(|()| Incoming::Time)
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Checked(action, text) => self.checked(action, text),
            Incoming::Command(Some(command)) => self.command(command, SessionEnd::Dropped),
            // The task itself holds a handle, so its commands never end.
            Incoming::Command(None) => self.end(SessionEnd::Dropped),
            Incoming::Filler(event) => self.filler_voiced(event),
            Incoming::Judged(judge, answer) => self.judged(judge, answer),
            Incoming::Line(event) => self.line_told(event),
            Incoming::Mind(event) => self.minded(event),
            Incoming::Noticed(result) => {
                if let Err(error) = result {
                    self.failed(error, None);
                }
            }
            Incoming::Stt(event) => self.recognized(event),
            Incoming::Time => {}
            Incoming::Tool(generation, outcome) => self.tool_returned(generation, outcome),
            Incoming::Transport(event) => self.transported(event),
            Incoming::Voice(event) => self.voiced(event),
        }
    }

    fn transported(&mut self, event: Option<Result<TransportEvent>>) {
        match event {
            None => self.end(SessionEnd::UserLeft),
            Some(Err(error)) => {
                self.failed(error, None);
                self.end(SessionEnd::UserLeft);
            }
            Some(Ok(TransportEvent::Audio(frame))) => {
                if self.ready {
                    self.hear(&frame);
                }
            }
            Some(Ok(TransportEvent::Command(command))) => self.command(command, SessionEnd::UserLeft),
            Some(Ok(TransportEvent::Dtmf(digit))) => {
                self.user_was_there();
                self.emit(EventKind::Dtmf(digit));
            }
            Some(Ok(TransportEvent::Played { generation, played })) => self.acknowledged(generation, played),
            Some(Ok(TransportEvent::Ready)) => self.begin(),
        }
    }

    /// Agent and audio are both live.
    fn begin(&mut self) {
        if std::mem::replace(&mut self.ready, true) {
            return;
        }
        self.prewarm();
        self.emit(EventKind::SessionStarted { session: self.id.clone() });
        if self.traces_floor {
            self.emit(EventKind::FloorConfigured(*self.floor.config()));
        }
        self.set_state(SessionState::Listening);
        self.idle_since = self.now();
        self.notify("on_session_started", |hook, context| {
            Box::pin(async move { hook.on_session_started(&context).await })
        });
        self.start_recognizer();
        self.connect_line();
        match &self.parts.settings.greeting {
            Greeting::None => {}
            Greeting::Say(text) => self.says.push_back(Say { text: text.clone(), interruptible: true }),
            Greeting::Generated => self.greet(),
        }
    }

    pub(super) fn command(&mut self, command: Command, on_end: SessionEnd) {
        match command {
            Command::Commit => self.tell_floor(Input::UserCommitted),
            Command::End => self.end(on_end),
            Command::EndAfterPlayback => self.ending = true,
            Command::Expect(expected) => self.expect(expected),
            Command::ForgetSpeaker => self.tell_floor(Input::SpeakerChanged),
            Command::Interrupt => self.interrupt(),
            Command::Mute(muted) => self.ears.muted = muted,
            Command::PushToTalk(edge) => {
                let pressed = edge == super::PushToTalk::Pressed;
                self.user_was_there();
                if pressed {
                    self.line_turn_began();
                }
                self.tell_floor(Input::PushToTalk { pressed });
            }
            Command::Say { text, interruptible } => self.says.push_back(Say { text, interruptible }),
            Command::SendText(text) => self.written(&text),
            Command::Swap(swap) => self.swap(swap),
            Command::VadThreshold(threshold) if threshold.is_finite() => self.ears.set_threshold(threshold),
            Command::VadThreshold(_) => {}
            Command::VoiceOptions(options) => match &mut self.line {
                Some(line) if self.tts.is_none() => line.reconfigure(options),
                _ => self.voice_options = options,
            },
        }
    }

    /// Tells the floor what happened, and does what it decides.
    pub(super) fn tell_floor(&mut self, input: Input) {
        let now = self.now();
        let actions = self.floor.handle(now.since_start(), input);
        if self.traces_floor {
            // The clock goes on between two looks at it, and a replay needs the time that decided.
            self.emit_at(now, EventKind::FloorTold(input));
            for action in actions {
                self.emit_at(now, EventKind::FloorDecided(action));
            }
        }
        for action in actions {
            if let Action::EndTurn { reason, silent_since } = action {
                self.tell_last_judgement(reason, now.since(SessionTime::new(silent_since)));
            }
        }
        self.tell_judgement();
        for action in actions {
            self.act(action);
        }
    }

    /// Does whatever the time has come for.
    fn advance(&mut self) {
        let now = self.now();
        let timeout = self.floor.next_timeout();
        if timeout.is_some_and(|timeout| SessionTime::new(timeout) <= now) {
            self.tell_floor(Input::Tick);
        }
        self.advance_line(now);
        self.advance_listening(now);
        self.advance_speaking(now);
        if !self.ready {
            if now >= SessionTime::new(CONNECT) {
                self.failed(Error::new(ErrorKind::Timeout, "the transport did not become ready"), None);
                self.end(SessionEnd::Failed);
            }
            return;
        }
        if now >= SessionTime::new(self.parts.settings.longest_session) {
            self.end(SessionEnd::TooLong);
        }
        if self.is_quiet() {
            if self.ending && self.tools.is_empty() {
                self.end(self.why_ending());
            } else if now >= self.idle_since + self.parts.settings.no_input_timeout {
                self.no_input(now);
            }
        }
    }

    /// Nobody speaks, and nobody is about to.
    fn is_quiet(&self) -> bool {
        self.utterance.is_none()
            && self.says.is_empty()
            && self.closing.is_none()
            && self.cut_off.is_none()
            && !self.floor.user_has_turn()
    }

    fn no_input(&mut self, now: SessionTime) {
        match self.parts.settings.no_input_prompts.get(self.prompts) {
            Some(prompt) => {
                self.prompts += 1;
                self.idle_since = now;
                self.says.push_back(Say { text: prompt.clone(), interruptible: true });
            }
            None => self.end(SessionEnd::NoInput),
        }
    }

    /// The user did something, so that no prompt is due.
    pub(super) fn user_was_there(&mut self) {
        self.idle_since = self.now();
        self.prompts = 0;
    }

    /// When something is to be done, if nothing happens before.
    fn deadline(&self) -> SessionTime {
        let settings = &self.parts.settings;
        let mut deadline =
            if self.ready { SessionTime::new(settings.longest_session) } else { SessionTime::new(CONNECT) };
        let mut at = |moment: Option<SessionTime>| {
            if let Some(moment) = moment {
                deadline = deadline.min(moment);
            }
        };
        at(self.floor.next_timeout().map(SessionTime::new));
        at(self.line_deadline());
        at(self.listening_deadline());
        at(self.speaking_deadline());
        if self.ready && self.is_quiet() {
            at(Some(self.idle_since + settings.no_input_timeout));
        }
        deadline
    }

    pub(super) fn end(&mut self, reason: SessionEnd) {
        self.ended.get_or_insert(reason);
    }

    pub(super) fn set_state(&mut self, state: SessionState) {
        if self.state != state {
            self.state = state;
            self.emit(EventKind::StateChanged(state));
        }
    }

    pub(super) fn emit(&mut self, kind: EventKind) {
        self.emit_at(self.now(), kind);
    }

    fn emit_at(&mut self, at: SessionTime, kind: EventKind) {
        let event = Event { at, kind };
        // A transport that does not drain misses events, never audio.
        if self.playout.len() < PLAYOUT / 2 {
            let _ = self.playout.try_send(Playout::Event(Arc::new(event.clone())));
        }
        if self.missed > 0 && self.events.len() + 2 < EVENTS {
            let kind = EventKind::Missed { count: std::mem::take(&mut self.missed) };
            self.events.push(Event { at: event.at, kind });
        }
        match self.events.push(event) {
            Some(Event { kind: EventKind::Missed { count }, .. }) => self.missed += count,
            Some(_) => self.missed += 1,
            None => {}
        }
    }

    pub(super) fn failed(&mut self, error: Error, provider: Option<Kind>) {
        tracing::debug!(session = %self.id, %error, provider = provider.map(Kind::as_str), "failed");
        self.emit(EventKind::Failed { error, provider });
    }

    pub(super) fn context(&self) -> SessionContext {
        SessionContext {
            agent: Arc::clone(&self.parts.name),
            handle: self.handle.clone(),
            history: self.history.as_slice().into(),
            id: self.id.clone(),
            system_prompt: Arc::clone(&self.parts.settings.system_prompt),
        }
    }

    /// Lets every hook know, without waiting for any of them.
    pub(super) fn notify(
        &mut self,
        name: &'static str,
        call: impl Fn(Arc<dyn Hook>, SessionContext) -> BoxFuture<Result<()>>,
    ) {
        if self.hooks.is_empty() {
            return;
        }
        let limit = self.parts.settings.hook_timeout;
        let context = self.context();
        for hook in self.hooks.iter() {
            let call = call(Arc::clone(hook), context.clone());
            self.notices.push(Box::pin(bounded(limit, name, call)));
        }
    }

    /// Says goodbye to everybody.
    async fn finish(mut self, reason: SessionEnd) {
        self.stop_speaking();
        self.recognizer = None;
        self.line = None;
        self.set_state(SessionState::Closed);
        self.emit(EventKind::SessionEnded { reason });
        self.notify("on_session_ended", move |hook, context| {
            Box::pin(async move { hook.on_session_ended(reason, &context).await })
        });
        let Self { mut transport, playout, mut tools, mut notices, .. } = self;
        drop(playout);
        let goodbye = async {
            let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = transport.next().await {} }).await;
        };
        // What must finish, finishes; each tool and hook has a limit of its own.
        let rest = async {
            while !tools.is_empty() {
                poll_fn(|cx| tools.poll_next(cx)).await;
            }
            while notices.next().await.is_some() {}
        };
        futures::join!(goodbye, rest);
    }
}
