//! The contract of voices, sentence by sentence.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, level_db};
use rooh_core::ErrorKind;
use rooh_core::stream::{Feed, inlet};
use rooh_core::tts::{Spoken, TtsEvent, TtsProvider, TtsRequest};

use super::reading::{Behind, Reader, assert_fails, assert_loads, words};
use super::subject::{into_subject, terms};
use super::{Terms, is_live, suite};

suite! { $
    /// Makes a test of each sentence of the contract of voices; see [`contract`](crate::contract).
    tts_contract, tts, TtsSubject:
    nothing_happens_before_the_first_poll,
    clauses_are_spoken_in_the_order_in_which_they_come,
    every_clause_is_spoken_once,
    frames_are_in_the_promised_format_and_can_be_heard,
    spoken_comes_before_or_with_the_audio_that_it_marks,
    spoken_never_goes_back_and_never_leaves_the_text,
    spoken_marks_words_if_that_is_promised,
    a_clause_without_anything_to_pronounce_yields_no_audio,
    no_clause_is_an_error,
    an_inlet_that_ends_ends_the_stream_once_all_was_spoken,
    no_event_is_lost_when_the_reader_is_slow,
    a_slow_reader_holds_the_work_back,
    dropping_the_stream_ends_the_work,
    two_streams_do_not_mix,
    loading_twice_or_never_is_harmless,
    an_error_is_the_last_event_and_of_the_right_kind,
}

type Listener = Arc<dyn Fn(&[AudioFrame]) -> String + Send + Sync>;

/// A voice, and what the suite may know about it.
#[derive(Clone)]
pub struct TtsSubject {
    provider: Arc<dyn TtsProvider>,
    clauses: [String; 3],
    listener: Option<Listener>,
    failing: Vec<(ErrorKind, Arc<dyn TtsProvider>)>,
    terms: Terms,
}

terms!(TtsSubject);
into_subject!(TtsSubject, TtsProvider);

impl TtsSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl TtsProvider) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a provider that is shared already.
    pub fn shared(provider: Arc<dyn TtsProvider>) -> Self {
        Self {
            provider,
            clauses: [
                "Yesterday the old baker opened the shop before anybody else was awake.".to_owned(),
                "No.".to_owned(),
                "Then she went home again.".to_owned(),
            ],
            listener: None,
            failing: Vec::new(),
            terms: Terms::default(),
        }
    }

    /// Speaks these clauses, for voices that do not speak English: a long one, a short one, and a
    /// third that is like neither.
    #[must_use]
    pub fn clauses(mut self, clauses: [&str; 3]) -> Self {
        self.clauses = clauses.map(str::to_owned);
        self
    }

    /// Gives the suite ears for what the voice says; without them it compares loudness over time.
    #[must_use]
    pub fn heard_by(mut self, ears: impl Fn(&[AudioFrame]) -> String + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(ears));
        self
    }

    /// Adds a provider that has to fail with this kind of error, for example one with a wrong key.
    #[must_use]
    pub fn failing(mut self, kind: ErrorKind, provider: impl TtsProvider) -> Self {
        self.failing.push((kind, Arc::new(provider)));
        self
    }

    fn start(&self) -> (Feed<String>, Reader<TtsEvent>) {
        let (feed, inlet) = inlet(256);
        let events = self.provider.synthesize(TtsRequest::default(), inlet);
        (feed, Reader::new(events, &self.terms))
    }

    /// Speaks the clauses to the end.
    async fn speak(&self, clauses: &[&str]) -> Vec<TtsEvent> {
        let (feed, mut reader) = self.start();
        for clause in clauses {
            put(&feed, clause);
        }
        drop(feed);
        reader.rest(Duration::ZERO).await
    }

    fn first(&self) -> &str {
        &self.clauses[0]
    }
}

impl fmt::Debug for TtsSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtsSubject").field("provider", &self.provider).finish_non_exhaustive()
    }
}

fn put(feed: &Feed<String>, clause: &str) {
    assert!(
        feed.try_send(clause.to_owned()).is_ok(),
        "the stream let go of its inlet before the inlet ended"
    );
}

fn frames(events: &[TtsEvent]) -> Vec<AudioFrame> {
    events
        .iter()
        .filter_map(|event| match event {
            TtsEvent::Audio(frame) => Some(frame.clone()),
            _ => None,
        })
        .collect()
}

