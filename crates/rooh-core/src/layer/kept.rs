//! What a recognizer was told and has not answered yet, so that another can be told it again.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime};

use crate::stt::{SttInput, SttRequest, Transcript, Word};
use crate::vad::{EnergyVad, Vad};

/// How much audio is kept at most. A turn is at most two minutes long, and recognizers give finals
/// on the way.
const LONGEST: Duration = Duration::from_secs(60);
/// How much is kept before the first sound that no final covers, and before where the last covers
/// end: a recognizer needs a run-up, and the times of words are not exact.
const RUN_UP: Duration = Duration::from_millis(300);
/// How much is kept where nothing was heard but quiet: a whisper is quiet too.
const QUIET: Duration = Duration::from_secs(1);

/// Inputs in their order, from the first that is not answered.
pub(super) struct Kept {
    items: VecDeque<Item>,
    /// How many of them the recognizer of now was given.
    given: usize,
    /// What was set by hints and options that are not among them any more.
    pub(super) request: SttRequest,
    /// Up to where finals cover the audio.
    covered: SessionTime,
    /// How many frames are loud, and end after that.
    loud: usize,
    length: Duration,
    meter: EnergyVad,
    /// How much was lost because it was too much.
    lost: Duration,
}

struct Item {
    input: SttInput,
    is_loud: bool,
}

impl Item {
    fn audio(&self) -> Option<&AudioFrame> {
        match &self.input {
            SttInput::Audio(frame) => Some(frame),
            _ => None,
        }
    }
}

impl Kept {
    pub(super) fn new(request: SttRequest) -> Self {
        Self {
            items: VecDeque::new(),
            given: 0,
            request,
            covered: SessionTime::ZERO,
            loud: 0,
            length: Duration::ZERO,
            meter: EnergyVad::new(),
            lost: Duration::ZERO,
        }
    }

    /// Up to where finals cover the audio.
    pub(super) fn covered(&self) -> SessionTime {
        self.covered
    }

    /// Takes the next input.
    pub(super) fn push(&mut self, input: SttInput) {
        let is_loud = match &input {
            SttInput::Audio(frame) => {
                self.length += frame.duration();
                // Its windows are of any length.
                self.meter.probability(frame.samples()) > 0.5
            }
            _ => false,
        };
        self.loud += usize::from(is_loud);
        self.items.push_back(Item { input, is_loud });
        while self.loud == 0 && self.length > QUIET && self.first_was_given() {
            self.drop_first();
        }
        while self.length > LONGEST {
            self.lose_first_frame();
        }
    }

    /// The next input that the recognizer of now was not given, and whether it is loud.
    pub(super) fn next(&self) -> Option<(&SttInput, bool)> {
        self.items.get(self.given).map(|item| (&item.input, item.is_loud))
    }

    /// The next input was given to it.
    pub(super) fn was_given(&mut self) {
        self.given += 1;
    }

    /// There is another recognizer, which was given nothing.
    pub(super) fn again(&mut self) {
        self.given = 0;
    }

    /// Whether a final is owed.
    pub(super) fn owes_final(&self) -> bool {
        self.items.iter().take(self.given).any(|item| matches!(item.input, SttInput::Finalize))
    }

    /// A final has come: what it covers need not be kept. Returns whether it was owed.
    pub(super) fn settle(&mut self, transcript: &Transcript) -> bool {
        let asked = self.items.iter().take(self.given);
        let asked = asked.clone().position(|item| matches!(item.input, SttInput::Finalize));
        let heard = self.items.iter().take(asked.unwrap_or(self.given));
        let heard = heard.filter_map(Item::audio).next_back().map(AudioFrame::end);
        let by_words = transcript.words.iter().map(|word| word.end).max();
        let covers = match (by_words, heard) {
            (Some(end), _) => Some(end),
            // Without words it may be that of a moment ago, which crossed the question.
            (None, Some(end)) if transcript.text.trim().is_empty() => asked.map(|_| end - QUIET),
            (None, end) => end,
        };
        if let Some(asked) = asked {
            self.items.remove(asked);
            self.given -= 1;
        }
        self.covered = self.covered.max(covers.unwrap_or_default());
        let start = self.covered - RUN_UP;
        while self.given > 0
            && let Some(first) = self.items.front()
            && first.audio().map_or(!matches!(first.input, SttInput::Finalize), |frame| frame.end() <= start)
        {
            self.drop_first();
        }
        let covered = self.covered;
        let is_open = |item: &&Item| item.is_loud && item.audio().is_some_and(|frame| frame.end() > covered);
        self.loud = self.items.iter().filter(is_open).count();
        asked.is_some()
    }

