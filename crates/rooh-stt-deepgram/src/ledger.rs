//! What was understood, what may still change, and which finals are owed.
//!
//! No I/O and no clock: it is told the time, and each event of the recognizer is drained from it.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::SessionTime;
use rooh_core::stt::{SpeakerLabel, SttEvent, Transcript, TurnSignal, Word};
use tokio::time::Instant;

use crate::wire;

/// After how long a final is given without an answer where nearly all was heard: the vendor does
/// not always answer then, and does so within some tenths of a second if it does.
const SOFT: Duration = Duration::from_millis(600);
/// How much audio may be unheard then: less than any word.
const NEARLY: Duration = Duration::from_millis(150);
/// How much audio may be unheard when the time for an answer is over, as the end of a pause. No word
/// is that short together with the pause after which a final is asked for.
const LITTLE: Duration = Duration::from_millis(500);
/// How many stretches are remembered to tell one that comes twice.
const REMEMBERED: usize = 16;

/// A stretch of audio and what was understood in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Piece {
    pub(crate) start: Duration,
    pub(crate) end: Duration,
    pub(crate) text: String,
    pub(crate) confidence: Option<f32>,
    pub(crate) language: Option<String>,
    pub(crate) words: Vec<wire::Word>,
}

impl Piece {
    pub(crate) fn new(start: f64, end: f64, heard: wire::Alternative) -> Self {
        let rated: Vec<f32> = heard.words.iter().filter_map(|word| word.confidence).collect();
        let mean = (!rated.is_empty()).then(|| rated.iter().sum::<f32>() / rated.len() as f32);
        Self {
            start: wire::moment(start),
            end: wire::moment(end),
            confidence: heard.confidence.or(mean),
            language: heard.languages.into_iter().next(),
            text: heard.transcript.trim().to_owned(),
            words: heard.words,
        }
    }

    fn last_word_end(&self) -> Duration {
        self.words.last().map_or(self.end, |word| wire::moment(word.end))
    }
}

/// A final that was asked for.
#[derive(Debug)]
struct Owed {
    /// All audio until there is to be in it.
    until: Duration,
    /// Whether the vendor was asked; a second question about the same audio is not put.
    asked: bool,
    soft: Instant,
    hard: Instant,
}

/// How sure a stretch is said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// More of the utterance follows.
    None,
    /// The vendor took the utterance for ended.
    Own,
    /// It was asked for.
    Asked,
}

/// Everything between messages and events. `place` is where a moment lies on the session's timeline.
pub(crate) struct Ledger {
    /// What will not change any more, and is not given yet, in the order of its audio.
    pieces: Vec<Piece>,
    interim: Option<Piece>,
    owed: VecDeque<Owed>,
    /// Answers that may still come to questions that were settled without them.
    late: usize,
    /// Until where nothing will change any more.
    frozen: Duration,
    /// Until where the vendor has shown that it heard.
    heard: Duration,
    remembered: VecDeque<(Duration, Duration)>,
    shown: String,
    out: VecDeque<SttEvent>,
    style: Style,
}

/// What differs between the two protocols.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// How much audio may lack in an answer: what the vendor rounds off.
    pub(crate) slack: Duration,
    /// Whether an answer says by itself that it is one, whatever it covers.
    pub(crate) marked: bool,
    /// Whether who spoke is to be told.
    pub(crate) speakers: bool,
}

