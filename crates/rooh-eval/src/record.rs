//! What is known in each pause of a caller, recorded once, so that many policies can be tried on it.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::Result;
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::vad::VadProvider;
use rooh_floor::{Edge, GateConfig, SpeechGate};
use rooh_words::{Completeness, judge};

use crate::corpus::{Item, Role};
use crate::hearing::Hearing;
use crate::sound::{RATE, at};

/// When in a pause the sound is judged, in seconds: at once, and twice again if it goes on.
///
/// The checkpoints of the engine.
pub const CHECKPOINTS: [f64; 3] = [0.2, 0.5, 1.2];

/// How much of the turn a judge of sounds hears, in seconds: what a session remembers.
const REMEMBERED: f64 = 8.0;

/// How much it hears of what came before the first sound, in seconds.
const BEFORE: f64 = 0.5;

/// How far before the true end of speech a silence may begin that is taken for it, in seconds.
///
/// Detectors lose the last, quiet sound of a word, at most about this much.
const END: f64 = 0.2;

/// A pause as the voice-activity detector saw it. Moments of the pause are counted from
/// [`silent`](Self::silent), in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct PauseRecord {
    /// Since when there is silence, in seconds from the start of the item.
    pub silent: f64,
    /// When the silence was noticed.
    pub noticed: f64,
    /// When it was noticed that the caller, or a noise, went on; `None` if nothing did.
    pub resumed: Option<f64>,
    /// Whether the caller had finished.
    pub is_end: bool,
    /// How long after the true end of the turn the silence began; of an end only.
    pub late: f64,
    /// All that was said before it.
    pub text: String,
    /// From when on the words said what: the first holds from the start.
    pub words: Vec<(f64, Completeness)>,
    /// How likely the end was from the sound at each checkpoint that the pause reached, and when
    /// that was known.
    pub audio: Vec<(f64, f32)>,
}

/// A turn and its pauses.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRecord {
    /// Where it stands in the corpus.
    pub item: usize,
    /// The language.
    pub language: &'static str,
    /// How it sounds, without levels.
    pub condition: &'static str,
    /// The kind of sentence.
    pub family: &'static str,
    /// Whether a person speaks.
    pub is_human: bool,
    /// The kind of answer that was expected: `anything`, `digits`, `digits of known count`, ...
    pub expected: &'static str,
    /// The pauses that were seen, in order; after the end there may be several, if a noise is
    /// taken for speech.
    pub pauses: Vec<PauseRecord>,
}

/// What listens to the corpus.
#[derive(Clone, Debug)]
pub struct Signals {
    /// Who notices speech.
    pub vad: Arc<dyn VadProvider>,
    /// Who judges how a pause sounds, if somebody does.
    pub turn: Option<Arc<dyn TurnDetector>>,
    /// How the recognizer behaves.
    pub hearing: Hearing,
}

/// Records the pauses of all turns among `items`, on as many threads as there are cores.
///
/// The same items and signals give the same records.
///
/// # Errors
///
/// The detector of speech, or the judge of sounds, cannot be loaded or fails.
pub fn record(items: &[Item], signals: &Signals) -> Result<Vec<TurnRecord>> {
    crate::parallel::map(items, |index, item| match item.role {
        Role::Turn => record_turn(index, item, signals).map(Some),
        _ => Ok(None),
    })
    .into_iter()
    .filter_map(Result::transpose)
    .collect()
}

fn record_turn(index: usize, item: &Item, signals: &Signals) -> Result<TurnRecord> {
    let audio = item.audio();
    let edges = edges(&audio, signals)?;
    let runtime = crate::parallel::runtime();
    let speech_end = item.speech_end();
    let heard = signals.hearing.words(item);
    let began = edges.iter().find_map(|(edge, _)| match edge {
        Edge::Started(since) => Some(since.as_secs_f64()),
        Edge::Stopped(_) => None,
    });
    let mut pauses = Vec::new();
    for (place, (edge, noticed_at)) in edges.iter().enumerate() {
        let Edge::Stopped(since) = edge else { continue };
        let silent = since.as_secs_f64();
        let resumed = edges.get(place + 1).map(|(_, noticed)| noticed - silent);
        // Speech that the detector missed to the end of the item ends the turn for everybody.
        let is_end = silent >= speech_end - END || resumed.is_none();
        let mut pause = PauseRecord {
            silent,
            noticed: noticed_at - silent,
            resumed,
            is_end,
            late: silent - speech_end,
            text: text_at(&heard, silent + signals.hearing.partial.as_secs_f64()),
            words: Vec::new(),
            audio: Vec::new(),
        };
        pause.words = classes(item, &heard, &pause);
        if let Some(turn) = &signals.turn {
            let start = (began.unwrap_or(silent) - BEFORE).max(0.0);
            pause.audio = runtime.block_on(judged(item, &audio, start, &pause, &heard, turn))?;
        }
        pauses.push(pause);
    }
    Ok(TurnRecord {
        item: index,
        language: item.language,
        condition: item.condition.name(),
        family: item.family,
        is_human: item.is_human,
        expected: expectation(item),
        pauses,
    })
}

