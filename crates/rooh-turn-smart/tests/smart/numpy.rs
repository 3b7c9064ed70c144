//! The features, compared with what NumPy computes.

use std::path::Path;
use std::process::Command;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_turn_smart::{FRAMES, MELS, features};
use serde_json::Value;

use crate::signals;

/// How far a feature may be from that of the reference.
const TOLERANCE: f64 = 1e-3;

/// The committed numbers, one object for each signal.
pub(crate) fn reference() -> Vec<Value> {
    serde_json::from_str(include_str!("../reference/features.json")).unwrap()
}

fn features_of(samples: &[i16]) -> Vec<f32> {
    let frame = AudioFrame::new(samples, AudioFormat::WIDEBAND, SessionTime::ZERO);
    features(&[frame]).as_f32().unwrap().to_vec()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn the_signals_are_those_of_the_reference() {
    for (signal, row) in signals::all().iter().zip(reference()) {
        assert_eq!(row["signal"], signal.name);
        assert_eq!(row["samples"], signal.samples.len(), "{}", signal.name);
        let samples = signal.samples.iter().enumerate();
        let fingerprint: i64 = samples.map(|(n, &sample)| i64::from(sample) * (n as i64 % 1_009)).sum();
        assert_eq!(row["fingerprint"], fingerprint, "{}", signal.name);
    }
}

#[test]
fn features_are_those_of_the_reference() {
    for (signal, row) in signals::all().iter().zip(reference()) {
        let found = features_of(&signal.samples);
        let mut furthest = 0.0_f64;
        for (column, expected) in row["columns"].as_object().unwrap() {
            let column: usize = column.parse().unwrap();
            for (m, expected) in numbers(expected).into_iter().enumerate() {
                furthest = furthest.max((f64::from(found[m * FRAMES + column]) - expected).abs());
            }
        }
        for (m, expected) in numbers(&row["means"]).into_iter().enumerate() {
            let band = &found[m * FRAMES..(m + 1) * FRAMES];
            let mean = band.iter().map(|&feature| f64::from(feature)).sum::<f64>() / FRAMES as f64;
            furthest = furthest.max((mean - expected).abs());
        }
        println!("{}: furthest {furthest:.1e}, of which rounding is 5e-5", signal.name);
        assert!(furthest < TOLERANCE, "{} is off by {furthest}", signal.name);
    }
}

#[test]
fn every_feature_is_that_of_numpy_where_it_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/make.py");
    let output = Command::new("python3").arg(script).arg("--all").arg(folder.path()).output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("numpy") => {
            eprintln!("skipped: python3 is here without NumPy");
            return;
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            eprintln!("skipped: python3 does not run: {error}");
            return;
        }
    }
    for signal in signals::all() {
        let bytes = std::fs::read(folder.path().join(signal.name).with_extension("f32")).unwrap();
        let expected = bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap()));
        let found = features_of(&signal.samples);
        assert_eq!((found.len(), bytes.len()), (MELS * FRAMES, MELS * FRAMES * 4));
        let furthest = found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
        println!("{}: furthest of all {furthest:.1e}", signal.name);
        assert!(furthest < TOLERANCE, "{} is off by {furthest}", signal.name);
    }
}
