//! Recognizers that stand in for each other, and come back to where they were.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::SessionTime;
use tokio::time::{Instant, sleep_until};

use super::kept::{Fitting, Kept, without_covered};
use super::member::{Jitter, Member};
use super::standing::{PROVED, Permit};
use crate::provider::{Progress, ProviderFailure};
use crate::stream::{Emitter, Events, Feed, Inlet, inlet};
use crate::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest};
use crate::{Error, ErrorKind, Result};

/// How much sound a recognizer that gives partials may be given without a word about it.
///
/// Partials come every second or so; a sentence has begun well before that.
pub const MUTE: Duration = Duration::from_millis(2_500);

/// How long a final that was asked for may take where partials show that it goes along.
const FINAL: Duration = Duration::from_millis(2_500);
/// How long it may take where whole utterances are recognized: a slow machine needs longer than the
/// utterance itself.
const WHOLE_FINAL: Duration = Duration::from_secs(20);
/// How many inputs wait for one recognizer; the rest waits here.
const WAITING: usize = 64;

/// Recognizers in the order in which they are asked, as one recognizer that is hard to stop.
///
/// It keeps the audio that no final covers yet, a minute at most. When a recognizer fails, that
/// audio goes to a new stream of the same one after a random wait of at most 100 ms, then 200, 400,
/// and so on up to 5 s ("full jitter"); or to the next in the order, if the same has failed twice
/// in a row, was mute, or said that trying again is of no use. Words that an earlier final covers
/// are taken out of what comes then, by their times; of a recognizer that gives no times, a final
/// counts for all audio that it was given.
///
/// A recognizer is mute if it promises partials, was given [`MUTE`] of sound within at least that
/// time, and has said nothing since it was connected; or if a final that was asked for does not come
/// within 2.5 s (20 s from one that promises no partials). Two that are mute about the same sound are
/// right: it is noise, the first in the order is asked again, and nobody is left for it until there
/// is a word.
///
/// Who failed three times in a row before their connection had proved itself is left alone for a
/// while, by all sessions; a refused key ends it for good, and `Retry-After` is kept; see
/// [`Fallback`](super::Fallback), which has the same rules. While nobody may be asked, the audio
/// waits. If nobody can ever be, which trying again does not change, the stream ends with the error
/// of the last.
///
/// It yields [`SttEvent::AudioLost`] for audio that was too much to keep, [`SttEvent::Answering`] when another recognizer than before takes over, and
/// [`SttEvent::ProviderFailed`] for each failure.
///
/// # Cancellation
///
/// Dropping the stream drops that of the recognizer which is asked.
#[derive(Clone, Debug, Default)]
pub struct SttFallback {
    members: Vec<Arc<Member<dyn SttProvider>>>,
    seed: Option<u64>,
}

impl SttFallback {
    /// No recognizers yet; add them with [`then`](Self::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks `stt` if all before it cannot be; events call it `name`.
    #[must_use]
    pub fn then(self, name: impl Into<Arc<str>>, stt: impl SttProvider) -> Self {
        self.then_shared(name, Arc::new(stt))
    }

    /// As [`then`](Self::then), for a recognizer that is shared already.
    #[must_use]
    pub fn then_shared(mut self, name: impl Into<Arc<str>>, stt: Arc<dyn SttProvider>) -> Self {
        self.members.push(Member::shared(name, stt));
        self
    }

    /// Draws all waits from this seed, for tests.
    #[must_use]
    pub fn seed(mut self, seed: impl Into<Option<u64>>) -> Self {
        self.seed = seed.into();
        self
    }
}

impl SttProvider for SttFallback {
    /// The format is that of the first; what not all can do is not promised.
    fn capabilities(&self) -> SttCapabilities {
        let mut all = self.members.iter().map(|member| member.provider.capabilities());
        let Some(first) = all.next() else { return SttCapabilities::default() };
        let first = SttCapabilities { recovers: true, ..first };
        all.fold(first, |first, other| SttCapabilities {
            format: first.format,
            hints: first.hints || other.hints,
            partials: first.partials && other.partials,
            recovers: true,
            turns: first.turns && other.turns,
            word_times: first.word_times && other.word_times,
        })
    }

