//! The contract of recognizers, sentence by sentence.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::expect::{Expected, Hints};
use rooh_core::options::Options;
use rooh_core::stream::{Feed, inlet};
use rooh_core::stt::{SttEvent, SttInput, SttProvider, SttRequest, Transcript};

use super::reading::{Behind, Reader, assert_fails, assert_loads, found, words};
use super::subject::{into_subject, terms};
use super::{Terms, skipped, suite};

suite! { $
    /// Makes a test of each sentence of the contract of recognizers; see [`contract`](crate::contract).
    stt_contract, stt, SttSubject:
    nothing_happens_before_the_first_poll,
    finalize_is_answered_by_exactly_one_final,
    finalize_without_audio_is_answered_by_an_empty_final,
    each_final_covers_audio_that_no_other_final_covers,
    a_partial_replaces_the_one_before_it,
    partials_come_if_and_only_if_they_are_promised,
    turn_signals_come_only_if_they_are_promised,
    words_have_times_if_they_are_promised,
    the_length_of_frames_does_not_matter,
    hints_and_options_may_change_on_the_way,
    an_inlet_that_ends_ends_the_stream,
    what_was_heard_until_the_end_is_given_as_a_last_final,
    no_event_is_lost_when_the_reader_is_slow,
    dropping_the_stream_ends_the_work,
    two_streams_do_not_hear_each_other,
    loading_twice_or_never_is_harmless,
    an_error_is_the_last_event_and_of_the_right_kind,
}

/// A recognizer, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct SttSubject {
    provider: Arc<dyn SttProvider>,
    utterance: Option<Utterance>,
    failing: Vec<(ErrorKind, Arc<dyn SttProvider>)>,
    terms: Terms,
}

terms!(SttSubject);
into_subject!(SttSubject, SttProvider);

impl SttSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl SttProvider) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a provider that is shared already.
    pub fn shared(provider: Arc<dyn SttProvider>) -> Self {
        Self { provider, utterance: None, failing: Vec::new(), terms: Terms::default() }
    }

    /// Gives the suite something that this recognizer understands; without it, cases that look at
    /// words are left out.
    #[must_use]
    pub fn utterance(mut self, utterance: Utterance) -> Self {
        self.utterance = Some(utterance);
        self
    }

    /// Adds a provider that has to fail with this kind of error, for example one with a wrong key.
    #[must_use]
    pub fn failing(mut self, kind: ErrorKind, provider: impl SttProvider) -> Self {
        self.failing.push((kind, Arc::new(provider)));
        self
    }

    fn format(&self) -> AudioFormat {
        self.provider.capabilities().format
    }

    fn request(&self) -> SttRequest {
        SttRequest::default()
    }

    /// What is said where it does not matter what is said.
    fn speech(&self) -> Utterance {
        self.utterance.clone().unwrap_or_else(|| Utterance::babble(self.format()))
    }

    /// Something with known words, of which there are enough to compare.
    fn known(&self, case: &str) -> Option<(Utterance, Vec<String>)> {
        let known = self.utterance.clone().map(|utterance| {
            let words = words(&utterance.text);
            (utterance, words)
        });
        if known.is_none() {
            skipped(case, "the subject has no utterance; see SttSubject::utterance");
        }
        known
    }

    fn start(&self) -> (Speaker, Reader<SttEvent>) {
        let (feed, inlet) = inlet(QUEUE);
        let events = self.provider.transcribe(self.request(), inlet);
        (Speaker::new(feed, self.format()), Reader::new(events, &self.terms))
    }
}

/// More frames than any case feeds before it reads.
const QUEUE: usize = 16_384;

/// Speech, and what is said in it.
#[derive(Clone)]
pub struct Utterance {
    samples: Arc<[i16]>,
    format: AudioFormat,
    text: String,
}

