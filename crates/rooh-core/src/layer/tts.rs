//! Voices that stand in for each other, and go on where the one before broke off.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFrame, Resampler, SessionTime};
use tokio::time::{Instant, sleep_until};

use super::member::Member;
use super::standing::Permit;
use crate::provider::{Progress, ProviderFailure};
use crate::stream::{Emitter, Events, Feed, Inlet, inlet};
use crate::tts::{Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use crate::{Error, ErrorKind, Result};

/// How long the first audio of a clause may take.
///
/// Vendors begin within half a second; what takes four times as long is not going to come.
pub const FIRST_AUDIO: Duration = Duration::from_secs(2);

/// How long the next piece may take once all of the text is known. Voices are ahead of real time.
const NEXT_AUDIO: Duration = Duration::from_secs(1);
/// How long a character takes to say where a voice does not tell: 15 of them a second, a usual pace
/// in English.
const CHARACTER: Duration = Duration::from_millis(65);
/// The silence at the seam, so that a word that broke off does not run into the next.
const SEAM: Duration = Duration::from_millis(40);
/// More than this, and six times the usual pace, is nothing that the text asks for.
const LONGEST: Duration = Duration::from_secs(10);
/// How many clauses wait for one voice; the rest waits here.
const WAITING: usize = 16;
/// How often a reply is tried for each voice that there is, without a word more in between.
const TRIES: usize = 2;

/// Voices in the order in which they are asked, as one voice that finishes what it says.
///
/// When a voice breaks off, what is left is said by a new stream of the same one, or by the next in
/// the order if not a word was said since the last time, or if trying again is of no use. It goes on
/// after the last word whose audio is whole, by the marks of the voice ([`TtsEvent::Spoken`]), so
/// that at most the word in which it broke is said twice; of a voice whose marks are not those of
/// words, the place behind the last is estimated from how long it spoke.
///
/// A voice has failed as well if it ends without a sound, if its frames are not in the format that it
/// promised, or if it speaks for much longer than the text can take; and, where there is another,
/// if there is no audio [`FIRST_AUDIO`] after a clause, or for a second once the text is complete.
///
/// Who failed three times in a row is left alone for a while, by all sessions; a refused key ends it
/// for good, and `Retry-After` is kept; see [`Fallback`](super::Fallback), which has the same
/// rules. If nobody can speak, the stream ends with the error of the last.
///
/// It yields [`TtsEvent::Answering`] when another voice than the first speaks, and
/// [`TtsEvent::ProviderFailed`] for each failure.
///
/// # Cancellation
///
/// Dropping the stream drops that of the voice which speaks.
#[derive(Clone, Debug, Default)]
pub struct TtsFallback {
    members: Vec<Arc<Member<dyn TtsProvider>>>,
}

impl TtsFallback {
    /// No voices yet; add them with [`then`](Self::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks `tts` if all before it cannot speak; events call it `name`.
    #[must_use]
    pub fn then(self, name: impl Into<Arc<str>>, tts: impl TtsProvider) -> Self {
        self.then_shared(name, Arc::new(tts))
    }

    /// As [`then`](Self::then), for a voice that is shared already.
    #[must_use]
    pub fn then_shared(mut self, name: impl Into<Arc<str>>, tts: Arc<dyn TtsProvider>) -> Self {
        self.members.push(Member::shared(name, tts));
        self
    }
}

impl TtsProvider for TtsFallback {
    /// The format is that of the first; what not all can do is not promised.
    fn capabilities(&self) -> TtsCapabilities {
        let mut all = self.members.iter().map(|member| member.provider.capabilities());
        let Some(first) = all.next() else { return TtsCapabilities::default() };
        let word_times = all.fold(first.word_times, |all, other| all && other.word_times);
        TtsCapabilities { word_times, recovers: true, ..first }
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let this = self.clone();
        Events::new(move |out| async move {
            let promises = this.capabilities();
            let speaking = Speaking {
                members: this.members,
                promises,
                request,
                out,
                clauses: text,
                is_open: true,
                text: String::new(),
                ends: Vec::new(),
                done: Duration::ZERO,
                place: 0,
                last: 0,
                tries: 0,
            };
            speaking.run().await
        })
    }

    /// Loads all of them; one that cannot be loaded is gone without, unless none can.
    fn load(&self) -> Events<Progress> {
        super::member::load(self.members.clone(), "the voice", |tts: &dyn TtsProvider| tts.load())
    }

    fn unload(&self) {
        self.members.iter().for_each(|member| member.provider.unload());
    }

    fn for_session(&self) -> Option<Arc<dyn TtsProvider>> {
        let of_session = |member: &Arc<Member<dyn TtsProvider>>| match member.provider.for_session() {
            Some(provider) => Arc::new(Member {
                name: Arc::clone(&member.name),
                provider,
                standing: Arc::clone(&member.standing),
            }),
            None => Arc::clone(member),
        };
        Some(Arc::new(Self { members: self.members.iter().map(of_session).collect() }))
    }

    /// Opens the connection of the one that will be asked first.
    fn prewarm(&self) -> Events<Progress> {
        self.members.first().map_or_else(Events::empty, |member| member.provider.prewarm())
    }
}

/// One reply on its way through the voices.
struct Speaking {
    members: Vec<Arc<Member<dyn TtsProvider>>>,
    promises: TtsCapabilities,
    request: TtsRequest,
    out: Emitter<TtsEvent>,
    clauses: Inlet<String>,
    is_open: bool,
    /// All that is to be said.
    text: String,
    /// Where in it each clause ends.
    ends: Vec<usize>,
    /// How much audio was yielded.
    done: Duration,
    /// Whose turn it is.
    place: usize,
    /// Who was the last to take over.
    last: usize,
    /// How often it was tried without a word more in between.
    tries: usize,
}

/// A voice that speaks.
struct Voice {
    /// Nothing more is to come once it is gone.
    feed: Option<Feed<String>>,
    events: Events<TtsEvent>,
    permit: Permit,
    capabilities: TtsCapabilities,
    resampler: Option<Resampler>,
    /// Where its part of the text begins, and how far it was given that.
    start: usize,
    given: usize,
    /// How much audio there was when it began.
    before: Duration,
    /// What it said of words whose audio is to come.
    marks: VecDeque<Spoken>,
    /// The last of those whose audio is there.
    spoken: Spoken,
    /// Until when there has to be audio.
    audio_by: Option<Instant>,
}

enum Next {
    Clause(Option<String>),
    Event(Option<Result<TtsEvent>>),
    Given,
    Late,
}

impl Speaking {
    async fn run(mut self) -> Result<()> {
        let mut voice = self.ask(0).await?;
        loop {
            if !self.is_open && voice.given == self.text.len() && voice.feed.take().is_some() {
                voice.audio_by = self.deadline(FIRST_AUDIO);
            }
            let error = match self.next(&mut voice).await {
                Next::Clause(Some(clause)) => {
                    self.text.push_str(&clause);
                    self.ends.push(self.text.len());
                    continue;
                }
                Next::Clause(None) => {
                    self.is_open = false;
                    continue;
                }
                Next::Given => {
                    let start = voice.given;
                    voice.given = self.end_of_clause(start);
                    if is_pronounced(&self.text[start..voice.given]) && voice.audio_by.is_none() {
                        voice.audio_by = self.deadline(FIRST_AUDIO);
                    }
                    continue;
                }
                Next::Late => Error::new(ErrorKind::Timeout, "the voice stalled"),
                Next::Event(Some(Ok(event))) => match self.take(&mut voice, event).await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Next::Event(None) if voice.feed.is_none() && !self.is_mute(&voice) => {
                    voice.permit.succeeded();
                    return Ok(());
                }
                Next::Event(None) => Error::new(ErrorKind::Network, "the voice stopped before its end"),
                Next::Event(Some(Err(error))) => error,
            };
            voice = self.go_on(voice, error).await?;
        }
    }

    async fn next(&mut self, voice: &mut Voice) -> Next {
        let clause = async {
            match self.is_open {
                true => Next::Clause(self.clauses.next().await),
                false => pending().await,
            }
        };
        let (text, ends, given) = (&self.text, &self.ends, voice.given);
        let give = async {
            match &voice.feed {
                Some(feed) if given < text.len() => {
                    feed.has_room().await;
                    let _ = feed.try_send(text[given..next_end(ends, given)].to_owned());
                }
                _ => pending().await,
            }
        };
        let late = async {
            match voice.audio_by {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            event = voice.events.next() => Next::Event(event),
            () = give => Next::Given,
            clause = clause => clause,
            () = late => Next::Late,
        }
    }

    /// Until when there has to be audio; a voice that nobody can stand in for may be slow.
    fn deadline(&self, wait: Duration) -> Option<Instant> {
        (self.members.len() > 1).then(|| Instant::now() + wait)
    }

    /// Where the clause ends in which this place lies.
    fn end_of_clause(&self, place: usize) -> usize {
        next_end(&self.ends, place)
    }

    /// Passes on what a voice says.
    async fn take(&mut self, voice: &mut Voice, event: TtsEvent) -> Result<()> {
        match event {
            TtsEvent::Audio(frame) => {
                if frame.format() != voice.capabilities.format {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "the voice speaks in another format than it said",
                    )
                    .with("promised", voice.capabilities.format)
                    .with("found", frame.format()));
                }
                let text = &self.text[voice.start..voice.given];
                let longest = LONGEST + CHARACTER * 6 * text.chars().count() as u32;
                if self.done - voice.before > longest {
                    return Err(Error::new(ErrorKind::Protocol, "the voice does not come to an end"));
                }
                if frame.is_empty() {
                    return Ok(());
                }
                let frame = voice.fit(frame, self.promises).moved_to(SessionTime::new(self.done));
                self.done += frame.duration();
                while let Some(mark) = voice.marks.pop_front_if(|mark| mark.audio <= self.done) {
                    voice.spoken = voice.spoken.max(mark);
                }
                self.out.emit(TtsEvent::Audio(frame)).await;
                // The time that a reader takes is not the voice's.
                voice.audio_by = if voice.feed.is_none() { self.deadline(NEXT_AUDIO) } else { None };
            }
            TtsEvent::Spoken(Spoken { text, audio }) => {
                let mark = Spoken { text: voice.start + text, audio: voice.before + audio };
                if mark.text > voice.given || !self.text.is_char_boundary(mark.text) {
                    return Ok(());
                }
                match mark.audio <= self.done {
                    true => voice.spoken = voice.spoken.max(mark),
                    false => voice.marks.push_back(mark),
                }
                self.out.emit(TtsEvent::Spoken(mark)).await;
            }
            event => self.out.emit(event).await,
        }
        Ok(())
    }

    /// Whether it ended without a sound where there should have been one.
    fn is_mute(&self, voice: &Voice) -> bool {
        self.done == voice.before && is_pronounced(&self.text[voice.start..])
    }

    /// After a failure: says the rest, by the same or another voice.
    async fn go_on(&mut self, voice: Voice, error: Error) -> Result<Voice> {
        let place = self.resume_at(&voice);
        let has_spoken = self.done > voice.before;
        let member = Arc::clone(&self.members[self.place]);
        drop(voice.events);
        let is_final = !error.is_transient() && error.kind() != ErrorKind::Protocol;
        match has_spoken {
            // It was well until now, and one reply is no reason to leave it alone.
            true => member.standing.warned(&error),
            false => voice.permit.failed(&error),
        }
        self.tries = if place > voice.start { 1 } else { self.tries + 1 };
        let is_over = self.tries >= TRIES * self.members.len() || is_final && self.members.len() == 1;
        if is_final || place <= voice.start {
            self.place = (self.place + 1) % self.members.len();
        }
        // Saying it once more would not end either.
        let is_said = !is_pronounced(&self.text[place..]) && !self.is_open;
        let next = (!is_over && !is_said).then(|| self.admitted().ok()).flatten();
        let failure = ProviderFailure {
            provider: Arc::clone(&member.name),
            error: error.clone(),
            next: next.as_ref().map(|(place, _)| Arc::clone(&self.members[*place].name)),
        };
        self.out.emit(TtsEvent::ProviderFailed(failure)).await;
        match next {
            Some((member, permit)) => {
                if has_spoken {
                    let at = SessionTime::new(self.done);
                    let seam = AudioFrame::silence(SEAM, self.promises.format, at);
                    self.done += seam.duration();
                    self.out.emit(TtsEvent::Audio(seam)).await;
                }
                Ok(self.begin(member, permit, place).await)
            }
            None => Err(error.with("provider", &member.name)),
        }
    }

    /// Asks whose turn it is, or the first after it that may be asked.
    async fn ask(&mut self, place: usize) -> Result<Voice> {
        let (member, permit) = self.admitted()?;
        Ok(self.begin(member, permit, place).await)
    }

    fn admitted(&self) -> Result<(usize, Permit)> {
        let count = self.members.len();
        let mut refusal = Error::new(ErrorKind::Config, "there is no voice to ask");
        for place in (0..count).map(|step| (self.place + step) % count) {
            let member = &self.members[place];
            match member.standing.admit() {
                Ok(permit) => return Ok((place, permit)),
                Err(error) => refusal = error.with("provider", &member.name),
            }
        }
        Err(refusal)
    }

    /// Has a voice say the text from `start` on.
    async fn begin(&mut self, place: usize, permit: Permit, start: usize) -> Voice {
        self.place = place;
        let member = Arc::clone(&self.members[place]);
        if self.last != place {
            self.last = place;
            let instead_of = (place > 0).then(|| Arc::clone(&self.members[0].name));
            self.out.emit(TtsEvent::Answering { provider: Arc::clone(&member.name), instead_of }).await;
        }
        let (feed, clauses) = inlet(WAITING);
        Voice {
            feed: Some(feed),
            events: member.provider.synthesize(self.request.clone(), clauses),
            permit,
            capabilities: member.provider.capabilities(),
            resampler: None,
            start,
            given: start,
            before: self.done,
            marks: VecDeque::new(),
            spoken: Spoken { text: start, audio: self.done },
            audio_by: None,
        }
    }

    /// The place in the text after the last word that was said whole.
    fn resume_at(&self, voice: &Voice) -> usize {
        let Spoken { text: start, audio } = voice.spoken;
        if voice.capabilities.word_times {
            return start;
        }
        let said = (self.done - audio).as_secs_f64() / CHARACTER.as_secs_f64();
        let part = &self.text[start..voice.given];
        let end = part.char_indices().nth(said as usize).map_or(part.len(), |(at, _)| at);
        // Back to the end of a word.
        let is_whole = end == part.len() || part[end..].starts_with(char::is_whitespace);
        let end = if is_whole { end } else { part[..end].rfind(char::is_whitespace).unwrap_or(0) };
        start + end
    }
}

impl Voice {
    /// The frame as the first voice would yield it.
    fn fit(&mut self, frame: AudioFrame, promises: TtsCapabilities) -> AudioFrame {
        if frame.format() == promises.format {
            return frame;
        }
        let resampler = self.resampler.get_or_insert_with(|| Resampler::new(frame.format(), promises.format));
        resampler.process(&frame)
    }
}

/// Where the clause ends in which `place` lies.
fn next_end(ends: &[usize], place: usize) -> usize {
    ends[ends.partition_point(|end| *end <= place)]
}

fn is_pronounced(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}
