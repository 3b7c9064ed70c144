//! Builds the corpus from what is installed.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rooh_core::{Error, ErrorKind, Result};
use rooh_words::Expected;

use super::espeak::{Espeak, Voice};
use super::prompts::{Prompt, SPEAKERS, Speaker};
use super::scripts::{SCRIPTS, Script};
use super::{Item, LEAD, Part, Pause, PauseKind, Role, SHORTEST_PAUSE, TAIL, words};
use crate::random::Random;
use crate::sound::{Condition, at, quietest, seconds, soften, voiced};

/// Pauses within turns: a median of half a second, and one of twenty longer than two and a half.
///
/// Within what turn-taking research reports (0.25 to 0.5 s typically), with the tail that
/// livekit-agents saw in call-centre audio (95 % below 2.5 s): sigma is ln(2.5 / 0.5) / 1.645.
const PAUSE: (f64, f64) = (0.5, 0.978);

/// Pauses to think: long by design, and still shorter than the longest wait.
const THINKING: (f64, f64) = (1.6, 0.4);

/// The longest pause within a turn; after that the caller would be asked again.
const LONGEST_PAUSE: f64 = 4.5;

/// How far below the loudest sound a place between words lies where a prompt may be cut, in decibels.
const QUIET_ENOUGH: f32 = 22.0;

/// What the corpus is made of. Build it with `..Default::default()`.
#[derive(Clone, Debug)]
pub struct CorpusOptions {
    /// The same seed gives the same corpus.
    pub seed: u64,
    /// The languages, of `en`, `es`, `de`, `fr`; all of them if it is empty.
    pub languages: Vec<String>,
    /// How many items to keep, spread evenly over the corpus; all of them if it is `None`.
    pub most: Option<usize>,
    /// Which part to build; both if it is `None`.
    pub part: Option<Part>,
    /// How often each sentence is said by each speaker, with other pauses and in another condition.
    pub variants: usize,
}

impl Default for CorpusOptions {
    fn default() -> Self {
        Self { seed: 1, languages: Vec::new(), most: None, part: None, variants: 1 }
    }
}

/// The Debian packages that the corpus needs and that are not there.
pub fn missing_packages() -> Vec<String> {
    let mut missing = Vec::new();
    if !Espeak::is_installed() {
        missing.push("espeak-ng".to_owned());
    }
    for speaker in SPEAKERS.into_iter().filter(|speaker| !speaker.is_installed()) {
        missing.extend(speaker.packages());
    }
    missing
}