impl Utterance {
    /// `frames` one after the other say `text`; they have to be in the recognizer's format.
    ///
    /// Four words or more are best. A recognizer passes with half of them.
    pub fn new(text: impl Into<String>, frames: &[AudioFrame]) -> Self {
        let format = frames.first().map_or(AudioFormat::WIDEBAND, AudioFrame::format);
        let samples: Vec<i16> = frames.iter().flat_map(|frame| frame.samples()).copied().collect();
        Self { samples: samples.into(), format, text: text.into() }
    }

    /// Something like a voice, in syllables, that says nothing.
    fn babble(format: AudioFormat) -> Self {
        let rate = f64::from(format.rate());
        let samples: Vec<i16> = (0..format.samples_in(Duration::from_millis(1_200)))
            .map(|n| {
                let t = n as f64 / rate;
                let syllable = (t * 4.0 * std::f64::consts::PI).sin().abs();
                let voice: f64 = (1..9)
                    .map(|partial| (t * 140.0 * f64::from(partial) * std::f64::consts::TAU).sin())
                    .sum();
                (voice * syllable * 2_000.0) as i16
            })
            .collect();
        Self { samples: samples.into(), format, text: String::new() }
    }
}

impl fmt::Debug for Utterance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Utterance").field("samples", &self.samples.len()).finish_non_exhaustive()
    }
}

/// Speaks into an inlet, without gaps in the samples.
struct Speaker {
    feed: Feed<SttInput>,
    format: AudioFormat,
    frame: Duration,
    samples: usize,
}

impl Speaker {
    fn new(feed: Feed<SttInput>, format: AudioFormat) -> Self {
        Self { feed, format, frame: Duration::from_millis(20), samples: 0 }
    }

    fn put(&self, input: SttInput) {
        assert!(self.feed.try_send(input).is_ok(), "the stream let go of its inlet before the inlet ended");
    }

    fn say(&mut self, utterance: &Utterance) {
        assert_eq!(
            utterance.format, self.format,
            "the subject's utterance has to be in the recognizer's format"
        );
        for part in utterance.samples.chunks(self.format.samples_in(self.frame).max(1)) {
            let at = SessionTime::new(self.format.duration_of(self.samples));
            self.put(SttInput::Audio(AudioFrame::new(part, self.format, at)));
            self.samples += part.len();
        }
    }

    fn pause(&mut self, duration: Duration) {
        let silence = vec![0; self.format.samples_in(duration)];
        self.say(&Utterance { samples: silence.into(), format: self.format, text: String::new() });
    }

    fn finalize(&self) {
        self.put(SttInput::Finalize);
    }

    fn now(&self) -> SessionTime {
        SessionTime::new(self.format.duration_of(self.samples))
    }
}

fn finals(events: &[SttEvent]) -> Vec<&Transcript> {
    events
        .iter()
        .filter_map(|event| match event {
            SttEvent::Final(transcript) => Some(transcript),
            _ => None,
        })
        .collect()
}

