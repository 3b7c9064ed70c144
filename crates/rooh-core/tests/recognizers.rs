//! Recognizers that break, and the layer that brings them back: words are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::layer::SttFallback;
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::{Noise, ToneStt, speech};
use tokio::time::{Instant, sleep, sleep_until};

const FRAME: Duration = Duration::from_millis(20);
const FORMAT: AudioFormat = AudioFormat::WIDEBAND;

fn cut() -> Error {
    Error::new(ErrorKind::Network, "the connection broke")
}

/// What a stream does.
#[derive(Clone, Debug)]
enum Fate {
    /// Breaks after so long, whatever it is about to say.
    Breaks(Duration),
    /// Fails at once.
    Fails(Error),
    /// Takes everything and says nothing.
    Mute,
    /// Works.
    Works,
}

type Fates = Arc<dyn Fn(u32) -> Fate + Send + Sync>;

/// A recognizer each of whose streams has a fate.
#[derive(Clone)]
struct Fated {
    ears: ToneStt,
    fates: Fates,
    streams: Arc<AtomicU32>,
}

impl Fated {
    fn new(ears: ToneStt, fates: impl Fn(u32) -> Fate + Send + Sync + 'static) -> Self {
        Self { ears, fates: Arc::new(fates), streams: Arc::default() }
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

impl SttProvider for Fated {
    fn capabilities(&self) -> SttCapabilities {
        self.ears.capabilities()
    }

    fn transcribe(&self, request: SttRequest, mut audio: Inlet<SttInput>) -> Events<SttEvent> {
        let this = self.clone();
        Events::new(move |mut out| async move {
            let fate = (this.fates)(this.streams.fetch_add(1, Ordering::SeqCst));
            let life = match fate {
                Fate::Fails(error) => return Err(error),
                Fate::Mute => {
                    while audio.next().await.is_some() {}
                    return Ok(());
                }
                Fate::Breaks(life) => life,
                Fate::Works => Duration::from_secs(100_000),
            };
            let end = Instant::now() + life;
            let (feed, inner) = inlet(1_000);
            let mut events = this.ears.transcribe(request, inner);
            let mut feed = Some(feed);
            loop {
                tokio::select! {
                    biased;
                    () = sleep_until(end) => return Err(cut()),
                    event = events.next() => match event {
                        Some(event) => out.emit(event?).await,
                        None => return Ok(()),
                    },
                    input = audio.next(), if feed.is_some() => match input {
                        Some(input) => {
                            if let Some(feed) = &feed {
                                feed.send(input).await;
                            }
                        }
                        None => feed = None,
                    },
                }
            }
        })
    }
}

/// What came of a caller's words.
#[derive(Debug, Default)]
struct Outcome {
    finals: Vec<String>,
    answers: usize,
    failures: usize,
    /// How long each asked final took.
    waits: Vec<Duration>,
    error: Option<Error>,
}

impl Outcome {
    fn words(&self) -> Vec<&str> {
        self.finals.iter().flat_map(|text| text.split_whitespace()).collect()
    }
}

/// A caller who says `words` in sentences, in real time, and asks for a final after each.
async fn call(stt: &SttFallback, words: &[String], seed: u64) -> Outcome {
    let (feed, audio) = inlet(1_500);
    let mut events = stt.transcribe(SttRequest::default(), audio);
    let sentences: Vec<Vec<String>> = {
        let mut random = Noise::new(seed);
        let mut rest = words;
        std::iter::from_fn(|| {
            let (now, later) = rest.split_at((1 + (random.unit() * 8.0) as usize).min(rest.len()));
            rest = later;
            (!now.is_empty()).then(|| now.to_vec())
        })
        .collect()
    };
    let asked = Arc::new(std::sync::Mutex::new(std::collections::VecDeque::new()));
    let times = Arc::clone(&asked);
    let count = sentences.len();
    let speaking = async move {
        let mut at = SessionTime::ZERO;
        let start = Instant::now();
        for sentence in sentences {
            let said = speech::encode(&sentence.join(" "), FORMAT, at);
            let pause = AudioFrame::silence(Duration::from_millis(600), FORMAT, said.end());
            for frame in speech::frames(&said, FRAME).into_iter().chain(speech::frames(&pause, FRAME)) {
                at = frame.end();
                sleep_until(start + at.since_start()).await;
                feed.send(SttInput::Audio(frame)).await;
            }
            times.lock().expect("nobody panics").push_back(Instant::now());
            feed.send(SttInput::Finalize).await;
        }
        // The line stays open until all was answered, as in a call.
        sleep(Duration::from_secs(20)).await;
    };
    let mut outcome = Outcome::default();
    let mut partial = String::new();
    tokio::pin!(speaking);
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = &mut speaking => break,
        };
        match event {
            Some(Ok(SttEvent::Final(transcript))) => {
                let at = asked.lock().expect("nobody panics").pop_front();
                outcome.answers += usize::from(at.is_some());
                outcome.waits.extend(at.map(|at| at.elapsed()));
                outcome.finals.push(transcript.text);
                partial.clear();
            }
            Some(Ok(SttEvent::Partial(transcript))) => partial = transcript.text,
            Some(Ok(SttEvent::ProviderFailed(_))) => outcome.failures += 1,
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                outcome.error = Some(error);
                break;
            }
            None => break,
        }
    }
    if outcome.error.is_none() {
        assert!(outcome.answers <= count);
    }
    outcome
}