/// Builds the corpus.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] if a package is missing, with the command that installs all that are.
pub fn build(options: &CorpusOptions) -> Result<Vec<Item>> {
    let missing = missing_packages();
    if !missing.is_empty() {
        let message = format!("speech is missing: apt-get install -y {}", missing.join(" "));
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let mut espeak = Espeak::default();
    let mut items = Vec::new();
    for part in Part::ALL.into_iter().filter(|part| options.part.is_none_or(|only| only == *part)) {
        let mut drafts = Vec::new();
        for script in SCRIPTS.iter().filter(|script| wants(options, script.language)) {
            synthesized(script, part, &mut espeak, &mut drafts)?;
            for speaker in SPEAKERS.iter().filter(|s| s.language == script.language && part_of(**s) == part) {
                recorded(*speaker, script, options, &mut drafts)?;
            }
        }
        let others: Arc<[Arc<[i16]>]> =
            drafts.iter().flat_map(|draft| draft.said()).filter(|said| said.len() > at(0.8)).collect();
        for variant in 0..options.variants.max(1) {
            items.extend(drafts.iter().map(|draft| draft.finish(part, variant, options.seed, &others)));
        }
    }
    if let Some(most) = options.most.filter(|most| *most < items.len()) {
        let all = items.len();
        let mut place = 0;
        items.retain(|_| {
            place += 1;
            place * most / all != (place - 1) * most / all
        });
    }
    Ok(items)
}

fn wants(options: &CorpusOptions, language: &str) -> bool {
    options.languages.is_empty() || options.languages.iter().any(|wanted| wanted == language)
}

/// Each person is in one part. The one who speaks two languages is reported on.
fn part_of(speaker: Speaker) -> Part {
    if speaker.folder.ends_with("Allison") { Part::HeldOut } else { Part::Fit }
}

/// What is said, before pauses and conditions are drawn.
struct Draft {
    name: String,
    role: Role,
    family: &'static str,
    language: &'static str,
    speaker: String,
    is_human: bool,
    expected: Expected,
    question: String,
    source: Source,
}

/// A stretch of speech, and the distribution of the pause before it: median and sigma.
struct Piece {
    pause: (f64, f64),
    samples: Arc<[i16]>,
    text: String,
}

enum Source {
    /// Pieces with pauses between them.
    Pieces(Vec<Piece>),
    /// A recording that is cut between words, so many times.
    Cut(Prompt, usize),
}

impl Draft {
    fn said(&self) -> Vec<Arc<[i16]>> {
        match &self.source {
            Source::Pieces(pieces) => pieces.iter().map(|piece| Arc::clone(&piece.samples)).collect(),
            Source::Cut(..) => Vec::new(),
        }
    }

    fn finish(&self, part: Part, variant: usize, seed: u64, others: &Arc<[Arc<[i16]>]>) -> Item {
        let name = format!("{}/{}/{}/{variant}", self.language, self.speaker, self.name);
        let mut random = Random::new(seed, &name);
        let condition = Condition::draw(&mut random);
        let cut;
        let pieces = match &self.source {
            Source::Pieces(pieces) => pieces,
            Source::Cut(prompt, times) => {
                cut = cut_prompt(prompt, *times, &mut random);
                &cut
            }
        };
        let mut placed: Vec<(usize, Arc<[i16]>)> = Vec::new();
        let (mut words, mut pauses) = (Vec::new(), Vec::new());
        let mut place = LEAD;
        for (index, Piece { pause, samples, text }) in pieces.iter().enumerate() {
            if index > 0 {
                let drawn = random.log_normal(pause.0, pause.1).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
                pauses.push(Pause { start: place, end: place + drawn, kind: PauseKind::Hold });
                place += drawn;
            }
            for pair in voiced(samples, SHORTEST_PAUSE).windows(2) {
                let (start, end) = (place + seconds(pair[0].end), place + seconds(pair[1].start));
                pauses.push(Pause { start, end, kind: PauseKind::Hold });
            }
            words.extend(words::place(text, samples, place, SHORTEST_PAUSE));
            placed.push((at(place), Arc::clone(samples)));
            place += seconds(samples.len());
        }
        pauses.push(Pause { start: place, end: place + TAIL, kind: PauseKind::EndOfTurn });
        Item {
            name,
            part,
            role: self.role,
            family: self.family,
            language: self.language,
            speaker: self.speaker.clone(),
            is_human: self.is_human,
            condition,
            expected: self.expected.clone(),
            question: self.question.clone(),
            words,
            pauses,
            pieces: placed,
            others: Arc::clone(others),
            seed,
        }
    }
}

fn synthesized(script: &Script, part: Part, espeak: &mut Espeak, drafts: &mut Vec<Draft>) -> Result<()> {
    let side = usize::from(part == Part::HeldOut);
    for &voice in script.voices[side] {
        let mut in_family: HashMap<&str, usize> = HashMap::new();
        for (index, line) in script.lines.iter().enumerate() {
            let place = in_family.entry(line.family).or_default();
            *place += 1;
            if *place % 2 != side {
                continue;
            }
            let name = format!("{}-{index}", line.family);
            drafts.push(Draft {
                role: Role::Turn,
                family: line.family,
                expected: line.ask.expected(),
                question: line.question.to_owned(),
                source: Source::Pieces(pieces(line.text, voice, &name, espeak)?),
                ..draft(script, name.clone(), voice)
            });
        }
        let mut counts = [0, 0];
        for (index, over) in script.over.iter().enumerate() {
            let count = &mut counts[usize::from(over.takes_floor)];
            *count += 1;
            if *count % 2 != side {
                continue;
            }
            let (role, family) = match over.takes_floor {
                true => (Role::Interruption, "interruption"),
                false => (Role::Backchannel, "backchannel"),
            };
            let samples = espeak.say(voice, over.text)?;
            drafts.push(Draft {
                role,
                family,
                question: script.monologue.to_owned(),
                source: Source::Pieces(vec![Piece { pause: PAUSE, samples, text: over.text.to_owned() }]),
                ..draft(script, format!("{family}-{index}"), voice)
            });
        }
    }
    Ok(())
}

fn draft(script: &Script, name: String, voice: Voice) -> Draft {
    Draft {
        name,
        role: Role::Turn,
        family: "",
        language: script.language,
        speaker: voice.name.to_owned(),
        is_human: false,
        expected: Expected::Anything,
        question: script.open_question.to_owned(),
        source: Source::Pieces(Vec::new()),
    }
}

/// A line with its pauses: each piece is spoken by itself.
fn pieces(text: &str, voice: Voice, name: &str, espeak: &mut Espeak) -> Result<Vec<Piece>> {
    let mut random = Random::new(0, &format!("{} {name} tone", voice.name));
    let mut pieces = Vec::new();
    let all: Vec<&str> = text.split('|').collect();
    let mut pause = PAUSE;
    for (index, piece) in all.iter().enumerate() {
        let piece = piece.trim();
        if piece.is_empty() {
            // Between the two bars of a long pause.
            pause = THINKING;
            continue;
        }
        // A comma makes the voice stay up. People who think do not always do so: three pauses of
        // ten sound like an end, and only the words or the length of the pause can tell.
        let goes_on = index + 1 < all.len() && random.unit() < 0.7;
        let spoken = if goes_on { format!("{piece},") } else { piece.to_owned() };
        pieces.push(Piece { pause, samples: espeak.say(voice, &spoken)?, text: piece.to_owned() });
        pause = PAUSE;
    }
    Ok(pieces)
}

fn recorded(
    speaker: Speaker,
    script: &Script,
    options: &CorpusOptions,
    drafts: &mut Vec<Draft>,
) -> Result<()> {
    let prompts = speaker.prompts()?;
    let draft = |name: String, family: &'static str, source: Source| Draft {
        name,
        role: Role::Turn,
        family,
        language: script.language,
        speaker: speaker.folder.to_owned(),
        is_human: true,
        expected: Expected::Anything,
        question: script.open_question.to_owned(),
        source,
    };
    for prompt in prompts.iter().filter(|prompt| is_turn(prompt)) {
        // Each sentence either as it was spoken, or with pauses in it: three of five have some.
        let mut random = Random::new(options.seed, &format!("{} cut", prompt.name));
        let name = prompt.name.replace('/', "-");
        if random.unit() < 0.4 || prompt.text.split_whitespace().count() < 5 {
            let piece =
                Piece { pause: PAUSE, samples: Arc::clone(&prompt.samples), text: prompt.text.clone() };
            drafts.push(draft(name, "prompt", Source::Pieces(vec![piece])));
        } else {
            let times = 1 + random.index(2);
            drafts.push(draft(name, "prompt with pauses", Source::Cut(prompt.clone(), times)));
        }
    }
    numbers(&prompts, |place, digits, source| {
        // Every other agent knows how long the number is that it asks for.
        let (min, max) = if place % 2 == 0 { (digits, digits) } else { (7, 12) };
        drafts.push(Draft {
            expected: Expected::Digits { min, max },
            question: script.number_question.to_owned(),
            ..draft(format!("number-{place}"), "number", source)
        });
    });
    Ok(())
}

