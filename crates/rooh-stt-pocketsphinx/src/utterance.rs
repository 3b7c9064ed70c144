//! One session's ear: what is heard, kept, decoded, and at last written down.

use std::collections::VecDeque;

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::expect::Hints;
use rooh_core::stt::{Transcript, Word};
use rooh_core::{Error, Result};

use crate::ffi::{Pass, Segment};
use crate::gate::Gate;
use crate::grammar::{Form, Grammar, Strict, grammar};
use crate::model::Model;
use crate::pool::Lease;
use crate::render;

/// Audio is decoded in pieces of 100 ms.
pub(crate) const PIECE: usize = 1_600;
/// What comes right before speech is part of it: 300 ms.
const BEFORE: usize = 3 * PIECE;
/// A pause is listened to for half a second; of a longer one the rest is left away.
const AFTER: usize = 5 * PIECE;
/// An unknown voice is listened to for a second and a half before its first word is decoded.
const FIRST: usize = 15 * PIECE;
/// After four seconds it is known well enough, and what was decoded is decoded again.
const ENOUGH: usize = 40 * PIECE;
/// After half a minute without a final there is one, so that memory is bounded.
const LONGEST: usize = 30 * 16_000;
/// A grammar whose words fit worse than this, per frame of 10 ms, was not what was said.
const POOR: f32 = -39.0;
/// A few frames alone say little: short words are given more.
const POOR_BUT_SHORT: f32 = -45.0;
/// Up to so many frames words are short.
const SHORT: f32 = 80.0;
/// No word, and no silence, that was really there fits as badly as this.
const ABSURD: f32 = -58.0;
/// Another reading of the same words is as good if it fits no worse than by this.
const AS_GOOD: f32 = 1.5;
/// What was not asked for fits clearly better than what was, if it does so by this.
const CLEARLY: f32 = 11.0;
/// Digits are heard again in up to a quarter of a minute.
const COUNTED: usize = 15 * 16_000;
/// In fewer frames than these anything may happen.
const BRIEF: f32 = 15.0;

/// What is heard in one session.
pub(crate) struct Ear {
    lease: Lease,
    gate: Gate,
    /// What is listened for, and what will be from the next utterance on.
    grammar: Option<Grammar>,
    next: Option<Hints>,
    /// The last pieces while nobody speaks.
    before: VecDeque<(Vec<i16>, SessionTime)>,
    /// What was heard since the last final, without long pauses.
    heard: Vec<i16>,
    /// From which sample of `heard` on which time holds.
    places: Vec<(usize, SessionTime)>,
    /// Samples of silence since something was heard; `None` while nobody speaks.
    quiet: Option<usize>,
    /// How much of `heard` the open utterance of the decoder has.
    decoded: usize,
    /// Whether the level of this voice is known.
    known: bool,
    partial: String,
}

impl Ear {
    /// An ear for one session; loading its decoder may take some tenths of a second.
    pub(crate) fn new(model: &Model, ready: usize, hints: Hints) -> Result<Self> {
        Ok(Self {
            lease: Lease::take(model, ready)?,
            gate: Gate::new(),
            grammar: None,
            next: Some(hints),
            before: VecDeque::new(),
            heard: Vec::new(),
            places: Vec::new(),
            quiet: None,
            decoded: 0,
            known: false,
            partial: String::new(),
        })
    }

    /// Listens for something else from now on; what is being said is heard again that way.
    pub(crate) fn expect(&mut self, hints: Hints) {
        self.next = Some(hints);
    }

    /// Hears one piece.
    pub(crate) fn hear(&mut self, piece: &[i16], at: SessionTime) -> Result<Heard> {
        let loud = self.gate.may_be_speech(piece);
        match &mut self.quiet {
            Some(quiet) => {
                *quiet = if loud { 0 } else { *quiet + piece.len() };
                if *quiet > AFTER {
                    self.quiet = None;
                }
                self.take(piece, at)?;
            }
            None => {
                self.before.push_back((piece.to_vec(), at));
                if !loud {
                    while self.before.iter().map(|(piece, _)| piece.len()).sum::<usize>() > BEFORE {
                        self.before.pop_front();
                    }
                    return Ok(Heard::Nothing);
                }
                self.quiet = Some(0);
                for (piece, at) in std::mem::take(&mut self.before) {
                    self.take(&piece, at)?;
                }
            }
        }
        if self.heard.len() >= LONGEST {
            return self.finish().map(Heard::Final);
        }
        self.partial()
    }