    fn first_was_given(&self) -> bool {
        self.given > 0 && self.items.front().is_some_and(|item| !matches!(item.input, SttInput::Finalize))
    }

    /// Forgets the first item; what it has set stays set.
    fn drop_first(&mut self) {
        let Some(Item { input, is_loud }) = self.items.pop_front() else { return };
        self.given = self.given.saturating_sub(1);
        match input {
            SttInput::Audio(frame) => {
                self.length = self.length.saturating_sub(frame.duration());
                if is_loud && frame.end() > self.covered {
                    self.loud -= 1;
                }
            }
            SttInput::Hints(hints) => self.request.hints = hints,
            SttInput::Options(options) => self.request.options = options,
            SttInput::Finalize => {}
        }
    }

    /// Gives up the oldest frame, and nothing else.
    fn lose_first_frame(&mut self) {
        let Some(place) = self.items.iter().position(|item| item.audio().is_some()) else { return };
        let Some(Item { input: SttInput::Audio(frame), is_loud }) = self.items.remove(place) else { return };
        self.length = self.length.saturating_sub(frame.duration());
        self.loud -= usize::from(is_loud && frame.end() > self.covered);
        if place < self.given {
            self.given -= 1;
        } else {
            self.lost += frame.duration();
        }
    }

    /// How much audio was lost since this was asked last, because no recognizer took it for so long.
    pub(super) fn take_lost(&mut self) -> Duration {
        std::mem::take(&mut self.lost)
    }
}

/// Frames as one recognizer takes them.
pub(super) struct Fitting {
    format: AudioFormat,
    resampler: Option<Resampler>,
}

impl Fitting {
    pub(super) fn new(format: AudioFormat) -> Self {
        Self { format, resampler: None }
    }

    /// The input in the recognizer's format.
    pub(super) fn fit(&mut self, input: &SttInput) -> SttInput {
        match input {
            SttInput::Audio(frame) if frame.format() != self.format => {
                let resampler =
                    self.resampler.get_or_insert_with(|| Resampler::new(frame.format(), self.format));
                SttInput::Audio(resampler.process(frame))
            }
            input => input.clone(),
        }
    }
}