/// Whether a prompt is something that one may say in a turn: a sentence, of a length that people
/// say in one go.
fn is_turn(prompt: &Prompt) -> bool {
    let words = prompt.text.split_whitespace().count();
    let length = seconds(prompt.samples.len());
    let is_part = prompt.name.contains('/')
        || prompt.text.contains("...")
        || prompt.text.contains('_')
        || prompt.text.ends_with(':');
    let is_sentence = prompt.text.ends_with(['.', '?', '!']) || words >= 7;
    !is_part && is_sentence && words >= 3 && (0.8..12.0).contains(&length)
}

/// How many telephone numbers a person dictates, put together from single digits.
const NUMBERS: usize = 12;

fn numbers(prompts: &[Prompt], mut add: impl FnMut(usize, usize, Source)) {
    let digit = |value: usize| prompts.iter().find(|prompt| prompt.name == format!("digits/{value}"));
    let Some(digits) = (0..10).map(digit).collect::<Option<Vec<_>>>() else { return };
    for place in 0..NUMBERS {
        let mut random = Random::new(0, &format!("number {place}"));
        let groups: &[usize] = match place % 3 {
            0 => &[3, 3, 4],
            1 => &[2, 2, 2, 2],
            _ => &[4, 3],
        };
        let pieces = groups.iter().map(|&length| {
            let (mut samples, mut text) = (Vec::new(), Vec::new());
            for index in 0..length {
                let digit = digits[random.index(10)];
                if index > 0 {
                    // The digits of a group follow each other closely.
                    samples.resize(samples.len() + at(0.04), 0);
                }
                samples.extend_from_slice(&digit.samples);
                text.push(digit.text.trim_end_matches('.').to_owned());
            }
            Piece { pause: PAUSE, samples: samples.into(), text: text.join(" ") }
        });
        add(place, groups.iter().sum(), Source::Pieces(pieces.collect()));
    }
}

