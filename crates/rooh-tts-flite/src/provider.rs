//! The voice as a provider: clause by clause, with the time of every word.

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Emitter, Events, Inlet, blocking};
use rooh_core::tts::{Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};

use crate::engine::{self, Manner};
use crate::ffi::{TokenEnd, Utterance};
use crate::units::{Unit, pieces, units};
use crate::{FliteOptions, Voice};

/// How much audio one event carries.
const FRAME: Duration = Duration::from_millis(100);
/// Samples below this part of the loudest are the silence that the library puts around words.
const SILENCE: f32 = 0.03;
/// How much of that silence stays, so that soft sounds at the edges are whole.
const MARGIN: Duration = Duration::from_millis(40);

rooh_core::register!(tts: Flite);

/// English voices of Flite, spoken on this machine.
#[derive(Clone, Debug)]
pub struct Flite {
    options: FliteOptions,
}

impl Flite {
    /// A voice with these options.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if a number is out of its range.
    pub fn new(options: FliteOptions) -> Result<Self> {
        options.check()?;
        Ok(Self { options })
    }
}

impl FromOptions for Flite {
    type Options = FliteOptions;

    const INFO: Info = Info::local("flite", "Flite")
        .description("Small, fast English voices on this machine; they sound synthetic.")
        .model_option("voice");

    fn from_options(options: FliteOptions) -> Result<Self> {
        Self::new(options)
    }
}

impl TtsProvider for Flite {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities {
            format: self.options.voice.format(),
            word_times: true,
            ..TtsCapabilities::default()
        }
    }

    fn synthesize(&self, request: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let options = self.options.clone();
        Events::new(move |out| async move {
            let manner = options.manner(&request)?;
            let mut speaker = Speaker::new(manner, out);
            while let Some(clause) = text.next().await {
                speaker.speak(&clause).await?;
            }
            Ok(())
        })
    }

    fn load(&self) -> Events<Progress> {
        let options = self.options.clone();
        Events::new(move |mut out| async move {
            let manner = options.manner(&TtsRequest::default())?;
            let what = format!("Flite voice {}", manner.voice.as_str());
            out.emit(Progress::new(&what, None)).await;
            blocking(move || engine::load(&manner)).await??;
            out.emit(Progress::new(what, Some(1.0))).await;
            Ok(())
        })
    }
}

/// One stream of speech, and how far it has come.
struct Speaker {
    manner: Manner,
    format: AudioFormat,
    out: Emitter<TtsEvent>,
    /// Bytes of all clauses that were finished.
    text: usize,
    /// Samples that were given out.
    samples: usize,
    last: Spoken,
    /// The pause that the last words ask for before more words come.
    pause: Duration,
}

impl Speaker {
    fn new(manner: Manner, out: Emitter<TtsEvent>) -> Self {
        let format = manner.voice.format();
        let last = Spoken { text: 0, audio: Duration::ZERO };
        Self { manner, format, out, text: 0, samples: 0, last, pause: Duration::ZERO }
    }

    async fn speak(&mut self, clause: &str) -> Result<()> {
        for piece in pieces(units(clause)) {
            let text = join(&piece);
            let manner = self.manner.clone();
            let utterance = blocking(move || engine::speak(&manner, &text)).await??;
            self.give(&piece, utterance).await?;
        }
        self.text += clause.len();
        self.mark(self.text, self.samples).await;
        Ok(())
    }