fn text_of(events: &[SttEvent]) -> String {
    finals(events).iter().map(|transcript| transcript.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Says it, asks for a final, and returns all that came.
async fn say_and_finalize(
    speaker: &mut Speaker,
    reader: &mut Reader<SttEvent>,
    utterance: &Utterance,
) -> Vec<SttEvent> {
    speaker.say(utterance);
    speaker.finalize();
    reader.until_quiet().await
}

fn assert_understood(expected: &[String], heard: &str) {
    let heard = words(heard);
    let right = found(expected, &heard);
    assert!(
        right * 2 >= expected.len(),
        "{right} of {} words were understood; said {expected:?}, heard {heard:?}",
        expected.len()
    );
}

/// Nothing is connected, loaded or computed before the stream is first polled.
pub async fn nothing_happens_before_the_first_poll(subject: SttSubject) {
    let behind = Behind::look(&subject.terms);
    let (feed, inlet) = inlet(QUEUE);
    let mut speaker = Speaker::new(feed, subject.format());
    let request = SttRequest { trace: behind.trace(), ..subject.request() };
    let events = subject.provider.transcribe(request, inlet);
    speaker.say(&subject.speech());
    speaker.finalize();
    let waiting = speaker.feed.len();
    behind.assert_untouched().await;
    assert_eq!(speaker.feed.len(), waiting, "the inlet was read before the stream was polled");
    drop(events);
}

/// `Finalize` is answered by exactly one final for all that was heard since the last one.
pub async fn finalize_is_answered_by_exactly_one_final(subject: SttSubject) {
    let (mut speaker, mut reader) = subject.start();
    for round in 1..=3 {
        speaker.say(&subject.speech());
        speaker.pause(Duration::from_millis(200));
        // Finals that come on their own come now, and are no answer.
        reader.until_quiet().await;
        speaker.finalize();
        let answer = reader.until_quiet().await;
        let count = finals(&answer).len();
        assert_eq!(count, 1, "Finalize number {round} was answered by {count} finals: {answer:?}");
    }
}

/// `Finalize` is answered even if nothing was understood; its text is empty then.
pub async fn finalize_without_audio_is_answered_by_an_empty_final(subject: SttSubject) {
    let (speaker, mut reader) = subject.start();
    for _ in 0..2 {
        speaker.finalize();
        let answer = reader.until_quiet().await;
        let finals = finals(&answer);
        assert_eq!(finals.len(), 1, "Finalize without audio was answered by {} finals", finals.len());
        assert_eq!(finals[0].text, "", "nothing was said, and yet something was understood");
    }
}

/// Finals may also come on their own; each covers audio that no other final covers.
pub async fn each_final_covers_audio_that_no_other_final_covers(subject: SttSubject) {
    let Some((utterance, said)) = subject.known("each_final_covers_audio_that_no_other_final_covers") else {
        return;
    };
    let (mut speaker, mut reader) = subject.start();
    for round in 1..=3 {
        let events = say_and_finalize(&mut speaker, &mut reader, &utterance).await;
        let heard = text_of(&events);
        assert_understood(&said, &heard);
        assert!(
            words(&heard).len() < said.len() + said.len().div_ceil(2) + 1,
            "utterance {round} was given together with an earlier one: {heard:?}"
        );
    }
}

/// A partial replaces the one before it and covers what comes after the last final.
pub async fn a_partial_replaces_the_one_before_it(subject: SttSubject) {
    if !subject.provider.capabilities().partials {
        return;
    }
    let Some((utterance, said)) = subject.known("a_partial_replaces_the_one_before_it") else { return };
    let (mut speaker, mut reader) = subject.start();
    for round in 1..=2 {
        let events = say_and_finalize(&mut speaker, &mut reader, &utterance).await;
        let mut fullest = 0;
        let mut final_words = 0;
        for event in &events {
            match event {
                SttEvent::Partial(partial) => {
                    let count = words(&partial.text).len();
                    assert!(
                        count < said.len() + said.len().div_ceil(2) + 1,
                        "a partial of utterance {round} still holds an earlier one: {:?}",
                        partial.text
                    );
                    fullest = fullest.max(count);
                }
                SttEvent::Final(last) => final_words = final_words.max(words(&last.text).len()),
                _ => {}
            }
        }
        assert!(
            fullest * 2 >= final_words,
            "the fullest partial has {fullest} words, the final {final_words}: partials are \
             to hold all since the last final, not what was added"
        );
    }
}

/// Partials come if and only if the capabilities promise them.
pub async fn partials_come_if_and_only_if_they_are_promised(subject: SttSubject) {
    let promised = subject.provider.capabilities().partials;
    if promised && subject.utterance.is_none() {
        skipped("partials_come_if_and_only_if_they_are_promised", "the subject has no utterance");
        return;
    }
    let (mut speaker, mut reader) = subject.start();
    let events = say_and_finalize(&mut speaker, &mut reader, &subject.speech()).await;
    let came = events.iter().any(|event| matches!(event, SttEvent::Partial(_)));
    assert_eq!(came, promised, "partials promised: {promised}; partials came: {came}");
}

/// Turn signals come only from a recognizer that says it judges turns.
pub async fn turn_signals_come_only_if_they_are_promised(subject: SttSubject) {
    if subject.provider.capabilities().turns {
        return;
    }
    let (mut speaker, mut reader) = subject.start();
    speaker.say(&subject.speech());
    speaker.pause(Duration::from_secs(3));
    speaker.finalize();
    for event in reader.until_quiet().await {
        assert!(!matches!(event, SttEvent::Turn(_)), "{event:?} from a recognizer that judges no turns");
    }
}

/// Words carry times on the session timeline if the capabilities promise them.
pub async fn words_have_times_if_they_are_promised(subject: SttSubject) {
    if !subject.provider.capabilities().word_times {
        return;
    }
    let Some((utterance, _)) = subject.known("words_have_times_if_they_are_promised") else { return };
    let (mut speaker, mut reader) = subject.start();
    let mut from = SessionTime::ZERO;
    for _ in 0..2 {
        speaker.pause(Duration::from_secs(1));
        let events = say_and_finalize(&mut speaker, &mut reader, &utterance).await;
        let timed: Vec<_> = finals(&events).into_iter().flat_map(|transcript| &transcript.words).collect();
        assert!(!timed.is_empty(), "words with times are promised, and there are none");
        for word in timed {
            assert!(word.start <= word.end, "{word:?} ends before it begins");
            assert!(
                word.end >= from && word.end <= speaker.now() + Duration::from_millis(100),
                "{word:?} lies outside of what was said between {from} and {}",
                speaker.now()
            );
        }
        from = speaker.now();
    }
}

/// Frames arrive in order and without gaps; how long each is does not matter.
pub async fn the_length_of_frames_does_not_matter(subject: SttSubject) {
    let Some((utterance, said)) = subject.known("the_length_of_frames_does_not_matter") else { return };
    for millis in [10, 37, 200] {
        let (mut speaker, mut reader) = subject.start();
        speaker.frame = Duration::from_millis(millis);
        let events = say_and_finalize(&mut speaker, &mut reader, &utterance).await;
        assert_understood(&said, &text_of(&events));
    }
}

/// Hints and options may change on the way.
pub async fn hints_and_options_may_change_on_the_way(subject: SttSubject) {
    let (mut speaker, mut reader) = subject.start();
    let expected = [
        Expected::Digits { min: 1, max: 12 },
        Expected::YesNo,
        Expected::OneOf(vec!["left".to_owned(), "right".to_owned()]),
        Expected::OneOf(Vec::new()),
        Expected::Date,
        Expected::Time,
        Expected::Name,
        Expected::Email,
        Expected::Anything,
    ];
    for expected in expected {
        let phrases = vec!["Rooh".to_owned(), String::new(), "naïve café".to_owned()];
        speaker.put(SttInput::Hints(Hints { expected: expected.clone(), phrases }));
        speaker.put(SttInput::Options(Options::new()));
        let events = say_and_finalize(&mut speaker, &mut reader, &subject.speech()).await;
        assert!(!finals(&events).is_empty(), "no final came after the hint {expected:?}");
    }
}

/// An inlet that ends, ends the stream.
pub async fn an_inlet_that_ends_ends_the_stream(subject: SttSubject) {
    let (speaker, mut reader) = subject.start();
    drop(speaker);
    reader.rest(Duration::ZERO).await;

    let (mut speaker, mut reader) = subject.start();
    speaker.say(&subject.speech());
    speaker.finalize();
    drop(speaker);
    let events = reader.rest(Duration::ZERO).await;
    assert!(!finals(&events).is_empty(), "the inlet ended right after Finalize, which was not answered");
}

/// What was heard until the inlet ended is given as a last final.
pub async fn what_was_heard_until_the_end_is_given_as_a_last_final(subject: SttSubject) {
    let case = "what_was_heard_until_the_end_is_given_as_a_last_final";
    let Some((utterance, said)) = subject.known(case) else { return };
    let (mut speaker, mut reader) = subject.start();
    speaker.say(&utterance);
    drop(speaker);
    let events = reader.rest(Duration::ZERO).await;
    assert_understood(&said, &text_of(&events));
}

/// No event is lost when the reader is slow.
pub async fn no_event_is_lost_when_the_reader_is_slow(subject: SttSubject) {
    let mut heard = Vec::new();
    for pause in [Duration::ZERO, Duration::from_millis(70)] {
        let (mut speaker, mut reader) = subject.start();
        for _ in 0..3 {
            speaker.say(&subject.speech());
            speaker.finalize();
        }
        drop(speaker);
        let events = reader.rest(pause).await;
        let texts: Vec<String> = finals(&events).iter().map(|transcript| transcript.text.clone()).collect();
        assert!(texts.len() >= 3, "a reader that waits {pause:?} got {} of 3 finals", texts.len());
        heard.push(texts);
    }
    if !subject.terms.varies {
        assert_eq!(heard[0], heard[1], "a slow reader got other finals than a fast one");
    }
}

/// Dropping the stream ends the work and closes what was opened for it.
pub async fn dropping_the_stream_ends_the_work(subject: SttSubject) {
    let behind = Behind::look(&subject.terms);
    for pause in [0, 1, 60] {
        let (mut speaker, mut reader) = subject.start();
        speaker.say(&subject.speech());
        speaker.finalize();
        let reading = reader.until_quiet();
        // Whatever comes meanwhile: the stream is dropped in the middle of it.
        let _ = tokio::time::timeout(Duration::from_millis(pause), reading).await;
        drop(reader);
        behind.assert_closed().await;
        assert!(speaker.feed.is_closed(), "the inlet is still held after the stream was dropped");
    }
    let (mut speaker, mut reader) = subject.start();
    let events = say_and_finalize(&mut speaker, &mut reader, &subject.speech()).await;
    assert!(!finals(&events).is_empty(), "after a stream was dropped, a new one gives no final");
}

/// Two streams of one provider do not hear each other.
pub async fn two_streams_do_not_hear_each_other(subject: SttSubject) {
    let (mut first, mut first_reader) = subject.start();
    let (second, mut second_reader) = subject.start();
    first.say(&subject.speech());
    first.finalize();
    second.finalize();
    let (events, other) = futures::join!(first_reader.until_quiet(), second_reader.until_quiet());
    // Asked again, now that the first one has understood.
    second.finalize();
    for other in [other, second_reader.until_quiet().await] {
        assert_eq!(finals(&other).len(), 1, "the second stream was not answered once");
        assert_eq!(text_of(&other), "", "the second stream heard what was said to the first");
    }
    assert!(!finals(&events).is_empty(), "the first stream was not answered");
    if let Some(utterance) = &subject.utterance {
        assert_understood(&words(&utterance.text), &text_of(&events));
    }
}

/// Calling `load` again is harmless, and so is never calling it.
pub async fn loading_twice_or_never_is_harmless(subject: SttSubject) {
    let provider = &subject.provider;
    for _ in 0..2 {
        assert_loads(&subject.terms, provider.load()).await;
    }
    for _ in 0..2 {
        let (mut speaker, mut reader) = subject.start();
        let events = say_and_finalize(&mut speaker, &mut reader, &subject.speech()).await;
        assert!(!finals(&events).is_empty(), "no final came");
        provider.unload();
        provider.unload();
    }
}

/// An error is the last event, and of the kind that tells the caller what to do.
pub async fn an_error_is_the_last_event_and_of_the_right_kind(subject: SttSubject) {
    for (kind, provider) in &subject.failing {
        let (feed, inlet) = inlet(QUEUE);
        let mut speaker = Speaker::new(feed, provider.capabilities().format);
        speaker.say(&Utterance::babble(speaker.format));
        speaker.finalize();
        drop(speaker);
        assert_fails(&subject.terms, provider.transcribe(subject.request(), inlet), *kind).await;
    }
}
