//! Voices that break off, and the layer that says the rest: words are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::layer::TtsFallback;
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::tts::{Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::{Noise, ToneTts, speech};

fn cut() -> Error {
    Error::new(ErrorKind::Network, "the connection broke")
}

/// What a stream does.
#[derive(Clone, Debug)]
enum Fate {
    /// Breaks after so many events.
    Breaks(u64),
    /// Goes on for ever.
    Endless,
    /// Ends in peace after so many events.
    Ends(u64),
    /// Fails at once.
    Fails(Error),
    /// Says nothing after so many events, and does not end.
    Stalls(u64),
    Works,
    /// Speaks in another format than it said.
    Wrong,
}

/// A voice each of whose streams has a fate.
#[derive(Clone)]
struct Fated {
    voice: ToneTts,
    fates: Arc<dyn Fn(u32) -> Fate + Send + Sync>,
    streams: Arc<AtomicU32>,
}

impl Fated {
    fn new(voice: ToneTts, fates: impl Fn(u32) -> Fate + Send + Sync + 'static) -> Self {
        Self { voice, fates: Arc::new(fates), streams: Arc::default() }
    }

    fn streams(&self) -> u32 {
        self.streams.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for Fated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fated").field("streams", &self.streams()).finish_non_exhaustive()
    }
}

impl TtsProvider for Fated {
    fn capabilities(&self) -> TtsCapabilities {
        self.voice.capabilities()
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let this = self.clone();
        Events::new(move |mut out| async move {
            let fate = (this.fates)(this.streams.fetch_add(1, Ordering::SeqCst));
            let silence = |format| AudioFrame::silence(Duration::from_millis(20), format, SessionTime::ZERO);
            match fate {
                Fate::Fails(error) => return Err(error),
                Fate::Endless => loop {
                    out.emit(TtsEvent::Audio(silence(this.voice.capabilities().format))).await;
                },
                Fate::Wrong => {
                    out.emit(TtsEvent::Audio(silence(AudioFormat::mono(11_025)))).await;
                    return Ok(());
                }
                _ => {}
            }
            let mut events = this.voice.synthesize(request, text);
            let mut count = 0;
            while let Some(event) = events.next().await {
                match fate {
                    Fate::Breaks(after) if count >= after => return Err(cut()),
                    Fate::Ends(after) if count >= after => return Ok(()),
                    Fate::Stalls(after) if count >= after => std::future::pending().await,
                    _ => {}
                }
                count += 1;
                out.emit(event?).await;
            }
            Ok(())
        })
    }
}

/// What came of a reply.
#[derive(Debug, Default)]
struct Outcome {
    words: Vec<String>,
    marks: Vec<Spoken>,
    failures: usize,
    error: Option<Error>,
    audio: Duration,
}

impl Outcome {
    /// The words without those that were said twice in a row, and how many those were.
    fn once(&self) -> (Vec<&str>, usize) {
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        words.dedup();
        let repeated = self.words.len() - words.len();
        (words, repeated)
    }
}

fn say(tts: &TtsFallback, clauses: &[String]) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be built").block_on(async {
        let (feed, text) = inlet(2);
        let mut events = tts.synthesize(TtsRequest::default(), text);
        let mut outcome = Outcome::default();
        let mut frames: Vec<AudioFrame> = Vec::new();
        let telling = async {
            for clause in clauses {
                feed.send(clause.clone()).await;
            }
            drop(feed);
            std::future::pending::<()>().await;
        };
        let hearing = async {
            while let Some(event) = events.next().await {
                match event {
                    Ok(TtsEvent::Audio(frame)) => {
                        assert_eq!(frame.at().since_start(), outcome.audio, "frames follow one another");
                        outcome.audio += frame.duration();
                        frames.push(frame);
                    }
                    Ok(TtsEvent::Spoken(mark)) => outcome.marks.push(mark),
                    Ok(TtsEvent::ProviderFailed(_)) => outcome.failures += 1,
                    Ok(_) => {}
                    Err(error) => outcome.error = Some(error),
                }
            }
        };
        tokio::select! {
            () = telling => {}
            () = hearing => {}
        }
        outcome.words = speech::decode(&frames).split_whitespace().map(str::to_owned).collect();
        outcome
    })
}

/// Clauses of a few words each, and the words.
fn text(count: usize, seed: u64) -> (Vec<String>, Vec<String>) {
    let words: Vec<String> = (0..count).map(|n| format!("wört{n}")).collect();
    let mut random = Noise::new(seed);
    let mut clauses = Vec::new();
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        let (now, later) = rest.split_at((1 + (random.unit() * 7.0) as usize).min(rest.len()));
        clauses.push(now.join(" ") + ". ");
        rest = later;
    }
    let spoken = clauses.concat();
    let words = spoken.split_whitespace().map(str::to_owned).collect();
    (clauses, words)
}