    fn transcribe(&self, request: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        let this = self.clone();
        Events::new(move |out| async move {
            if this.members.is_empty() {
                return Err(Error::new(ErrorKind::Config, "there is no recognizer to ask"));
            }
            let asking = Asking {
                jitter: Jitter::new(this.seed),
                promises: this.capabilities(),
                gone: vec![false; this.members.len()],
                members: this.members,
                out,
                audio,
                is_open: true,
                kept: Kept::new(request),
                place: 0,
                last: None,
                failures: 0,
                mute: 0,
                retry: Some(Instant::now()),
            };
            asking.run().await
        })
    }

    /// Loads all of them; one that cannot be loaded is gone without, unless none can.
    fn load(&self) -> Events<Progress> {
        super::member::load(self.members.clone(), "the recognizer", |stt: &dyn SttProvider| stt.load())
    }

    fn unload(&self) {
        self.members.iter().for_each(|member| member.provider.unload());
    }
}

/// One conversation with the recognizers.
struct Asking {
    members: Vec<Arc<Member<dyn SttProvider>>>,
    /// What all of them can do.
    promises: SttCapabilities,
    out: Emitter<SttEvent>,
    audio: Inlet<SttInput>,
    is_open: bool,
    kept: Kept,
    jitter: Jitter,
    /// Who has said that trying again is of no use, in this conversation.
    gone: Vec<bool>,
    /// Whose turn it is.
    place: usize,
    /// Who was the last to take over.
    last: Option<usize>,
    /// How often in a row it has failed.
    failures: u32,
    /// How many in a row were mute about the same sound.
    mute: u32,
    /// When to ask, while nobody is asked.
    retry: Option<Instant>,
}

/// A stream that is being given audio.
struct Connection {
    /// Nothing more is to come once it is gone.
    feed: Option<Feed<SttInput>>,
    events: Events<SttEvent>,
    permit: Option<Permit>,
    fitting: Fitting,
    has_spoken: bool,
    opened: Instant,
    /// How much sound it was given.
    sound: Duration,
    /// Words before that were given already.
    covered: SessionTime,
    proves_at: Instant,
    /// Until when the final that is owed has to come.
    final_by: Option<Instant>,
}

/// What happens next.
enum Next {
    Event(Option<Result<SttEvent>>),
    Given,
    Input(Option<SttInput>),
    Late,
    Proved,
    Retry,
}

impl Asking {
    async fn run(mut self) -> Result<()> {
        let mut connection: Option<Connection> = None;
        loop {
            if let Some(connection) = &mut connection
                && !self.is_open
                && self.kept.next().is_none()
            {
                connection.feed = None;
            }
            match self.next(connection.as_mut()).await {
                Next::Input(Some(input)) => {
                    self.kept.push(input);
                    let lost = self.kept.take_lost();
                    if !lost.is_zero() {
                        self.out.emit(SttEvent::AudioLost(lost)).await;
                    }
                    if connection.as_ref().is_some_and(|connection| self.is_mute(connection)) {
                        connection =
                            self.gave_up(connection.take(), "said nothing about what it heard").await?;
                    }
                }
                Next::Input(None) => self.is_open = false,
                Next::Given => {
                    if let (Some(connection), Some((input, is_loud))) = (&mut connection, self.kept.next()) {
                        connection.given(input, is_loud, self.promises.partials);
                        self.kept.was_given();
                    }
                }
                Next::Proved => {
                    if let Some(connection) = &mut connection {
                        self.failures = 0;
                        connection.prove();
                    }
                }
                Next::Late => {
                    connection = self.gave_up(connection.take(), "did not give a final transcript").await?;
                }
                Next::Retry => connection = self.connect().await?,
                Next::Event(Some(Ok(event))) => {
                    if let Some(connection) = &mut connection {
                        self.failures = 0;
                        self.mute = 0;
                        connection.spoke();
                        self.take(connection, event).await;
                    }
                }
                Next::Event(None) if !self.is_open && self.kept.next().is_none() => return Ok(()),
                Next::Event(Some(Err(error))) => {
                    connection = self.failed(connection.take(), error).await?;
                }
                Next::Event(None) => {
                    let error = Error::new(ErrorKind::Network, "the recognizer stopped");
                    connection = self.failed(connection.take(), error).await?;
                }
            }
        }
    }