    /// Gives out the audio of one piece, with a mark before the frame in which a word ends.
    async fn give(&mut self, piece: &[Unit], utterance: Utterance) -> Result<()> {
        if utterance.rate != self.format.rate() && !utterance.samples.is_empty() {
            return Err(Error::new(ErrorKind::Unexpected, "the installed voice has another sample rate")
                .with("expected", self.format.rate())
                .with("is", utterance.rate));
        }
        let margin = self.format.samples_in(MARGIN);
        let Some((start, end)) = sounding(&utterance.samples, margin) else {
            return Ok(());
        };
        // The pause stands before these words rather than after the last ones, so that the end
        // of a reply is its last sound.
        let mut samples = vec![0; self.format.samples_in(std::mem::take(&mut self.pause))];
        let lead = samples.len();
        samples.extend_from_slice(&utterance.samples[start..end]);
        let first = self.samples;
        let mut marks = align(piece, &utterance.tokens)
            .into_iter()
            .map(|(text, seconds)| {
                let heard = self.format.samples_in(Duration::from_secs_f32(seconds.clamp(0.0, 3_600.0)));
                (self.text + text, first + (lead + heard.saturating_sub(start)).min(lead + end - start))
            })
            .collect::<Vec<_>>()
            .into_iter()
            .peekable();
        for part in samples.chunks(self.format.samples_in(FRAME)) {
            let after = self.samples + part.len();
            while let Some((text, heard)) = marks.next_if(|(_, heard)| *heard <= after) {
                self.mark(text, heard).await;
            }
            let at = SessionTime::new(self.format.duration_of(self.samples));
            self.out.emit(TtsEvent::Audio(AudioFrame::new(part, self.format, at))).await;
            self.samples = after;
        }
        self.pause = pause_after(piece.last());
        Ok(())
    }

    /// Says how much has been spoken, unless that is known already.
    async fn mark(&mut self, text: usize, heard: usize) {
        let audio = self.format.duration_of(heard);
        if text > self.last.text && audio >= self.last.audio {
            self.last = Spoken { text, audio };
            self.out.emit(TtsEvent::Spoken(self.last)).await;
        }
    }
}

fn join(piece: &[Unit]) -> String {
    let mut text = String::with_capacity(piece.iter().map(|unit| unit.text.len() + 1).sum());
    for unit in piece {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&unit.text);
    }
    text
}

/// How long a speaker breathes after a word with this punctuation.
fn pause_after(word: Option<&Unit>) -> Duration {
    Duration::from_millis(match word.and_then(Unit::pause) {
        Some('.' | '?' | '!') => 250,
        Some(_) => 160,
        None => 40,
    })
}

/// From where to where there is sound, with a margin; `None` if there is none at all.
fn sounding(samples: &[i16], margin: usize) -> Option<(usize, usize)> {
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max()?;
    let loud = |sample: &i16| f32::from(sample.unsigned_abs()) > f32::from(loudest) * SILENCE;
    let first = samples.iter().position(loud)?;
    let last = samples.iter().rposition(loud)?;
    Some((first.saturating_sub(margin), (last + 1 + margin).min(samples.len())))
}

/// Where in the clause each token ends, with its time in seconds; neither goes back.
///
/// The library drops and splits tokens by rules of its own, so they are looked up in the text
/// that it was given, in order; one that is not found marks nothing.
fn align(piece: &[Unit], tokens: &[TokenEnd]) -> Vec<(usize, f32)> {
    let text = join(piece);
    let mut marks: Vec<(usize, f32)> = Vec::with_capacity(tokens.len());
    let mut cursor = 0;
    let mut place = 0;
    let mut place_end = piece.first().map_or(0, |unit| unit.text.len());
    for token in tokens.iter().filter(|token| !token.name.is_empty()) {
        let Some(found) = text.get(cursor..).and_then(|rest| rest.find(&token.name)) else {
            continue;
        };
        cursor += found + token.name.len();
        while place + 1 < piece.len() && cursor > place_end {
            place += 1;
            place_end += 1 + piece[place].text.len();
        }
        let end = piece[place].end;
        match marks.last_mut() {
            Some((last, time)) if *last == end => *time = time.max(token.end),
            Some((last, time)) if end < *last || token.end < *time => {}
            _ => marks.push((end, token.end)),
        }
    }
    marks
}

impl Default for Flite {
    /// The voice that is easiest to understand, at its own speed.
    fn default() -> Self {
        Self { options: FliteOptions { voice: Voice::default(), ..FliteOptions::default() } }
    }
}
