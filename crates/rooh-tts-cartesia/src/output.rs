//! What has come and the reader has not taken yet: audio, and the marks in it.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::tts::{Spoken, TtsEvent};

/// The longest frame that is yielded: a mark that comes late is off by no more than that.
const FRAME: Duration = Duration::from_millis(100);

/// Audio and marks in the order in which they are to be yielded.
#[derive(Debug)]
pub(crate) struct Output {
    format: AudioFormat,
    frames: VecDeque<AudioFrame>,
    marks: VecDeque<Spoken>,
    /// The last mark that was added.
    marked: Spoken,
    /// The first byte of a sample whose second one is still to come.
    odd: Option<u8>,
    /// How many samples have come.
    came: usize,
    /// How many samples have been yielded.
    yielded: usize,
}

impl Output {
    pub(crate) fn new(format: AudioFormat) -> Self {
        let (frames, marks) = (VecDeque::new(), VecDeque::new());
        let marked = Spoken { text: 0, audio: Duration::ZERO };
        Self { format, frames, marks, marked, odd: None, came: 0, yielded: 0 }
    }

    /// How much audio has come.
    pub(crate) fn length(&self) -> Duration {
        self.format.duration_of(self.came)
    }

    /// How much of it waits to be yielded.
    pub(crate) fn waiting(&self) -> Duration {
        self.format.duration_of(self.came - self.yielded)
    }

    /// Adds little-endian samples, which may be cut inside of one.
    pub(crate) fn audio(&mut self, mut bytes: Vec<u8>) {
        if let Some(odd) = self.odd.take() {
            bytes.insert(0, odd);
        }
        if bytes.len() % 2 == 1 {
            self.odd = bytes.pop();
        }
        let at = SessionTime::new(self.length());
        let audio = AudioFrame::from_le_bytes(&bytes, self.format, at);
        self.came += audio.samples().len();
        self.frames.extend(audio.chunks(FRAME));
    }

    /// What comes now has nothing to do with what came: half a sample is none.
    pub(crate) fn begin(&mut self) {
        self.odd = None;
    }

    /// Marks `text` as spoken at `audio`, which may have been yielded already, or is still to come.
    pub(crate) fn mark(&mut self, text: usize, audio: Duration) {
        if text > self.marked.text {
            self.marked = Spoken { text, audio: audio.max(self.marked.audio) };
            self.marks.push_back(self.marked);
        }
    }

    /// Marks `text` as spoken where the audio that has come ends. What was marked later than that was
    /// a little off.
    pub(crate) fn settle(&mut self, text: usize) {
        let end = self.length();
        for mark in self.marks.iter_mut().rev().take_while(|mark| mark.audio > end) {
            mark.audio = end;
        }
        self.marked.audio = self.marked.audio.min(end);
        self.mark(text, end);
    }

    /// The next event: a mark comes before the frame in which it lies.
    pub(crate) fn next(&mut self) -> Option<TtsEvent> {
        let yielded = self.format.duration_of(self.yielded);
        let next = self.frames.front().map_or(0, |frame| frame.samples().len());
        let reach = self.format.duration_of(self.yielded + next);
        if let Some(mark) = self.marks.pop_front_if(|mark| mark.audio <= reach) {
            return Some(TtsEvent::Spoken(Spoken { audio: mark.audio.max(yielded), ..mark }));
        }
        let frame = self.frames.pop_front()?;
        self.yielded += frame.samples().len();
        Some(TtsEvent::Audio(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn output() -> Output {
        Output::new(AudioFormat::TELEPHONE)
    }

    fn audio(millis: usize) -> Vec<u8> {
        vec![0; millis * 16]
    }

    /// Marks as their text, audio as its milliseconds.
    fn take(output: &mut Output) -> String {
        let mut all = Vec::new();
        while let Some(event) = output.next() {
            all.push(match event {
                TtsEvent::Spoken(mark) => format!("{}@{}", mark.text, mark.audio.as_millis()),
                TtsEvent::Audio(frame) => format!("{}", frame.duration().as_millis()),
                _ => "?".to_owned(),
            });
        }
        all.join(" ")
    }

    #[test]
    fn marks_come_before_their_audio_whichever_came_first() {
        let mut output = output();
        output.mark(3, ms(50));
        output.mark(7, ms(150));
        assert_eq!(take(&mut output), "");
        output.audio(audio(120));
        assert_eq!(take(&mut output), "3@50 100 20");
        output.audio(audio(80));
        output.mark(9, ms(200));
        assert_eq!(take(&mut output), "7@150 9@200 80");
        // Too late: not earlier than what was yielded.
        output.mark(12, ms(190));
        assert_eq!(take(&mut output), "12@200");
        output.settle(15);
        assert_eq!(take(&mut output), "15@200");
    }

    #[test]
    fn a_mark_behind_the_end_is_at_the_end() {
        let mut output = output();
        output.mark(3, ms(50));
        output.mark(7, ms(900));
        output.audio(audio(100));
        output.settle(7);
        output.settle(9);
        assert_eq!(take(&mut output), "3@50 7@100 9@100 100");
        // What follows is not marked where the mistake was.
        output.mark(12, ms(120));
        output.audio(audio(100));
        assert_eq!(take(&mut output), "12@120 100");
        // A mark that goes back is none.
        output.mark(12, ms(180));
        output.mark(4, ms(190));
        assert_eq!(take(&mut output), "");
    }

    #[test]
    fn samples_may_be_cut_in_the_middle() {
        let mut output = output();
        for byte in [1, 0, 2, 0, 3] {
            output.audio(vec![byte]);
        }
        output.begin();
        output.audio(vec![4, 0]);
        let samples = std::iter::from_fn(|| output.next()).flat_map(|event| match event {
            TtsEvent::Audio(frame) => frame.samples().to_vec(),
            _ => Vec::new(),
        });
        assert_eq!(samples.collect::<Vec<_>>(), [1, 2, 4]);
    }
}
