//! Speech to try a recognizer on: a person's prompts, Flite's voices, and what to measure with.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::expect::{Expected, Hints};
use rooh_core::stream::{Feed, inlet};
use rooh_core::stt::{SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use rooh_core::tts::{TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{ErrorKind, Result};
use rooh_stt_pocketsphinx::Pocketsphinx;
use rooh_tts_flite::Flite;

/// Prompts that a person spoke, 16 kHz, from the package `asterisk-core-sounds-en-g722`.
const PROMPTS: &str = "/usr/share/asterisk/sounds/en";

/// Whether the recognizer and its model are here; says so if not.
pub(crate) async fn installed() -> bool {
    match Pocketsphinx::default().load().collect().await {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: {error}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

/// A prompt as samples, without the silence around it; `None`, and a word about it, if it is not here.
pub(crate) fn prompt(name: &str) -> Option<Vec<i16>> {
    let file = Path::new(PROMPTS).join(name).with_extension("g722");
    let decoded = file.is_file().then(|| {
        Command::new("ffmpeg")
            .args(["-v", "error", "-f", "g722", "-i"])
            .arg(&file)
            .args(["-f", "s16le", "-ac", "1", "-ar", "16000", "-"])
            .stdin(Stdio::null())
            .output()
    });
    let Some(Ok(output)) = decoded else {
        println!("skipped: no prompt {name}, install asterisk-core-sounds-en-g722 and ffmpeg");
        return None;
    };
    let samples: Vec<i16> =
        output.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let loud = |sample: &i16| sample.unsigned_abs() > 300;
    let first = samples.iter().position(loud)?.saturating_sub(480);
    let last = (samples.iter().rposition(loud)? + 480).min(samples.len());
    Some(samples[first..last].to_vec())
}

/// What Flite's default voice makes of a text, or `None` if Flite is not here.
pub(crate) async fn spoken(flite: &Flite, text: &str) -> Option<Vec<i16>> {
    let (feed, clauses) = inlet(1);
    feed.send(text.to_owned()).await;
    drop(feed);
    match flite.synthesize(TtsRequest::default(), clauses).collect().await {
        Ok(events) => Some(
            events
                .into_iter()
                .filter_map(|event| match event {
                    TtsEvent::Audio(frame) => Some(frame.samples().to_vec()),
                    _ => None,
                })
                .flatten()
                .collect(),
        ),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

pub(crate) fn silence(millis: usize) -> Vec<i16> {
    vec![0; millis * 16]
}

/// Random numbers that are the same each time.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits fit") % below
    }
}

/// One session with the recognizer, fed in frames of 20 ms.
pub(crate) struct Session {
    feed: Feed<SttInput>,
    events: rooh_core::stream::Events<SttEvent>,
    at: SessionTime,
    pub(crate) partials: Vec<String>,
    pub(crate) finalize: Vec<Duration>,
    pub(crate) audio: Duration,
    pub(crate) busy: Duration,
}

impl Session {
    pub(crate) fn new(recognizer: &Pocketsphinx, expected: Expected) -> Self {
        let (feed, inlet) = inlet(100_000);
        let hints = Hints { expected, ..Default::default() };
        let request = SttRequest { hints, ..Default::default() };
        Self {
            feed,
            events: recognizer.transcribe(request, inlet),
            at: SessionTime::ZERO,
            partials: Vec::new(),
            finalize: Vec::new(),
            audio: Duration::ZERO,
            busy: Duration::ZERO,
        }
    }

    pub(crate) async fn send(&mut self, input: SttInput) {
        self.feed.send(input).await;
    }

    pub(crate) fn hear(&mut self, samples: &[i16]) {
        for samples in samples.chunks(320) {
            let frame = AudioFrame::new(samples, AudioFormat::WIDEBAND, self.at);
            self.at = frame.end();
            self.audio += frame.duration();
            assert!(self.feed.try_send(SttInput::Audio(frame)).is_ok(), "there is room");
        }
    }

    /// Lets the recognizer work off what it was sent, then asks for the final.
    pub(crate) async fn finish(&mut self) -> Result<Transcript> {
        let started = computed();
        // On a current-thread runtime, where computing happens in place, the stream is pending
        // only once everything was worked off.
        loop {
            tokio::select! {
                biased;
                event = self.events.next() => match event {
                    Some(Ok(SttEvent::Partial(partial))) => self.partials.push(partial.text),
                    Some(Err(error)) => return Err(error),
                    other => panic!("unexpected {other:?}"),
                },
                () = std::future::ready(()) => break,
            }
        }
        let asked = computed();
        self.feed.send(SttInput::Finalize).await;
        let transcript = loop {
            match self.events.next().await {
                Some(Ok(SttEvent::Final(transcript))) => break transcript,
                Some(Ok(SttEvent::Partial(partial))) => self.partials.push(partial.text),
                Some(Err(error)) => return Err(error),
                other => panic!("unexpected {other:?}"),
            }
        };
        self.finalize.push(computed() - asked);
        self.busy += computed() - started;
        Ok(transcript)
    }

    pub(crate) async fn close(self) -> Vec<SttEvent> {
        drop(self.feed);
        self.events.collect().await.expect("the stream ends well")
    }
}

/// How many changes turn one row into another.
pub(crate) fn distance<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The words of a text, lower case, without punctuation.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How long this thread has computed, which other work on the machine does not change; the
/// clock, where the system does not say.
pub(crate) fn computed() -> Duration {
    let own = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = own.and_then(|text| text.split(' ').next()?.parse().ok());
    static STARTED: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    nanos.map_or_else(|| STARTED.elapsed(), Duration::from_nanos)
}

/// The value that `part` of all are not above.
pub(crate) fn quantile(mut all: Vec<Duration>, percent: usize) -> Duration {
    all.sort();
    all[(all.len() * percent / 100).min(all.len() - 1)]
}