fn samples(events: &[TtsEvent]) -> Vec<i16> {
    frames(events).iter().flat_map(|frame| frame.samples()).copied().collect()
}

fn length(events: &[TtsEvent]) -> Duration {
    frames(events).iter().map(AudioFrame::duration).sum()
}

/// Loudness in steps of 20 ms, without the silence at the end.
fn envelope(samples: &[i16], format: AudioFormat) -> Vec<f32> {
    let step = format.samples_in(Duration::from_millis(20)).max(1);
    samples.chunks(step).map(|part| level_db(part).max(-60.0)).collect()
}

/// How far two beginnings are apart, in decibels on average.
fn distance(one: &[f32], other: &[f32]) -> f32 {
    let common = one.len().min(other.len()).max(1);
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<f32>() / common as f32
}

/// Nothing is connected, loaded or computed before the stream is first polled.
pub async fn nothing_happens_before_the_first_poll(subject: TtsSubject) {
    let behind = Behind::look(&subject.terms);
    let (feed, inlet) = inlet(256);
    let request = TtsRequest { trace: behind.trace(), ..TtsRequest::default() };
    let events = subject.provider.synthesize(request, inlet);
    put(&feed, subject.first());
    behind.assert_untouched().await;
    assert_eq!(feed.len(), 1, "the inlet was read before the stream was polled");
    drop(events);
}

/// Clauses are spoken in the order in which they come.
pub async fn clauses_are_spoken_in_the_order_in_which_they_come(subject: TtsSubject) {
    let [first, second, third] = &subject.clauses;
    let all = subject.speak(&[first, second, third]).await;
    if let Some(listener) = &subject.listener {
        let heard = words(&listener(&frames(&all)));
        assert_eq!(heard, words(&subject.clauses.join(" ")), "not what was to be said");
        return;
    }
    // Without ears: the whole begins like its first clause, not like its last.
    let format = subject.provider.capabilities().format;
    let all = envelope(&samples(&all), format);
    let head = envelope(&samples(&subject.speak(&[first]).await), format);
    let tail = envelope(&samples(&subject.speak(&[third]).await), format);
    let compared = head.len().min(tail.len());
    let (head, tail) = (distance(&all, &head[..compared]), distance(&all, &tail[..compared]));
    assert!(
        head < tail,
        "what was said begins like its last clause ({tail:.1} dB apart), not like its first ({head:.1} dB)"
    );
}

/// Every clause is spoken, and none twice.
pub async fn every_clause_is_spoken_once(subject: TtsSubject) {
    let [first, second, third] = &subject.clauses;
    let together = length(&subject.speak(&[first, second, third]).await).as_secs_f32();
    let mut apart = 0.0;
    for clause in [first, second, third] {
        apart += length(&subject.speak(&[clause]).await).as_secs_f32();
    }
    let shortest = length(&subject.speak(&[second]).await).as_secs_f32();
    // Pauses between clauses may differ, but not by a whole clause of any size.
    let slack = if subject.terms.varies { apart * 0.3 } else { (apart * 0.1).max(shortest * 0.6) };
    assert!(
        (together - apart).abs() <= slack,
        "three clauses take {together:.2} s together and {apart:.2} s one by one"
    );
}

/// Frames are in the promised format and can be heard.
pub async fn frames_are_in_the_promised_format_and_can_be_heard(subject: TtsSubject) {
    let events = subject.speak(&[subject.first()]).await;
    let format = subject.provider.capabilities().format;
    for frame in frames(&events) {
        assert_eq!(frame.format(), format, "a frame is not in the format of the capabilities");
    }
    let level = level_db(&samples(&events));
    assert!(level > -60.0, "the audio of a whole sentence has {level:.0} dB, which nobody hears");
}

/// A `Spoken` comes before or with the audio that it marks, never after later audio.
pub async fn spoken_comes_before_or_with_the_audio_that_it_marks(subject: TtsSubject) {
    let [first, second, third] = &subject.clauses;
    let events = subject.speak(&[first, second, third]).await;
    let mut yielded = Duration::ZERO;
    let mut marked = Duration::ZERO;
    for event in &events {
        match event {
            TtsEvent::Audio(frame) => yielded += frame.duration(),
            TtsEvent::Spoken(Spoken { audio, text }) => {
                marked = *audio;
                assert!(
                    yielded <= *audio + ROUNDING,
                    "text up to byte {text} was marked as spoken at {audio:?}, after {yielded:?} of audio"
                );
            }
            _ => {}
        }
    }
    assert!(
        marked <= yielded + ROUNDING,
        "text is marked at {marked:?}, but there is only {yielded:?} of audio"
    );
}

