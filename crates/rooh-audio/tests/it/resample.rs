//! The resampler: what it lets through and keeps out, its delay, its totals, its edges.

use std::f64::consts::TAU;
use std::time::Duration;

use proptest::prelude::*;
use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime, resample_all};

const RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];

fn tone(frequency: f64, rate: u32, amplitude: f64, samples: usize) -> Vec<i16> {
    let step = TAU * frequency / f64::from(rate);
    (0..samples).map(|n| (amplitude * (step * n as f64).sin()).round() as i16).collect()
}

/// How much of `frequency` is in `samples`, in decibels over a sine of this amplitude.
fn level_at(samples: &[i16], frequency: f64, rate: u32, amplitude: f64) -> f64 {
    let step = TAU * frequency / f64::from(rate);
    let (mut real, mut imaginary, mut weight) = (0.0, 0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        // A Hann window, so that a loud tone elsewhere does not leak in.
        let window = 0.5 - 0.5 * (TAU * n as f64 / samples.len() as f64).cos();
        real += window * f64::from(sample) * (step * n as f64).cos();
        imaginary += window * f64::from(sample) * (step * n as f64).sin();
        weight += window;
    }
    20.0 * (2.0 * f64::hypot(real, imaginary) / weight / amplitude).max(1e-9).log10()
}

/// The level at `heard` of a tone at `played`, from one rate to another.
fn level(played: f64, from: u32, heard: f64, to: u32) -> f64 {
    let amplitude = 20_000.0;
    let input = tone(played, from, amplitude, from as usize * 2);
    let output = resample_all(&input, AudioFormat::mono(from), AudioFormat::mono(to));
    // The edges, where the tone begins and ends, belong to the test and not to the filter.
    level_at(&output[to as usize / 2..to as usize * 3 / 2], heard, to, amplitude)
}

#[test]
fn what_belongs_to_speech_passes() {
    let cases = [
        (8_000, 16_000, 3_400.0, -0.7),
        (16_000, 8_000, 3_400.0, -0.7),
        (24_000, 8_000, 3_400.0, -0.7),
        (48_000, 16_000, 6_800.0, -0.7),
        (24_000, 16_000, 7_000.0, -1.5),
        (24_000, 48_000, 10_000.0, -0.4),
        (22_050, 16_000, 7_000.0, -1.5),
        (22_050, 8_000, 3_400.0, -0.7),
        (44_100, 16_000, 6_800.0, -0.7),
        (16_000, 44_100, 6_800.0, -0.7),
    ];
    for (from, to, frequency, floor) in cases {
        let level = level(frequency, from, frequency, to);
        println!("{from} to {to}: {frequency} Hz at {level:.2} dB");
        assert!((floor..0.1).contains(&level), "{from} to {to}: {frequency} Hz came out at {level:.2} dB");
    }
}

#[test]
fn images_and_aliases_stay_out() {
    let cases = [
        // From, to, a tone, and where its image or alias would be heard.
        (8_000, 16_000, 3_400.0, 4_600.0),
        (8_000, 48_000, 3_400.0, 12_600.0),
        (16_000, 8_000, 4_600.0, 3_400.0),
        (16_000, 8_000, 7_000.0, 1_000.0),
        (24_000, 8_000, 4_600.0, 3_400.0),
        (48_000, 8_000, 4_600.0, 3_400.0),
        (48_000, 16_000, 9_000.0, 7_000.0),
        (24_000, 16_000, 9_000.0, 7_000.0),
        (24_000, 48_000, 10_000.0, 14_000.0),
        (22_050, 16_000, 9_000.0, 7_000.0),
        (22_050, 8_000, 4_600.0, 3_400.0),
        (44_100, 16_000, 9_200.0, 6_800.0),
    ];
    for (from, to, played, heard) in cases {
        let level = level(played, from, heard, to);
        println!("{from} to {to}: {played} Hz heard at {heard} Hz with {level:.1} dB");
        assert!(level < -74.0, "{from} to {to}: {played} Hz came out as {heard} Hz at {level:.1} dB");
    }
}

#[test]
fn a_click_stays_where_it_was() {
    for from in RATES {
        for to in RATES {
            let mut samples = vec![0; from as usize];
            // A moment that falls on a sample at both rates.
            samples[from as usize / 50] = 20_000;
            let output = resample_all(&samples, AudioFormat::mono(from), AudioFormat::mono(to));
            let loudest = (0..output.len()).max_by_key(|&place| output[place].unsigned_abs());
            assert_eq!(loudest, Some(to as usize / 50), "{from} to {to}");
        }
    }
}

#[test]
fn it_holds_audio_back_for_one_or_two_milliseconds() {
    for from in RATES {
        for to in RATES {
            let delay = Resampler::new(AudioFormat::mono(from), AudioFormat::mono(to)).delay();
            assert!(delay <= Duration::from_micros(2_200), "{from} to {to}: {delay:?}");
            assert_eq!(delay.is_zero(), from == to);
        }
    }
}