/// The kind of an expectation, as reports and weights name it.
pub(crate) fn expectation(item: &Item) -> &'static str {
    use rooh_words::Expected;
    match item.expected {
        Expected::Anything => "anything",
        Expected::Date => "date",
        Expected::Digits { min, max } if min == max => "digits of known count",
        Expected::Digits { .. } => "digits",
        Expected::Email => "email",
        Expected::Name => "name",
        Expected::Time => "time",
        Expected::YesNo => "yes_no",
        _ => "other",
    }
}

/// When speech began and stopped, and when that was noticed.
fn edges(audio: &[i16], signals: &Signals) -> Result<Vec<(Edge, f64)>> {
    let mut vad = signals.vad.open()?;
    let mut gate = SpeechGate::new(GateConfig::default());
    let format = vad.format();
    let samples = rooh_audio::resample_all(audio, AudioFormat::WIDEBAND, format);
    let size = vad.window();
    let mut edges = Vec::new();
    for (index, window) in samples.chunks_exact(size).enumerate() {
        let (start, end) = (format.duration_of(index * size), format.duration_of((index + 1) * size));
        if let Some(edge) = gate.handle(start, end, vad.probability(window)) {
            edges.push((edge, end.as_secs_f64()));
        }
    }
    Ok(edges)
}

/// From when on the words said what.
fn classes(item: &Item, heard: &[(f64, String)], pause: &PauseRecord) -> Vec<(f64, Completeness)> {
    let class = |text: &str| judge(text, Some(item.language), &item.expected).completeness;
    let mut classes = vec![(0.0, class(&text_at(heard, pause.silent + pause.noticed)))];
    let end = pause.resumed.unwrap_or(f64::MAX);
    for (moment, _) in heard {
        let moment = moment - pause.silent;
        if moment <= pause.noticed || moment >= end {
            continue;
        }
        let class = class(&text_at(heard, pause.silent + moment));
        if classes.last().is_some_and(|(_, last)| *last != class) {
            classes.push((moment, class));
        }
    }
    classes
}

/// What was understood by then.
fn text_at(heard: &[(f64, String)], moment: f64) -> String {
    // A hair more, for moments that were computed in two ways.
    let words = heard.iter().filter(|(known, _)| *known <= moment + 1e-9).map(|(_, word)| word.as_str());
    words.collect::<Vec<_>>().join(" ")
}

async fn judged(
    item: &Item,
    audio: &[i16],
    start: f64,
    pause: &PauseRecord,
    heard: &[(f64, String)],
    turn: &Arc<dyn TurnDetector>,
) -> Result<Vec<(f64, f32)>> {
    let mut judged = Vec::new();
    for checkpoint in CHECKPOINTS {
        let moment = checkpoint.max(pause.noticed);
        if pause.resumed.is_some_and(|resumed| resumed <= moment) {
            break;
        }
        let end = pause.silent + moment;
        let from = start.max(end - REMEMBERED);
        let part = &audio[at(from).min(audio.len())..at(end).min(audio.len())];
        // In frames of 20 ms, as a session would hand them over.
        let frames = part.chunks(RATE / 50).enumerate().map(|(index, samples)| {
            let place =
                SessionTime::new(Duration::from_secs_f64(from) + Duration::from_millis(20) * index as u32);
            AudioFrame::new(samples, AudioFormat::WIDEBAND, place)
        });
        let view = TurnView {
            agent: item.question.clone(),
            audio: frames.collect(),
            expected: item.expected.clone(),
            language: Some(item.language.to_owned()),
            pause: Duration::from_secs_f64(moment),
            text: text_at(heard, end),
        };
        judged.push((moment, turn.completeness(view).await?));
    }
    Ok(judged)
}