/// Takes the words out that were said before `covered`, by their times.
///
/// Returns whether there were any. Words without times are left alone.
pub(super) fn without_covered(transcript: &mut Transcript, covered: SessionTime) -> bool {
    let is_covered = |word: &Word| word.start + word.end.since(word.start) / 2 < covered;
    let count = transcript.words.iter().take_while(|word| is_covered(word)).count();
    if count == 0 {
        return false;
    }
    transcript.words.drain(..count);
    let written: Vec<&str> = transcript.text.split_whitespace().collect();
    transcript.text = match written.len() == count + transcript.words.len() {
        true => written[count..].join(" "),
        // Words are not written as they are listed, such as numbers.
        false => transcript.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "),
    };
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::Hints;

    const FRAME: Duration = Duration::from_millis(100);

    fn at(millis: u64) -> SessionTime {
        SessionTime::new(Duration::from_millis(millis))
    }

    fn audio(n: u32, is_loud: bool) -> SttInput {
        let format = AudioFormat::WIDEBAND;
        let level = if is_loud { 8_000 } else { 0 };
        let samples: Vec<i16> =
            (0..format.samples_in(FRAME)).map(|n| if n % 2 == 0 { level } else { -level }).collect();
        SttInput::Audio(AudioFrame::new(samples, format, SessionTime::new(FRAME * n)))
    }

    /// Frames of a tenth of a second each, all of which were given: `#` is loud, `.` is quiet, `?`
    /// asks for a final.
    fn told(script: &str) -> Kept {
        let mut kept = Kept::new(SttRequest::default());
        let mut n = 0;
        for what in script.chars() {
            match what {
                '?' => kept.push(SttInput::Finalize),
                _ => {
                    kept.push(audio(n, what == '#'));
                    n += 1;
                }
            }
            kept.was_given();
        }
        kept
    }

    fn shown(kept: &Kept) -> String {
        let show = |item: &Item| match (&item.input, item.is_loud) {
            (SttInput::Audio(_), true) => '#',
            (SttInput::Audio(_), false) => '.',
            _ => '?',
        };
        kept.items.iter().map(show).collect()
    }

    fn said(words: &[(&str, u64, u64)]) -> Transcript {
        let text = words.iter().map(|(text, ..)| *text).collect::<Vec<_>>().join(" ");
        let words = words.iter().map(|(text, start, end)| Word {
            text: (*text).to_owned(),
            start: at(*start),
            end: at(*end),
        });
        Transcript { words: words.collect(), ..Transcript::text(text) }
    }

    #[test]
    fn a_final_frees_what_it_covers_but_for_a_run_up() {
        let mut kept = told("...#####.....?");
        assert!(kept.settle(&said(&[("one", 300, 500), ("two", 500, 800)])));
        assert_eq!((shown(&kept).as_str(), kept.covered()), ("###.....", at(800)));
        assert!(!kept.owes_final());
        // The recognizer was given all of that; another is given it again.
        assert!(kept.next().is_none());
        kept.again();
        assert!(kept.next().is_some());
    }

    #[test]
    fn a_final_that_comes_by_itself_frees_nothing_that_it_does_not_cover() {
        let mut kept = told("#####.####?");
        assert!(kept.settle(&said(&[("one", 0, 500)])));
        assert_eq!(shown(&kept), "###.####");
        // What was asked for is there only now; nobody knows which was which, and no word is lost.
        assert!(!kept.settle(&said(&[("two", 600, 1_000)])));
        assert_eq!(shown(&kept), "###");
    }

    #[test]
    fn a_final_without_times_counts_for_all_that_was_given() {
        let mut kept = told("#####?##");
        assert!(kept.settle(&Transcript::text("one")));
        assert_eq!((shown(&kept).as_str(), kept.covered()), ("#####", at(500)));
    }

    #[test]
    fn quiet_is_not_kept_and_sound_is_kept_for_a_minute() {
        let mut kept = told(&".".repeat(1_000));
        assert_eq!(shown(&kept).len(), 10);
        kept.push(SttInput::Hints(Hints { phrases: vec!["Rooh".into()], ..Hints::default() }));
        kept.was_given();
        for n in 1_000..3_000 {
            // A steady tone would become the background.
            kept.push(audio(n, n % 3 != 0));
            kept.was_given();
        }
        assert_eq!(kept.length, LONGEST);
        assert_eq!(shown(&kept).matches(['#', '.']).count(), 600);
        assert_eq!(kept.take_lost(), Duration::ZERO, "it was given");
        kept.again();
        kept.push(audio(3_000, true));
        assert_eq!(kept.take_lost(), FRAME);
        // Hints come before the audio that they were said before.
        assert!(matches!(kept.next(), Some((SttInput::Hints(_), _))));
    }

    #[test]
    fn words_that_were_given_are_taken_out_by_their_times() {
        let words = [("Seven,", 0, 400), ("eight.", 400, 800), ("Nine.", 900, 1_200)];
        let check = |covered: u64, expected: &str, repeats: bool| {
            let mut transcript = said(&words);
            assert_eq!(without_covered(&mut transcript, at(covered)), repeats, "{covered}");
            assert_eq!(transcript.text, expected, "{covered}");
        };
        check(0, "Seven, eight. Nine.", false);
        check(150, "Seven, eight. Nine.", false);
        check(450, "eight. Nine.", true);
        check(800, "Nine.", true);
        check(2_000, "", true);
        let mut numbers = Transcript { text: "78 9".to_owned(), ..said(&words) };
        without_covered(&mut numbers, at(800));
        assert_eq!(numbers.text, "Nine.");
        assert!(!without_covered(&mut Transcript::text("no times"), at(9_000)));
    }
}
