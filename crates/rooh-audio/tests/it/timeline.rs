//! The timeline: gaps, overlaps, and the sample clock.

use std::time::Duration;

use proptest::prelude::*;
use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime, Timeline};

fn frame(at: SessionTime, samples: Vec<i16>) -> AudioFrame {
    AudioFrame::new(samples, AudioFormat::WIDEBAND, at)
}

/// All that lies on a timeline after these frames.
fn lay(frames: &[AudioFrame]) -> Vec<i16> {
    let mut side = Timeline::new(AudioFormat::WIDEBAND);
    let mut all = Vec::new();
    for frame in frames {
        let placed = side.push(frame);
        all.resize(all.len() + placed.silence as usize, 0);
        assert_eq!(AudioFormat::WIDEBAND.samples_in(placed.audio.at().since_start()), all.len());
        all.extend_from_slice(placed.audio.samples());
        assert_eq!(side.len(), all.len() as u64);
    }
    all
}

#[test]
fn a_gap_becomes_silence() {
    let all = lay(&[
        frame(SessionTime::from_millis(1), vec![1; 16]),
        frame(SessionTime::from_millis(3), vec![2; 16]),
    ]);
    assert_eq!(all, [[0; 16], [1; 16], [0; 16], [2; 16]].concat());
}

#[test]
fn an_overlap_is_trimmed() {
    let all = lay(&[
        frame(SessionTime::ZERO, vec![1; 32]),
        frame(SessionTime::from_millis(1), vec![2; 32]),
        frame(SessionTime::ZERO, vec![3; 8]),
    ]);
    assert_eq!(all, [[1; 16], [1; 16], [2; 16]].concat());
}

#[test]
fn going_on_to_a_moment_is_silence() {
    let mut side = Timeline::new(AudioFormat::WIDEBAND);
    assert_eq!(side.advance_to(SessionTime::from_millis(10)), 160);
    assert_eq!(side.advance_to(SessionTime::from_millis(5)), 0);
    assert_eq!(side.end(), SessionTime::from_millis(10));
}

#[test]
fn a_moment_far_away_allocates_nothing() {
    let mut side = Timeline::new(AudioFormat::WIDEBAND);
    let far = SessionTime::new(Duration::from_secs(1 << 40));
    assert_eq!(side.push(&frame(far, vec![1])).silence, 16_000 << 40);
    let end = SessionTime::new(Duration::MAX);
    assert_eq!(side.push(&frame(end, vec![1; 4])).audio.samples().len(), 4);
}

#[test]
fn rounding_neither_cuts_nor_fills() {
    // 1 / 44,100 of a second is no whole number of nanoseconds.
    let format = AudioFormat::mono(44_100);
    let mut side = Timeline::new(format);
    let mut at = SessionTime::from_millis(7);
    side.advance_to(at);
    for _ in 0..10_000 {
        let piece = AudioFrame::new(vec![1; 101], format, at);
        let placed = side.push(&piece);
        assert_eq!((placed.silence, placed.audio.samples().len()), (0, 101));
        // Not the sum of the durations: each of them is rounded down.
        at = side.end();
    }
}

#[test]
fn resampled_frames_follow_without_a_seam() {
    let (from, to) = (AudioFormat::mono(22_050), AudioFormat::WIDEBAND);
    let mut resampler = Resampler::new(from, to);
    let mut side = Timeline::new(to);
    for n in 0..2_000 {
        let at = SessionTime::ZERO + from.duration_of(n * 128);
        let piece = resampler.process(&AudioFrame::new(vec![9; 128], from, at));
        let placed = side.push(&piece);
        assert_eq!((placed.silence, placed.audio.samples().len()), (0, piece.samples().len()));
    }
}

proptest! {
    #[test]
    fn what_is_placed_first_stays_and_the_rest_lies_where_it_says(
        starts in prop::collection::vec((0_u64..200, 1_usize..800), 1..30),
    ) {
        let frames: Vec<AudioFrame> = starts
            .iter()
            .enumerate()
            .map(|(n, &(at, len))| frame(SessionTime::from_millis(at), vec![n as i16 + 1; len]))
            .collect();
        let mut expected: Vec<i16> = Vec::new();
        for frame in &frames {
            let start = 16 * frame.at().as_millis() as usize;
            // One sample off counts as rounding, whichever way.
            let start = if start.abs_diff(expected.len()) <= 1 { expected.len() } else { start };
            if expected.len() < start {
                expected.resize(start, 0);
            }
            expected.extend(frame.samples().iter().skip(expected.len() - start));
        }
        prop_assert_eq!(lay(&frames), expected);
    }
}