    async fn next(&mut self, connection: Option<&mut Connection>) -> Next {
        let input = async {
            match self.is_open {
                true => Next::Input(self.audio.next().await),
                false => pending().await,
            }
        };
        let Some(connection) = connection else {
            let retry = self.retry.unwrap_or_else(Instant::now);
            return tokio::select! {
                biased;
                () = sleep_until(retry) => Next::Retry,
                input = input => input,
            };
        };
        let Connection { feed, events, fitting, permit, proves_at, final_by, .. } = connection;
        let give = async {
            match (feed, self.kept.next()) {
                (Some(feed), Some((input, _))) => {
                    feed.has_room().await;
                    let _ = feed.try_send(fitting.fit(input));
                }
                _ => pending().await,
            }
        };
        let proved = async {
            match permit {
                Some(_) => sleep_until(*proves_at).await,
                None => pending().await,
            }
        };
        let late = async {
            match final_by {
                Some(at) => sleep_until(*at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            event = events.next() => Next::Event(event),
            () = give => Next::Given,
            input = input => input,
            () = late => Next::Late,
            () = proved => Next::Proved,
        }
    }

    /// Passes on what the recognizer says, but for what was said before.
    async fn take(&mut self, connection: &mut Connection, event: SttEvent) {
        match event {
            SttEvent::Final(mut transcript) => {
                let repeats = without_covered(&mut transcript, connection.covered);
                let is_owed = self.kept.settle(&transcript);
                connection.final_by = match self.kept.owes_final() {
                    true => Some(Instant::now() + final_wait(self.promises.partials)),
                    false => None,
                };
                if is_owed || !repeats || !transcript.text.is_empty() {
                    self.out.emit(SttEvent::Final(transcript)).await;
                }
            }
            SttEvent::Partial(mut transcript) => {
                let repeats = without_covered(&mut transcript, connection.covered);
                if !repeats || !transcript.text.is_empty() {
                    self.out.emit(SttEvent::Partial(transcript)).await;
                }
            }
            SttEvent::Turn(_) if !self.promises.turns => {}
            event => self.out.emit(event).await,
        }
    }

    /// Asks whose turn it is, or the first after it that may be asked.
    async fn connect(&mut self) -> Result<Option<Connection>> {
        let count = self.members.len();
        let mut refusal = None;
        let order: Vec<usize> = (0..count).map(|step| (self.place + step) % count).collect();
        for place in order.into_iter().filter(|place| !self.gone[*place]) {
            let member = &self.members[place];
            match member.standing.admit() {
                Ok(permit) => {
                    self.place = place;
                    self.retry = None;
                    if self.last != Some(place) && (self.last.is_some() || place > 0) {
                        let provider = Arc::clone(&member.name);
                        let instead_of = (place > 0).then(|| Arc::clone(&self.members[0].name));
                        self.out.emit(SttEvent::Answering { provider, instead_of }).await;
                    }
                    self.last = Some(place);
                    self.kept.again();
                    let stt = &self.members[place].provider;
                    return Ok(Some(Connection::open(
                        stt,
                        self.kept.request.clone(),
                        self.kept.covered(),
                        permit,
                    )));
                }
                Err(error) => refusal = Some(error.with("provider", &member.name)),
            }
        }
        if let Some(error) = refusal.filter(|_| !(0..count).any(|place| self.may_be_asked(place))) {
            return Err(error);
        }
        let rest = self.members.iter().filter_map(|member| member.standing.rest()).min().unwrap_or_default();
        self.retry = Some(Instant::now() + rest + self.jitter.before_return());
        Ok(None)
    }

    /// Whether it may be asked at some time.
    fn may_be_asked(&self, place: usize) -> bool {
        !self.gone[place] && !self.members[place].standing.is_rejected()
    }

    fn is_mute(&self, connection: &Connection) -> bool {
        self.promises.partials
            && self.mute < 2
            && !connection.has_spoken
            && connection.sound >= MUTE
            && connection.opened.elapsed() >= MUTE
    }

    async fn gave_up(&mut self, connection: Option<Connection>, what: &str) -> Result<Option<Connection>> {
        self.mute += 1;
        let error = Error::new(ErrorKind::Timeout, format!("the recognizer {what}"));
        // There is no use in asking it again, if there is somebody else.
        self.failures = self.failures.max(1);
        let next = self.failed(connection, error).await;
        if self.mute == 2 && self.may_be_asked(0) {
            self.place = 0;
        }
        next
    }

    /// Leaves a recognizer that failed, and sees to it that one is asked again.
    async fn failed(&mut self, connection: Option<Connection>, error: Error) -> Result<Option<Connection>> {
        let member = Arc::clone(&self.members[self.place]);
        let permit = connection.and_then(|connection| connection.permit);
        match permit {
            Some(permit) => permit.failed(&error),
            // It was well until now, and one call is no reason to leave it alone.
            None => member.standing.warned(&error),
        }
        let is_hopeless = is_hopeless(&error);
        self.gone[self.place] |= is_hopeless;
        if error.kind() == ErrorKind::Auth {
            member.standing.reject(&error);
        }
        let moves_on = is_hopeless || self.failures > 0;
        self.failures = if moves_on && self.members.len() > 1 { 0 } else { self.failures.saturating_add(1) };
        if moves_on {
            self.place = (self.place + 1) % self.members.len();
        }
        let may_ask = (0..self.members.len()).any(|place| self.may_be_asked(place));
        let next = may_ask.then(|| Arc::clone(&self.members[self.place].name));
        let failure = ProviderFailure { provider: Arc::clone(&member.name), error: error.clone(), next };
        self.out.emit(SttEvent::ProviderFailed(failure)).await;
        if !may_ask {
            return Err(error.with("provider", &member.name));
        }
        self.retry = Some(Instant::now() + self.jitter.before_try(self.failures.saturating_sub(1)));
        Ok(None)
    }
}

impl Connection {
    fn open(stt: &Arc<dyn SttProvider>, request: SttRequest, covered: SessionTime, permit: Permit) -> Self {
        let (feed, audio) = inlet(WAITING);
        Self {
            feed: Some(feed),
            events: stt.transcribe(request, audio),
            permit: Some(permit),
            fitting: Fitting::new(stt.capabilities().format),
            has_spoken: false,
            opened: Instant::now(),
            sound: Duration::ZERO,
            covered,
            proves_at: Instant::now() + PROVED,
            final_by: None,
        }
    }

    /// It was given this.
    fn given(&mut self, input: &SttInput, is_loud: bool, is_streaming: bool) {
        match input {
            SttInput::Audio(frame) if is_loud => self.sound += frame.duration(),
            SttInput::Finalize if self.final_by.is_none() => {
                self.final_by = Some(Instant::now() + final_wait(is_streaming));
            }
            _ => {}
        }
    }

    /// It said something.
    fn spoke(&mut self) {
        self.has_spoken = true;
        self.prove();
    }

    /// It works.
    fn prove(&mut self) {
        if let Some(mut permit) = self.permit.take() {
            permit.began();
            permit.succeeded();
        }
    }
}

/// Whether asking the same again comes to the same.
fn is_hopeless(error: &Error) -> bool {
    use ErrorKind::{Auth, Config, NotFound, Unsupported};
    matches!(error.kind(), Auth | Config | NotFound | Unsupported)
}

fn final_wait(is_streaming: bool) -> Duration {
    if is_streaming { FINAL } else { WHOLE_FINAL }
}
