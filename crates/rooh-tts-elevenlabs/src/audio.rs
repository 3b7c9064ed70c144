//! From the bytes of the vendor to frames, and words marked where they are spoken.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::g711::{decode_a_law, decode_mu_law};
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::stream::Emitter;
use rooh_core::tts::{Spoken, TtsEvent};

use crate::OutputFormat;

/// How much audio one event carries.
const FRAME: Duration = Duration::from_millis(100);

/// Bytes as samples; a sample that is cut apart waits for its other half.
#[derive(Debug)]
struct Decoder {
    coding: OutputFormat,
    half: Option<u8>,
}

impl Decoder {
    fn decode(&mut self, bytes: &[u8]) -> Vec<i16> {
        match self.coding {
            OutputFormat::Alaw8000 => bytes.iter().copied().map(decode_a_law).collect(),
            OutputFormat::Ulaw8000 => bytes.iter().copied().map(decode_mu_law).collect(),
            _ => {
                let mut samples = Vec::with_capacity(bytes.len() / 2 + 1);
                let mut rest = bytes;
                if let (Some(low), Some((high, others))) = (self.half, bytes.split_first()) {
                    samples.push(i16::from_le_bytes([low, *high]));
                    self.half = None;
                    rest = others;
                }
                let (pairs, odd) = rest.as_chunks::<2>();
                samples.extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
                self.half = odd.first().copied().or(self.half);
                samples
            }
        }
    }
}

/// Where frames and marks go, each mark before the frame in which it lies.
#[derive(Debug)]
pub(crate) struct Output {
    decoder: Decoder,
    format: AudioFormat,
    last: Spoken,
    marks: VecDeque<Spoken>,
    out: Emitter<TtsEvent>,
    samples: usize,
}

impl Output {
    pub(crate) fn new(coding: OutputFormat, out: Emitter<TtsEvent>) -> Self {
        Self {
            decoder: Decoder { coding, half: None },
            format: coding.format(),
            last: Spoken { text: 0, audio: Duration::ZERO },
            marks: VecDeque::new(),
            out,
            samples: 0,
        }
    }

    /// How much audio was given out.
    pub(crate) fn position(&self) -> Duration {
        self.format.duration_of(self.samples)
    }

    /// Whether a sample is still without its other half.
    pub(crate) fn is_cut(&self) -> bool {
        self.decoder.half.is_some()
    }

    /// Up to `text`, all is spoken at `audio`, or now if that is over.
    pub(crate) fn mark(&mut self, text: usize, audio: Duration) {
        let before = self.marks.back().copied().unwrap_or(self.last);
        if text > before.text {
            self.marks.push_back(Spoken { text, audio: audio.max(before.audio).max(self.position()) });
        }
    }

    /// Gives out audio as it came; returns whether there was any.
    pub(crate) async fn give(&mut self, bytes: &[u8]) -> bool {
        let samples = self.decoder.decode(bytes);
        for part in samples.chunks(self.format.samples_in(FRAME).max(1)) {
            let after = self.samples + part.len();
            let end = self.format.duration_of(after);
            while let Some(mark) = self.marks.pop_front_if(|mark| mark.audio <= end) {
                self.tell(mark).await;
            }
            let at = SessionTime::new(self.position());
            self.out.emit(TtsEvent::Audio(AudioFrame::new(part, self.format, at))).await;
            self.samples = after;
        }
        !samples.is_empty()
    }

    /// Says that all up to `text` is spoken, and that nothing of it is still to come.
    pub(crate) async fn settle(&mut self, text: usize) {
        let now = self.position();
        while let Some(mark) = self.marks.pop_front() {
            self.tell(Spoken { audio: mark.audio.min(now).max(self.last.audio), ..mark }).await;
        }
        if text > self.last.text {
            self.tell(Spoken { text, audio: now }).await;
        }
    }

    async fn tell(&mut self, mark: Spoken) {
        self.last = mark;
        self.out.emit(TtsEvent::Spoken(mark)).await;
    }
}

#[cfg(test)]
mod tests {
    use rooh_core::Result;
    use rooh_core::stream::Events;

    use super::*;

    #[test]
    fn samples_that_are_cut_apart_are_joined() {
        let bytes: Vec<u8> = (0..40_i16).flat_map(|n| (n * 800 - 16_000).to_le_bytes()).collect();
        for size in 1..bytes.len() {
            let mut decoder = Decoder { coding: OutputFormat::Pcm16000, half: None };
            let mut samples = Vec::new();
            for piece in bytes.chunks(size) {
                samples.extend(decoder.decode(piece));
                samples.extend(decoder.decode(&[]));
            }
            assert_eq!(samples, (0..40_i16).map(|n| n * 800 - 16_000).collect::<Vec<_>>(), "{size}");
            assert_eq!(decoder.half, None);
        }
        let mut telephone = Decoder { coding: OutputFormat::Ulaw8000, half: None };
        assert_eq!(telephone.decode(&[0xff, 0x00]), [0, -32_124]);
    }

    #[tokio::test]
    async fn marks_come_before_the_audio_in_which_they_lie_and_never_go_back() {
        let millis = Duration::from_millis;
        let events = Events::new(move |out| async move {
            let mut output = Output::new(OutputFormat::Pcm8000, out);
            output.mark(5, millis(150));
            output.mark(3, millis(400));
            output.mark(9, millis(90));
            output.mark(12, millis(900));
            output.give(&[0; 16 * 300]).await;
            output.settle(14).await;
            Ok(())
        });
        let events: Result<Vec<TtsEvent>> = events.collect().await;
        let said: Vec<String> = events
            .unwrap()
            .into_iter()
            .map(|event| match event {
                TtsEvent::Audio(frame) => format!("{}", frame.duration().as_millis()),
                TtsEvent::Spoken(Spoken { text, audio }) => format!("{text} at {}", audio.as_millis()),
                _ => String::new(),
            })
            .collect();
        assert_eq!(said, ["100", "5 at 150", "9 at 150", "100", "100", "12 at 300", "14 at 300"]);
    }
}