#[test]
fn ten_minutes_come_out_as_ten_minutes() {
    for (from, to) in [(22_050, 16_000), (8_000, 48_000), (44_100, 16_000)] {
        let (from, to) = (AudioFormat::mono(from), AudioFormat::mono(to));
        let mut resampler = Resampler::new(from, to);
        let second = AudioFrame::silence(Duration::from_secs(1), from, SessionTime::ZERO);
        let mut samples = 0;
        for n in 0..600 {
            let out = resampler.process(&second.moved_to(SessionTime::from_millis(n * 1_000)));
            let expected = SessionTime::ZERO + to.duration_of(samples);
            let apart = out.at().since(expected).max(expected.since(out.at()));
            assert!(apart < Duration::from_micros(1), "frame {n} lies at {}, not at {expected}", out.at());
            samples += out.samples().len();
        }
        samples += resampler.flush().samples().len();
        assert_eq!(samples, 600 * to.rate() as usize);
    }
}

#[test]
fn a_flush_begins_where_the_last_frame_ended_and_starts_anew() {
    let (from, to) = (AudioFormat::mono(24_000), AudioFormat::WIDEBAND);
    let mut resampler = Resampler::new(from, to);
    let frame = AudioFrame::new(tone(440.0, 24_000, 9_000.0, 480), from, SessionTime::from_millis(500));
    let first = resampler.process(&frame);
    assert_eq!(first.at(), frame.at());
    let rest = resampler.flush();
    assert_eq!(first.samples().len() + rest.samples().len(), 320);
    assert_eq!(rest.at(), first.end());
    assert_eq!(resampler.process(&frame).samples(), first.samples());
    resampler.reset();
    assert_eq!(resampler.process(&frame).samples(), first.samples());
}

#[test]
fn equal_rates_share_the_memory_of_the_frame() {
    let mut resampler = Resampler::new(AudioFormat::WIDEBAND, AudioFormat::WIDEBAND);
    let frame = AudioFrame::silence(Duration::from_millis(20), AudioFormat::WIDEBAND, SessionTime::ZERO);
    let out = resampler.process(&frame);
    assert_eq!(out.samples().as_ptr(), frame.samples().as_ptr());
    assert!(resampler.flush().is_empty());
}

#[test]
fn a_frame_in_another_format_starts_the_filter_anew() {
    let mut resampler = Resampler::new(AudioFormat::TELEPHONE, AudioFormat::WIDEBAND);
    let second = AudioFrame::silence(Duration::from_secs(1), AudioFormat::mono(48_000), SessionTime::ZERO);
    let first = resampler.process(&second);
    assert_eq!(first.samples().len() + resampler.flush().samples().len(), 16_000);
    assert_eq!(resampler.from(), AudioFormat::mono(48_000));
}

#[test]
fn full_scale_clips_and_does_not_wrap() {
    for from in RATES {
        for to in RATES {
            // A square wave overshoots at every edge.
            let square: Vec<i16> =
                (0..4_000).map(|n| if n / 40 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
            let out = resample_all(&square, AudioFormat::mono(from), AudioFormat::mono(to));
            let scale = f64::from(to) / f64::from(from);
            for (n, &sample) in out.iter().enumerate() {
                let within = (n as f64 / scale) % 40.0;
                if (10.0..30.0).contains(&within) {
                    let high = (n as f64 / scale) / 40.0 % 2.0 < 1.0;
                    assert_eq!(sample > 0, high, "{from} to {to}: sample {n} is {sample}");
                }
            }
        }
    }
}

#[test]
fn rates_that_have_little_in_common_are_interpolated() {
    let (from, to) = (16_001, 44_101);
    let level_of_tone = level(3_000.0, from, 3_000.0, to);
    assert!((-0.1..0.1).contains(&level_of_tone), "{level_of_tone:.2} dB");
    let image = level(3_000.0, from, f64::from(from) - 3_000.0, to);
    assert!(image < -85.0, "{image:.1} dB");
    assert_eq!(
        resample_all(&[7; 100], AudioFormat::mono(u32::MAX), AudioFormat::mono(1)).len(),
        1,
        "an absurd ratio has a bounded filter",
    );
}

proptest! {
    #[test]
    fn pieces_of_any_length_give_the_same_samples(
        samples in prop::collection::vec(any::<i16>(), 0..3_000),
        cuts in prop::collection::vec(0_usize..700, 0..20),
        pair in (0_usize..6, 0_usize..6),
    ) {
        let (from, to) = (AudioFormat::mono(RATES[pair.0]), AudioFormat::mono(RATES[pair.1]));
        let whole = resample_all(&samples, from, to);
        let mut resampler = Resampler::new(from, to);
        let mut rest = AudioFrame::new(samples, from, SessionTime::from_millis(1_234));
        let mut pieces = Vec::new();
        for cut in cuts {
            pieces.extend_from_slice(resampler.process(&rest.slice_samples(0..cut)).samples());
            rest = rest.slice_samples(cut..usize::MAX);
        }
        pieces.extend_from_slice(resampler.process(&rest).samples());
        pieces.extend_from_slice(resampler.flush().samples());
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn any_rates_give_the_exact_total(
        from in 1_000_u32..200_000,
        to in 1_000_u32..200_000,
        count in 0_usize..500,
    ) {
        let out = resample_all(&vec![1_000; count], AudioFormat::mono(from), AudioFormat::mono(to));
        let exact = (count as u64 * u64::from(to)).div_ceil(u64::from(from));
        prop_assert_eq!(out.len() as u64, exact);
    }
}