fn words(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("w{n}")).collect()
}

fn paused<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be built").block_on(work)
}

/// U1: fifty cuts in a call.
#[test]
fn fifty_cuts_in_a_call_lose_and_double_no_word() {
    let mut waits = Vec::new();
    for seed in 0..10 {
        let ears = ToneStt::new()
            .lag(Duration::from_millis(seed % 7 * 30))
            .finalize_delay(Duration::from_millis(seed % 5 * 60));
        // Half of them give finals by themselves as well, which cross those that are asked for.
        let ears = if seed % 2 == 0 { ears.endpoint(Duration::from_millis(60 + seed * 10)) } else { ears };
        let fated = Fated::new(ears, move |stream| match stream {
            // After six seconds at most, so that fifty fit into the call; one in five at once.
            0..50 => Fate::Breaks(Duration::from_secs_f64(
                (Noise::new(seed * 1_000 + u64::from(stream)).unit() * 7.5 - 1.5).max(0.0),
            )),
            _ => Fate::Works,
        });
        let stt = SttFallback::new().then("ears", fated.clone()).seed(seed);
        let said = words(800);
        let outcome = paused(call(&stt, &said, seed));
        assert!(outcome.error.is_none(), "seed {seed}: {outcome:?}");
        assert_eq!(fated.streams(), 51, "seed {seed}");
        assert_eq!(outcome.failures, 50, "seed {seed}");
        assert_eq!(outcome.words(), said, "seed {seed}: {:?}", outcome.finals);
        waits.extend(outcome.waits);
    }
    waits.sort();
    let p95 = waits[waits.len() * 95 / 100];
    println!("finals: p50 {:?}, p95 {p95:?} of {}", waits[waits.len() / 2], waits.len());
    // Two hundred and forty of these the recognizer itself takes.
    assert!(p95 <= Duration::from_millis(800), "{p95:?}");
}

/// U2: a recognizer that takes audio and says nothing.
#[test]
fn a_mute_recognizer_is_replaced_with_what_it_heard() {
    for seed in 0..20 {
        let mute = Fated::new(ToneStt::new(), |_| Fate::Mute);
        let well = Fated::new(ToneStt::new(), |_| Fate::Works);
        let stt = SttFallback::new().then("mute", mute.clone()).then("well", well.clone()).seed(seed);
        let said = words(30);
        let outcome = paused(call(&stt, &said, seed));
        assert_eq!(outcome.words(), said, "seed {seed}: {outcome:?}");
        assert_eq!((mute.streams(), well.streams()), (1, 1));
        let longest = outcome.waits.iter().max().unwrap();
        assert!(*longest <= Duration::from_secs(3), "seed {seed}: {longest:?}");
    }
}

#[test]
fn noise_that_nobody_understands_is_no_reason_to_go_on_asking() {
    let first = Fated::new(ToneStt::new(), |_| Fate::Works);
    let second = Fated::new(ToneStt::new(), |_| Fate::Works);
    let stt = SttFallback::new().then("first", first.clone()).then("second", second.clone()).seed(1);
    paused(async {
        let (feed, audio) = inlet(1_500);
        let mut events = stt.transcribe(SttRequest::default(), audio);
        let mut random = Noise::new(7);
        let noise = async {
            for n in 0..1_500_u32 {
                let samples: Vec<i16> = (0..320).map(|_| ((random.unit() - 0.5) * 12_000.0) as i16).collect();
                let at = SessionTime::new(FRAME * n);
                feed.send(SttInput::Audio(AudioFrame::new(samples, FORMAT, at))).await;
                sleep(FRAME).await;
            }
        };
        tokio::select! {
            () = noise => {}
            () = async { while events.next().await.is_some() {} } => panic!("it ended"),
        }
    });
    assert!(first.streams() + second.streams() <= 3, "{} and {}", first.streams(), second.streams());
}