/// What rounding to whole samples may cost.
const ROUNDING: Duration = Duration::from_millis(1);

/// Neither number of a `Spoken` ever goes back, and its text lies within what was to be said.
pub async fn spoken_never_goes_back_and_never_leaves_the_text(subject: TtsSubject) {
    let text = subject.clauses.concat();
    let ends: Vec<usize> = subject
        .clauses
        .iter()
        .scan(0, |end, clause| {
            *end += clause.len();
            Some(*end)
        })
        .collect();
    let clauses: Vec<&str> = subject.clauses.iter().map(String::as_str).collect();
    let mut last = Spoken { text: 0, audio: Duration::ZERO };
    for event in subject.speak(&clauses).await {
        let TtsEvent::Spoken(spoken) = event else { continue };
        assert!(spoken.text >= last.text && spoken.audio >= last.audio, "{spoken:?} came after {last:?}");
        assert!(
            spoken.text <= text.len(),
            "{spoken:?} lies outside of the text, which has {} bytes",
            text.len()
        );
        assert!(text.is_char_boundary(spoken.text), "{spoken:?} lies inside a character");
        let (before, after) = text.split_at(spoken.text);
        let inside = before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric);
        assert!(
            !inside || ends.contains(&spoken.text),
            "{spoken:?} lies inside a word: {before:?} | {after:?}"
        );
        last = spoken;
    }
}

/// A voice that promises word times marks its words one by one.
pub async fn spoken_marks_words_if_that_is_promised(subject: TtsSubject) {
    if !subject.provider.capabilities().word_times {
        return;
    }
    let clause = subject.first();
    let count = words(clause).len();
    let mut marks: Vec<usize> = subject
        .speak(&[clause])
        .await
        .into_iter()
        .filter_map(|event| match event {
            TtsEvent::Spoken(spoken) => Some(spoken.text),
            _ => None,
        })
        .collect();
    marks.dedup();
    assert!(marks.len() * 2 > count, "{count} words have {} marks", marks.len());
}

/// A clause without anything to pronounce yields no audio and is no error.
pub async fn a_clause_without_anything_to_pronounce_yields_no_audio(subject: TtsSubject) {
    let (feed, mut reader) = subject.start();
    for clause in ["", " ", "\n\t", "…", "...", "—", "!?", "\"", "()", "\u{200b}"] {
        put(&feed, clause);
        let length = length(&reader.until_quiet().await);
        assert!(length.is_zero(), "{clause:?} yields {length:?} of audio");
    }
    put(&feed, subject.first());
    drop(feed);
    let rest = reader.rest(Duration::ZERO).await;
    assert!(!length(&rest).is_zero(), "after clauses without anything to pronounce it fell silent");
}

/// No clause is an error, however odd; what can be said is said.
pub async fn no_clause_is_an_error(subject: TtsSubject) {
    let long = "and on it goes ".repeat(60);
    let odd = [
        "👩‍👩‍👧 🎉",
        "日本語です。",
        "مرحبا",
        "a\0b\u{7}c",
        "<speak>&amp;</speak>",
        "{\"text\": \"hello\"}",
        "1234567890123456789012345678901234567890",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "e\u{301}\u{301}\u{301}\u{301}",
        long.as_str(),
        subject.first(),
    ];
    let events = subject.speak(&odd).await;
    let usual = subject.speak(&[subject.first()]).await;
    assert!(length(&events) >= length(&usual) / 2, "a usual clause was not spoken after odd ones");
}

/// An inlet that ends, ends the stream, once all that came was spoken.
pub async fn an_inlet_that_ends_ends_the_stream_once_all_was_spoken(subject: TtsSubject) {
    let nothing = subject.speak(&[]).await;
    assert!(length(&nothing).is_zero(), "audio came, and there was nothing to say");

    // The inlet ends while the first clause is being spoken.
    let [first, _, third] = &subject.clauses;
    let (feed, mut reader) = subject.start();
    put(&feed, first);
    let mut events = Vec::new();
    events.extend(reader.next("the first event of a clause").await);
    put(&feed, third);
    drop(feed);
    events.extend(reader.rest(Duration::ZERO).await);
    let all = length(&events).as_secs_f32();
    let alone = length(&subject.speak(&[first]).await).as_secs_f32();
    assert!(all > alone * 1.05, "what came last was not spoken: {all:.2} s, the first alone {alone:.2} s");
}