    /// Keeps a piece of speech, and decodes it as soon as that makes sense.
    fn take(&mut self, piece: &[i16], at: SessionTime) -> Result<()> {
        let format = AudioFormat::WIDEBAND;
        let expected =
            self.places.last().map(|(from, time)| *time + format.duration_of(self.heard.len() - from));
        if expected != Some(at) {
            self.places.push((self.heard.len(), at));
        }
        self.heard.extend_from_slice(piece);
        if !self.known {
            if self.heard.len() < FIRST {
                return Ok(());
            }
            if self.heard.len() >= ENOUGH {
                self.known = true;
                self.lease.decoder().end()?;
                self.prepare()?;
                self.measure()?;
                self.decoded = 0;
            }
        }
        self.decode()
    }

    /// Brings the decoder up to what was heard.
    fn decode(&mut self) -> Result<()> {
        if self.decoded == 0 {
            self.prepare()?;
            if !self.known {
                self.measure()?;
            }
            self.lease.decoder().start()?;
        }
        // No piece is so long that a session which has gone would be waited for.
        for piece in self.heard[self.decoded..].chunks(PIECE) {
            self.lease.decoder().process(piece, Pass::Live)?;
        }
        self.decoded = self.heard.len();
        Ok(())
    }

    /// Learns the level of the voice and the microphone from what was heard.
    fn measure(&mut self) -> Result<()> {
        let decoder = self.lease.decoder();
        decoder.start()?;
        decoder.process(&self.heard, Pass::Measure)?;
        decoder.end()
    }

    /// Listens for what is expected now.
    fn prepare(&mut self) -> Result<()> {
        let Some(hints) = self.next.take() else { return Ok(()) };
        let decoder = self.lease.decoder();
        self.grammar = grammar(&hints, &mut |word| decoder.knows(word));
        let Some(grammar) = &self.grammar else { return decoder.use_language_model() };
        // A grammar that the library refuses is a mistake of ours; the session goes on without.
        if let Err(error) = decoder.use_grammar(&grammar.text) {
            tracing::warn!(%error, "a grammar was refused: anything is listened for");
            self.grammar = None;
            return decoder.use_language_model();
        }
        Ok(())
    }

    fn partial(&mut self) -> Result<Heard> {
        if self.decoded == 0 {
            return Ok(Heard::Nothing);
        }
        let said = self.lease.decoder().text();
        let words: Vec<&str> = said.split(' ').filter_map(render::plain).collect();
        let text = render::text(self.form(), &words);
        if text.is_empty() || text == self.partial {
            return Ok(Heard::Nothing);
        }
        self.partial.clone_from(&text);
        Ok(Heard::Partial(Transcript::text(text)))
    }

    fn form(&self) -> &Form {
        self.grammar.as_ref().map_or(&Form::Words, |grammar| &grammar.form)
    }

    /// Writes down all that was heard since the last time.
    pub(crate) fn finish(&mut self) -> Result<Transcript> {
        let transcript = self.understand();
        self.heard.clear();
        self.places.clear();
        self.decoded = 0;
        self.partial.clear();
        // The rest of a pause belongs to no words.
        self.quiet = self.quiet.filter(|quiet| *quiet == 0);
        // A decoder that failed is in an unknown state, and the error ends the stream.
        transcript
    }

    fn understand(&mut self) -> Result<Transcript> {
        if self.heard.is_empty() {
            return Ok(Transcript::default());
        }
        let changed = self.next.is_some();
        let first = !std::mem::replace(&mut self.known, true);
        self.lease.decoder().end()?;
        // The first words of a voice are decoded again now that they tell its level.
        if changed || first {
            self.decoded = 0;
            self.prepare()?;
            if first {
                self.measure()?;
            }
        }
        self.decode()?;
        self.lease.decoder().end()?;
        let segments = self.lease.decoder().segments();
        let Some(grammar) = self.grammar.clone() else {
            return Ok(self.transcript(&Form::Words, &segments, None));
        };
        let fit = Fit::of(&segments);
        tracing::trace!(?fit, "how well the grammar fits");
        if fit.is_good() {
            let transcript = self.transcript(&grammar.form, &segments, Some(fit.confidence()));
            return match &grammar.strict {
                Some(strict) if !strict.digits.contains(&transcript.text.len()) => {
                    Ok(self.count_again(&grammar, strict, &fit)?.unwrap_or(transcript))
                }
                _ => Ok(transcript),
            };
        }
        // People do not always answer what was asked.
        let decoder = self.lease.decoder();
        decoder.use_language_model()?;
        self.decoded = 0;
        self.decode()?;
        let decoder = self.lease.decoder();
        decoder.end()?;
        let said = decoder.segments();
        decoder.use_last_grammar()?;
        let free = Fit::of(&said).in_units_of_grammars();
        tracing::trace!(?free, "how well anything at all fits");
        // A word or two by themselves fit nothing well: what was asked for is the better guess,
        // unless something else fits clearly better.
        if fit.is_short() && fit.worst > ABSURD && free.words < fit.words + CLEARLY {
            return Ok(self.transcript(&grammar.form, &segments, Some(fit.confidence())));
        }
        Ok(self.transcript(&Form::Words, &said, None))
    }