/// U9: a key that is refused.
#[test]
fn a_refused_key_is_not_tried_again() {
    let refused = || Fate::Fails(Error::new(ErrorKind::Auth, "no such key"));
    let alone = Fated::new(ToneStt::new(), move |_| refused());
    let stt = SttFallback::new().then("alone", alone.clone()).seed(1);
    let outcome = paused(call(&stt, &words(5), 1));
    assert_eq!(outcome.error.as_ref().map(Error::kind), Some(ErrorKind::Auth));
    let again = paused(call(&stt, &words(5), 2));
    assert_eq!(again.error.as_ref().map(Error::kind), Some(ErrorKind::Auth));
    assert_eq!(alone.streams(), 1);

    let refused = || Fate::Fails(Error::new(ErrorKind::Auth, "no such key"));
    let first = Fated::new(ToneStt::new(), move |_| refused());
    let second = Fated::new(ToneStt::new(), |_| Fate::Works);
    let stt = SttFallback::new().then("first", first.clone()).then("second", second.clone()).seed(1);
    for seed in 0..3 {
        let said = words(20);
        assert_eq!(paused(call(&stt, &said, seed)).words(), said);
    }
    assert_eq!((first.streams(), second.streams()), (1, 3));
}

/// U7: a minute without the vendor, for many calls.
#[test]
fn an_outage_is_waited_for_without_a_storm() {
    const CALLS: u64 = 500;
    let outage = (Duration::from_secs(10), Duration::from_secs(70));
    paused(async move {
        let start = Instant::now();
        let tries: Arc<std::sync::Mutex<Vec<Duration>>> = Arc::default();
        let seen = Arc::clone(&tries);
        let ears = Fated::new(ToneStt::new(), move |_| {
            let now = start.elapsed();
            seen.lock().unwrap().push(now);
            match now >= outage.0 && now < outage.1 {
                true => Fate::Fails(cut()),
                false if now < outage.0 => Fate::Breaks(outage.0 - now),
                false => Fate::Works,
            }
        });
        let stt = Arc::new(SttFallback::new().then("ears", ears).seed(3));
        let mut calls = tokio::task::JoinSet::new();
        for call in 0..CALLS {
            let stt = SttFallback::clone(&stt).seed(call);
            calls.spawn(async move {
                let (feed, audio) = inlet(1_500);
                let mut events = stt.transcribe(SttRequest::default(), audio);
                let speaking = async {
                    for n in 0..200_u32 {
                        let length = Duration::from_millis(500);
                        let frame = AudioFrame::silence(length, FORMAT, SessionTime::new(length * n));
                        feed.send(SttInput::Audio(frame)).await;
                        sleep(length).await;
                    }
                };
                tokio::select! {
                    () = speaking => {}
                    () = async { while events.next().await.is_some() {} } => panic!("it ended"),
                }
            });
        }
        while calls.join_next().await.is_some_and(|call| call.is_ok()) {}
        let tries = tries.lock().unwrap().clone();
        let between =
            |from: Duration, to: Duration| tries.iter().filter(|at| **at >= from && **at < to).count();
        let during = between(outage.0, outage.1);
        let after = between(outage.1, Duration::from_secs(1_000));
        let burst = (0..600).map(|n| outage.1 + Duration::from_millis(n * 20));
        let burst = burst.map(|at| between(at, at + Duration::from_millis(100))).max().unwrap();
        // Whoever comes second finds the circuit closed.
        let mut well: Vec<Duration> = tries.iter().filter_map(|at| at.checked_sub(outage.1)).collect();
        well.sort();
        let last = tries.iter().max().unwrap().saturating_sub(outage.1);
        println!(
            "{during} tries in the outage, {after} after it, {burst} at most in 100 ms, closed after {:?}, the last {last:?} after it",
            well[1]
        );
        assert!(well[1] <= Duration::from_secs(5), "{well:?}");
        assert_eq!(after, CALLS as usize);
        assert!(during <= CALLS as usize / 5, "{during}");
        assert!(burst <= CALLS as usize / 20, "{burst}");
        assert!(last <= Duration::from_secs(13), "{last:?}");
    });
}