impl Ledger {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            pieces: Vec::new(),
            interim: None,
            owed: VecDeque::new(),
            late: 0,
            frozen: Duration::ZERO,
            heard: Duration::ZERO,
            remembered: VecDeque::new(),
            shown: String::new(),
            out: VecDeque::new(),
            style,
        }
    }

    /// The next event for the session.
    pub(crate) fn next(&mut self) -> Option<SttEvent> {
        self.out.pop_front()
    }

    /// Whether a final is owed.
    pub(crate) fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Until where the first final that is owed reaches.
    pub(crate) fn owed_until(&self) -> Option<Duration> {
        self.owed.front().map(|owed| owed.until)
    }

    /// Whether words are there that may still change.
    pub(crate) fn is_open(&self) -> bool {
        self.interim.as_ref().is_some_and(|interim| !interim.text.is_empty())
    }

    /// Whether the vendor has settled all audio until `sent`.
    pub(crate) fn is_settled(&self, sent: Duration) -> bool {
        !self.is_open() && self.frozen + Duration::from_millis(1) >= sent
    }

    /// Until where the vendor has shown that it heard.
    pub(crate) fn heard(&self) -> Duration {
        self.heard
    }

    /// What may still change is taken as it is: the vendor has left it behind.
    pub(crate) fn keep_interim(&mut self, place: impl Fn(Duration) -> SessionTime) {
        if let Some(interim) = self.interim.take() {
            self.freeze(interim, End::Own, place);
        }
    }

    /// Words that may still change, in the place of those before.
    pub(crate) fn interim(&mut self, piece: Piece, place: impl Fn(Duration) -> SessionTime) {
        if piece.end <= self.frozen {
            return;
        }
        self.heard = self.heard.max(piece.end);
        self.interim = Some(piece);
        self.show(&place);
    }

    /// Nothing is being said, and nothing was until `end`.
    pub(crate) fn silent(&mut self, end: Duration, place: impl Fn(Duration) -> SessionTime) {
        self.heard = self.heard.max(end);
        // A word may have begun in what is nearly heard.
        self.frozen = self.frozen.max(end.saturating_sub(self.style.slack));
        self.answer(false, &place);
    }

    /// Words that will not change any more. Returns whether a final came of its own.
    pub(crate) fn freeze(&mut self, piece: Piece, end: End, place: impl Fn(Duration) -> SessionTime) -> bool {
        let stretch = (piece.start, piece.end);
        if piece.end > piece.start {
            if self.remembered.contains(&stretch) {
                return false;
            }
            if self.remembered.len() == REMEMBERED {
                self.remembered.pop_front();
            }
            self.remembered.push_back(stretch);
        }
        self.frozen = self.frozen.max(piece.end);
        self.heard = self.heard.max(piece.end);
        self.interim.take_if(|interim| interim.start < piece.end);
        if !piece.text.is_empty() {
            let at = self.pieces.partition_point(|other| other.start <= piece.start);
            self.pieces.insert(at, piece);
        }
        if !self.owed.is_empty() {
            self.answer(end == End::Asked, &place);
            self.show(&place);
            return false;
        }
        if end == End::Asked {
            self.late = self.late.saturating_sub(1);
        }
        let gives = end != End::None && !self.pieces.is_empty();
        if gives {
            self.give(&place);
        }
        self.show(&place);
        gives
    }

    /// The vendor says that nobody speaks since `last_word`. Returns whether a final came of it.
    pub(crate) fn utterance_ended(
        &mut self,
        last_word: Duration,
        place: impl Fn(Duration) -> SessionTime,
    ) -> bool {
        let held = self.pieces.last().map(Piece::last_word_end);
        let is_old = held.is_some_and(|end| end > last_word + Duration::from_millis(10));
        if is_old || self.is_open() || self.pieces.is_empty() || !self.owed.is_empty() {
            return false;
        }
        self.give(&place);
        true
    }

    /// A final of all audio until `sent` is wanted. Returns whether the vendor has to be asked.
    pub(crate) fn finalize(
        &mut self,
        sent: Duration,
        now: Instant,
        hard: Duration,
        place: impl Fn(Duration) -> SessionTime,
    ) -> bool {
        if self.owed.is_empty() && self.is_settled(sent) {
            self.give(&place);
            return false;
        }
        let asked = self.owed.back().is_none_or(|owed| owed.until != sent);
        self.owed.push_back(Owed { until: sent, asked, soft: now + SOFT.min(hard), hard: now + hard });
        asked
    }

    /// What time does to finals that are owed. Returns whether the vendor has failed to answer.
    pub(crate) fn tick(&mut self, now: Instant, place: impl Fn(Duration) -> SessionTime) -> bool {
        while let Some(first) = self.owed.front() {
            let unheard = first.until.saturating_sub(self.heard);
            let is_enough =
                (now >= first.soft && unheard <= NEARLY) || (now >= first.hard && unheard <= LITTLE);
            if !is_enough || self.is_open() {
                return now >= first.hard;
            }
            self.settle_first(&place);
        }
        false
    }

    /// The session took so long for what it was given; that is no time of the vendor's.
    pub(crate) fn excuse(&mut self, time: Duration) {
        for owed in &mut self.owed {
            owed.soft += time;
            owed.hard += time;
        }
    }

    /// Whether the vendor has failed to answer, whatever else it says.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.owed.front().is_some_and(|owed| now > owed.hard + SOFT)
    }

    /// When [`tick`](Self::tick) is to be called next.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        self.owed.front().map(|owed| if owed.soft > now { owed.soft } else { owed.hard })
    }

    /// A signal about the turn.
    pub(crate) fn signal(&mut self, signal: TurnSignal) {
        self.out.push_back(SttEvent::Turn(signal));
    }

    /// Nothing more will come: what is there is given.
    pub(crate) fn end(&mut self, place: impl Fn(Duration) -> SessionTime) {
        if let Some(interim) = self.interim.take().filter(|interim| !interim.text.is_empty()) {
            self.pieces.push(interim);
        }
        let is_owed = !self.owed.is_empty();
        for _ in 0..self.owed.len() {
            self.give(&place);
        }
        self.owed.clear();
        if !is_owed && !self.pieces.is_empty() {
            self.give(&place);
        }
    }

    /// Gives the finals that are owed and covered; `is_answer` says that the vendor was asked for
    /// what has just come.
    fn answer(&mut self, is_answer: bool, place: &impl Fn(Duration) -> SessionTime) {
        let mut credit = is_answer;
        while let Some(first) = self.owed.front() {
            let covered = self.frozen + self.style.slack >= first.until && !self.is_open();
            if credit && covered {
                credit = false;
                self.late = 0;
                self.owed.pop_front();
                self.give(place);
            } else if credit && self.style.marked && self.late == 0 {
                credit = false;
                self.owed.pop_front();
                self.give(place);
            } else if covered {
                self.settle_first(place);
            } else {
                break;
            }
        }
        if credit {
            self.late = self.late.saturating_sub(1);
        }
    }

    /// Gives the first final that is owed, without the vendor's answer, which may come later.
    fn settle_first(&mut self, place: &impl Fn(Duration) -> SessionTime) {
        if let Some(first) = self.owed.pop_front() {
            self.late += usize::from(first.asked);
            self.give(place);
        }
    }

    fn show(&mut self, place: &impl Fn(Duration) -> SessionTime) {
        let pieces = self.pieces.iter().chain(&self.interim);
        let transcript = joined(pieces, place);
        if transcript.text != self.shown {
            self.shown.clone_from(&transcript.text);
            self.out.push_back(SttEvent::Partial(transcript));
        }
    }

    fn give(&mut self, place: &impl Fn(Duration) -> SessionTime) {
        let pieces = std::mem::take(&mut self.pieces);
        self.shown.clear();
        self.out.push_back(SttEvent::Final(joined(&pieces, place)));
        if self.style.speakers {
            let labels = labels(&pieces, place);
            if !labels.is_empty() {
                self.out.push_back(SttEvent::Speakers(labels));
            }
        }
    }
}