/// A prompt with pauses set between words where it is quiet.
fn cut_prompt(prompt: &Prompt, times: usize, random: &mut Random) -> Vec<Piece> {
    let placed = words::place(&prompt.text, &prompt.samples, 0.0, SHORTEST_PAUSE);
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for _ in 0..times * 4 {
        if cuts.len() == times || placed.len() < 4 {
            break;
        }
        let after = 1 + random.index(placed.len() - 2);
        let boundary = at(placed[after - 1].end);
        let around = boundary.saturating_sub(at(0.12))..boundary + at(0.12);
        let Some((place, below)) = quietest(&prompt.samples, around) else { continue };
        let is_far = |other: usize| place.abs_diff(other) > at(0.4);
        let is_inside = is_far(0) && is_far(prompt.samples.len());
        // A pause that is there already is one; it needs no second.
        let is_new = !voiced(&prompt.samples, SHORTEST_PAUSE)
            .windows(2)
            .any(|pair| (pair[0].end..pair[1].start).contains(&place));
        if below > QUIET_ENOUGH && is_inside && is_new && cuts.iter().all(|(_, other)| is_far(*other)) {
            cuts.push((after, place));
        }
    }
    cuts.sort_unstable();
    cuts.dedup_by_key(|(after, _)| *after);
    let spoken: Vec<&str> = prompt.text.split_whitespace().collect();
    let part = |words: Range<usize>, samples: Range<usize>| {
        let mut samples = prompt.samples[samples].to_vec();
        soften(&mut samples);
        Piece { pause: PAUSE, samples: samples.into(), text: spoken[words].join(" ") }
    };
    let (mut pieces, mut word, mut sample) = (Vec::new(), 0, 0);
    for (after, place) in cuts {
        pieces.push(part(word..after, sample..place));
        (word, sample) = (after, place);
    }
    pieces.push(part(word..spoken.len(), sample..prompt.samples.len()));
    pieces
}