    /// Hears digits again as many as there should be; `None` if that is not what was said.
    fn count_again(&mut self, grammar: &Grammar, strict: &Strict, loose: &Fit) -> Result<Option<Transcript>> {
        if self.heard.len() > COUNTED {
            return Ok(None);
        }
        self.lease.decoder().use_grammar(&strict.text)?;
        self.decoded = 0;
        self.decode()?;
        let decoder = self.lease.decoder();
        decoder.end()?;
        let segments = decoder.segments();
        decoder.use_grammar(&grammar.text)?;
        let fit = Fit::of(&segments);
        let as_good = fit.is_good() && fit.words > loose.words - AS_GOOD;
        Ok(as_good.then(|| self.transcript(&grammar.form, &segments, Some(fit.confidence()))))
    }

    fn transcript(&self, form: &Form, segments: &[Segment], confidence: Option<f32>) -> Transcript {
        let said: Vec<(&str, &Segment)> =
            segments.iter().filter_map(|segment| Some((render::plain(&segment.word)?, segment))).collect();
        let words: Vec<&str> = said.iter().map(|(word, _)| *word).collect();
        let words_of = said.iter().map(|(word, segment)| Word {
            text: (*word).to_owned(),
            start: self.time(segment.start),
            end: self.time(segment.end),
        });
        Transcript {
            text: render::text(form, &words),
            confidence: confidence.filter(|_| !words.is_empty()),
            words: words_of.collect(),
            ..Transcript::default()
        }
    }

    /// When a frame of the decoder was heard.
    fn time(&self, frame: usize) -> SessionTime {
        let sample = (frame * 160).min(self.heard.len());
        let place = self.places.partition_point(|(from, _)| *from <= sample).saturating_sub(1);
        self.places.get(place).map_or(SessionTime::ZERO, |(from, at)| {
            *at + AudioFormat::WIDEBAND.duration_of(sample.saturating_sub(*from))
        })
    }
}

/// What came of hearing a piece.
pub(crate) enum Heard {
    /// Half a minute was full.
    Final(Transcript),
    Nothing,
    Partial(Transcript),
}

/// How well segments fit what was heard: their scores per frame, below zero.
#[derive(Debug, PartialEq)]
struct Fit {
    /// Of all words together.
    words: f32,
    /// How many frames the words have.
    frames: f32,
    /// Of the word, or the silence, that fits worst.
    worst: f32,
}

impl Fit {
    fn of(segments: &[Segment]) -> Self {
        let mut fit = Self { words: 0.0, frames: 0.0, worst: 0.0 };
        let mut silence = (0.0, 0.0);
        for segment in segments {
            #[expect(clippy::cast_precision_loss, reason = "an estimate from small numbers")]
            let (score, frames) = (segment.score as f32, segment.end.saturating_sub(segment.start) as f32);
            if render::plain(&segment.word).is_none() {
                silence = (silence.0 + score, silence.1 + frames);
                continue;
            }
            fit.words += score;
            fit.frames += frames;
            if frames >= BRIEF {
                fit.worst = fit.worst.min(score / frames);
            }
        }
        if silence.1 >= BRIEF {
            fit.worst = fit.worst.min(silence.0 / silence.1);
        }
        fit.words /= fit.frames.max(1.0);
        fit
    }

    /// With the language model the library counts 1,024 times as fine as with a grammar.
    fn in_units_of_grammars(self) -> Self {
        Self { words: self.words / 1024.0, worst: self.worst / 1024.0, ..self }
    }

    fn is_short(&self) -> bool {
        self.frames <= SHORT
    }

    fn is_good(&self) -> bool {
        let poor = if self.is_short() { POOR_BUT_SHORT } else { POOR };
        self.frames > 0.0 && self.words > poor && self.worst > ABSURD
    }

    /// From 0 to 1; no probability, but higher is better.
    fn confidence(&self) -> f32 {
        (1.0 + self.words / 60.0).clamp(0.0, 1.0)
    }
}

/// The error for audio that is not what was asked for.
pub(crate) fn wrong_format(is: AudioFormat) -> Error {
    Error::new(rooh_core::ErrorKind::Unexpected, "the recognizer is given audio of another sample rate")
        .with("expected", AudioFormat::WIDEBAND.rate())
        .with("is", is.rate())
}
