//! Frames: cutting them, joining them, letting them fade.

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime, fade_in, fade_out, level_db};

fn ramp(samples: i16) -> AudioFrame {
    AudioFrame::new(
        (0..samples).collect::<Vec<i16>>(),
        AudioFormat::TELEPHONE,
        SessionTime::from_millis(1_000),
    )
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn pieces_share_the_samples_and_keep_their_places() {
    let frame = ramp(400);
    let pieces: Vec<AudioFrame> = frame.chunks(20 * MS).collect();
    let shape: Vec<(u64, usize)> = pieces.iter().map(|p| (p.at().as_millis(), p.samples().len())).collect();
    assert_eq!(shape, [(1_000, 160), (1_020, 160), (1_040, 80)]);
    assert_eq!(pieces[1].samples().as_ptr(), frame.samples()[160..].as_ptr());
}

#[test]
fn a_frame_of_nothing_has_no_pieces_and_no_duration_is_one_sample() {
    assert_eq!(ramp(0).chunks(20 * MS).count(), 0);
    assert_eq!(ramp(3).chunks(Duration::ZERO).count(), 3);
}

#[test]
fn joined_pieces_are_the_frame_again() {
    let frame = ramp(500);
    let pieces: Vec<AudioFrame> = frame.chunks(7 * MS).collect();
    let joined = AudioFrame::concat(&pieces).unwrap();
    assert_eq!(joined.samples(), frame.samples());
    assert_eq!(joined.at(), frame.at());
    assert!(AudioFrame::concat(&[]).is_none());
}

#[test]
fn joining_converts_what_has_another_rate() {
    let other = AudioFrame::silence(100 * MS, AudioFormat::WIDEBAND, SessionTime::ZERO);
    let joined = AudioFrame::concat(&[ramp(80), other]).unwrap();
    assert_eq!(joined.duration(), 110 * MS);
}

#[test]
fn a_fade_falls_evenly_and_ends_in_silence() {
    let frame = AudioFrame::new(vec![8_000; 400], AudioFormat::TELEPHONE, SessionTime::ZERO);
    let out = fade_out(&frame, 10 * MS..20 * MS);
    assert_eq!(
        [0, 79, 80, 120, 159, 160, 399].map(|n| out.samples()[n]),
        [8_000, 8_000, 8_000, 4_000, 100, 0, 0]
    );
    let back = fade_in(&frame, 10 * MS..20 * MS);
    assert_eq!([0, 79, 80, 120, 160, 399].map(|n| back.samples()[n]), [0, 0, 0, 4_000, 8_000, 8_000]);
}

#[test]
fn a_fade_over_nothing_is_a_cut() {
    let frame = AudioFrame::new(vec![i16::MIN; 16], AudioFormat::TELEPHONE, SessionTime::ZERO);
    let cut = fade_out(&frame, MS..MS);
    assert_eq!(cut.samples(), [[i16::MIN; 8], [0; 8]].concat());
    assert_eq!(fade_out(&frame, Duration::ZERO..Duration::ZERO).samples(), [0; 16]);
}

#[test]
fn loudness_is_measured_against_full_scale() {
    assert_eq!(level_db(&[]), -90.0);
    assert_eq!(level_db(&[0; 10]), -90.0);
    assert!((level_db(&[16_384; 10]) + 6.02).abs() < 0.01);
}