/// No event is lost when the reader is slow.
pub async fn no_event_is_lost_when_the_reader_is_slow(subject: TtsSubject) {
    let pause = if is_live() { Duration::from_millis(5) } else { Duration::from_millis(150) };
    let mut heard = Vec::new();
    for pause in [Duration::ZERO, pause] {
        let (feed, mut reader) = subject.start();
        for clause in &subject.clauses {
            put(&feed, clause);
        }
        drop(feed);
        heard.push(samples(&reader.rest(pause).await));
    }
    if subject.terms.varies {
        let (fast, slow) = (heard[0].len() as f32, heard[1].len() as f32);
        assert!((fast - slow).abs() < fast * 0.3, "a slow reader got {slow} samples, a fast one {fast}");
    } else {
        assert_eq!(heard[0].len(), heard[1].len(), "a slow reader got another number of samples");
        assert!(heard[0] == heard[1], "a slow reader got other samples than a fast one");
    }
}

/// A slow reader holds the work back.
pub async fn a_slow_reader_holds_the_work_back(subject: TtsSubject) {
    let (feed, mut reader) = subject.start();
    for _ in 0..64 {
        put(&feed, subject.first());
    }
    reader.next("the first event of 64 clauses").await;
    tokio::time::sleep(subject.terms.settle).await;
    reader.next("the second event of 64 clauses").await;
    assert!(
        !feed.is_empty(),
        "64 clauses were taken before the reader had taken three events; a voice that runs ahead \
         costs money for what nobody may hear"
    );
}

/// Dropping the stream ends the work and closes what was opened for it.
pub async fn dropping_the_stream_ends_the_work(subject: TtsSubject) {
    let behind = Behind::look(&subject.terms);
    for taken in 0..3 {
        let (feed, mut reader) = subject.start();
        put(&feed, subject.first());
        put(&feed, subject.first());
        for _ in 0..taken {
            reader.next("audio of a clause").await;
        }
        // Polled once more, so that the stream is dropped in the middle of its work.
        let _ = tokio::time::timeout(Duration::from_millis(1), reader.next("audio")).await;
        drop(reader);
        behind.assert_closed().await;
        assert!(feed.is_closed(), "the inlet is still held after the stream was dropped");
    }
    let events = subject.speak(&[subject.first()]).await;
    assert!(!length(&events).is_zero(), "after a stream was dropped, a new one says nothing");
}

/// Two streams of one provider do not mix.
pub async fn two_streams_do_not_mix(subject: TtsSubject) {
    let [first, _, third] = &subject.clauses;
    let (one, two) = (subject.speak(&[first]).await, subject.speak(&[third]).await);
    let (first, third) = ([first.as_str()], [third.as_str()]);
    let (at_once, too) = futures::join!(subject.speak(&first), subject.speak(&third));
    if !subject.terms.varies {
        assert!(samples(&one) == samples(&at_once), "a clause sounds different while another is spoken");
        assert!(samples(&two) == samples(&too), "a clause sounds different while another is spoken");
    }
    assert!(!length(&at_once).is_zero() && !length(&too).is_zero(), "one of two streams said nothing");
}

/// Calling `load` again is harmless, and so is never calling it.
pub async fn loading_twice_or_never_is_harmless(subject: TtsSubject) {
    for _ in 0..2 {
        assert_loads(&subject.terms, subject.provider.load()).await;
    }
    for _ in 0..2 {
        let events = subject.speak(&[subject.first()]).await;
        assert!(!length(&events).is_zero(), "nothing was said");
        subject.provider.unload();
        subject.provider.unload();
    }
}

/// An error is the last event, and of the kind that tells the caller what to do.
pub async fn an_error_is_the_last_event_and_of_the_right_kind(subject: TtsSubject) {
    for (kind, provider) in &subject.failing {
        let (feed, inlet) = inlet(256);
        put(&feed, subject.first());
        drop(feed);
        assert_fails(&subject.terms, provider.synthesize(TtsRequest::default(), inlet), *kind).await;
    }
}