/// U5: cuts anywhere.
#[test]
fn a_reply_that_is_cut_anywhere_is_said_to_its_end() {
    for seed in 0..100 {
        let cuts = 1 + seed % 5;
        let fated = Fated::new(ToneTts::new().word_times(), move |stream| match u64::from(stream) {
            stream if stream < cuts => Fate::Breaks((Noise::new(seed * 100 + stream).unit() * 40.0) as u64),
            _ => Fate::Works,
        });
        let stranger =
            Fated::new(ToneTts::new().word_times().format(AudioFormat::mono(8_000)), |_| Fate::Works);
        let tts = TtsFallback::new().then("voice", fated.clone()).then("stranger", stranger);
        let (clauses, said) = text(30, seed);
        let outcome = say(&tts, &clauses);
        assert!(outcome.error.is_none(), "seed {seed}: {outcome:?}");
        let (heard, repeated) = outcome.once();
        assert_eq!(heard, said, "seed {seed}: {:?}", outcome.words);
        assert!(repeated <= outcome.failures, "seed {seed}: {repeated} words twice, {outcome:?}");
        assert!(outcome.marks.is_sorted_by_key(|mark| mark.text), "seed {seed}");
        assert!(outcome.marks.is_sorted_by_key(|mark| mark.audio), "seed {seed}");
        let all = clauses.concat();
        assert_eq!(outcome.marks.last().map(|mark| mark.text), Some(all.trim_end().len()), "seed {seed}");
    }
}

#[test]
fn a_voice_that_gives_no_marks_goes_on_near_the_place() {
    for seed in 0..100 {
        let fated = Fated::new(ToneTts::new(), move |stream| match stream {
            0 => Fate::Breaks(5 + (Noise::new(seed).unit() * 40.0) as u64),
            _ => Fate::Works,
        });
        let tts = TtsFallback::new().then("voice", fated.clone());
        let (clauses, said) = text(30, seed);
        let outcome = say(&tts, &clauses);
        assert!(outcome.error.is_none(), "seed {seed}: {outcome:?}");
        assert_eq!(fated.streams(), 2);
        // Words of this voice are as long as fewer letters than it is thought to say.
        assert_eq!(outcome.words.last(), said.last(), "seed {seed}");
        assert!(outcome.words.len() + 12 >= said.len(), "seed {seed}: {:?}", outcome.words);
    }
}

#[test]
fn what_is_no_voice_is_replaced() {
    let (clauses, said) = text(20, 1);
    for fate in [
        Fate::Endless,
        Fate::Ends(0),
        Fate::Ends(7),
        Fate::Fails(Error::new(ErrorKind::Auth, "no such key")),
        Fate::Fails(cut()),
        Fate::Stalls(0),
        Fate::Stalls(9),
        Fate::Wrong,
    ] {
        let (bad, told) = (fate.clone(), format!("{fate:?}"));
        let first = Fated::new(ToneTts::new().word_times(), move |_| bad.clone());
        let second = Fated::new(ToneTts::new().word_times(), |_| Fate::Works);
        let tts = TtsFallback::new().then("first", first.clone()).then("second", second);
        let outcome = say(&tts, &clauses);
        assert!(outcome.error.is_none(), "{told}: {outcome:?}");
        let (heard, _) = outcome.once();
        assert_eq!(heard, said, "{told}");
        assert!((1..=20).contains(&outcome.failures), "{told}: {}", outcome.failures);
    }
}

#[test]
fn a_voice_that_is_alone_is_tried_twice_and_a_refused_key_once() {
    let (clauses, _) = text(5, 1);
    for (error, streams) in [(cut(), 2), (Error::new(ErrorKind::Auth, "no such key"), 1)] {
        let kind = error.kind();
        let alone = Fated::new(ToneTts::new(), move |_| Fate::Fails(error.clone()));
        let tts = TtsFallback::new().then("alone", alone.clone());
        let outcome = say(&tts, &clauses);
        assert_eq!(outcome.error.as_ref().map(Error::kind), Some(kind));
        assert_eq!(alone.streams(), streams);
        if kind == ErrorKind::Auth {
            assert_eq!(say(&tts, &clauses).error.map(|error| error.kind()), Some(kind));
            assert_eq!(alone.streams(), streams, "it is not asked again");
        }
    }
}

#[test]
fn text_that_is_not_pronounced_needs_no_sound() {
    let voice = Fated::new(ToneTts::new(), |_| Fate::Works);
    let tts = TtsFallback::new().then("voice", voice.clone());
    let outcome = say(&tts, &["…".to_owned(), " — ".to_owned()]);
    assert!(outcome.error.is_none() && outcome.failures == 0, "{outcome:?}");
    assert_eq!(voice.streams(), 1);
}