/// Pieces as one transcript.
fn joined<'a>(
    pieces: impl IntoIterator<Item = &'a Piece>,
    place: &impl Fn(Duration) -> SessionTime,
) -> Transcript {
    let mut transcript = Transcript::default();
    let (mut sum, mut weight) = (0.0, 0.0);
    let mut speakers: Vec<(u32, usize)> = Vec::new();
    for piece in pieces.into_iter().filter(|piece| !piece.text.is_empty()) {
        if !transcript.text.is_empty() {
            transcript.text.push(' ');
        }
        transcript.text.push_str(&piece.text);
        if let Some(confidence) = piece.confidence {
            let words = piece.words.len().max(1) as f32;
            sum += confidence * words;
            weight += words;
        }
        if transcript.language.is_none() {
            transcript.language.clone_from(&piece.language);
        }
        for word in &piece.words {
            transcript.words.push(Word {
                text: word.punctuated_word.as_ref().unwrap_or(&word.word).clone(),
                start: place(wire::moment(word.start)),
                end: place(wire::moment(word.end.max(word.start))),
            });
            if let Some(speaker) = word.speaker {
                match speakers.iter_mut().find(|(other, _)| *other == speaker) {
                    Some((_, words)) => *words += 1,
                    None => speakers.push((speaker, 1)),
                }
            }
        }
    }
    transcript.confidence = (weight > 0.0).then(|| (sum / weight).clamp(0.0, 1.0));
    let most = speakers.into_iter().max_by_key(|(_, words)| *words);
    transcript.speaker = most.map(|(speaker, _)| name(speaker));
    transcript
}

/// Who spoke, in stretches of the same speaker.
fn labels(pieces: &[Piece], place: &impl Fn(Duration) -> SessionTime) -> Vec<SpeakerLabel> {
    let mut labels: Vec<SpeakerLabel> = Vec::new();
    for word in pieces.iter().flat_map(|piece| &piece.words) {
        let Some(speaker) = word.speaker.map(name) else { continue };
        let (start, end) = (place(wire::moment(word.start)), place(wire::moment(word.end.max(word.start))));
        match labels.last_mut() {
            Some(last) if last.speaker == speaker => last.end = end,
            _ => labels.push(SpeakerLabel { speaker, start, end }),
        }
    }
    labels
}

fn name(speaker: u32) -> String {
    format!("speaker_{speaker}")
}
