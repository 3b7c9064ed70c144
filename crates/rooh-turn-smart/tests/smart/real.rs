//! The real model: the answers of the reference, both engines, and what a person says.

use std::path::{Path, PathBuf};

use rooh_core::turn::TurnDetector;
use rooh_models::Status;
use rooh_testkit::Noise;
use rooh_turn_smart::SmartTurn;

use crate::{heard, numpy, prompts, signals, with_model};

/// The model: where `SMART_TURN_MODEL` says, where `cargo xtask ci` puts it, or where
/// `rooh models pull` does.
fn model() -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let of_ci = target.join("models/smart-turn-v3.2-cpu.onnx");
    if let Some(file) = std::env::var_os("SMART_TURN_MODEL") {
        Ok(file.into())
    } else if of_ci.is_file() {
        Ok(of_ci)
    } else {
        match rooh_models::find("smart-turn").unwrap().status() {
            Status::Installed { at } => Ok(at),
            other => Err(format!("the model of Smart Turn is {other}")),
        }
    }
}

pub(crate) fn smart_turn() -> Result<SmartTurn, String> {
    model().map(with_model)
}

async fn answer(smart: &SmartTurn, samples: Vec<i16>) -> f32 {
    smart.completeness(heard(samples)).await.unwrap()
}

/// The share of pairs in which a finished turn is likelier to be finished than an unfinished one.
fn area_under_curve(finished: &[f32], unfinished: &[f32]) -> f64 {
    let pairs = finished.iter().flat_map(|f| unfinished.iter().map(move |u| (f, u)));
    let won: f64 = pairs.map(|(f, u)| if f > u { 1.0 } else { f64::from(u8::from(f == u)) / 2.0 }).sum();
    won / (finished.len() * unfinished.len()) as f64
}

#[tokio::test]
async fn a_person_who_has_finished_is_told_from_one_who_was_cut_off() {
    let (smart, sentences) = match (smart_turn(), prompts::sentences(60)) {
        (Ok(smart), Ok(sentences)) => (smart, sentences),
        (Err(missing), _) | (_, Err(missing)) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let seed = 3;
    let mut random = Noise::new(seed);
    let (mut finished, mut unfinished) = (Vec::new(), Vec::new());
    for samples in sentences {
        let cut = prompts::cut_at(&samples, 0.3 + random.unit() / 2.0);
        unfinished.push(answer(&smart, prompts::with_pause(cut)).await);
        finished.push(answer(&smart, prompts::with_pause(samples)).await);
    }
    let area = area_under_curve(&finished, &unfinished);
    let above = |all: &[f32]| all.iter().filter(|&&answer| answer > 0.5).count() as f64 / all.len() as f64;
    println!(
        "{} sentences, seed {seed}: area under curve {area:.3}; above 0.5: whole {:.2}, cut {:.2}",
        finished.len(),
        above(&finished),
        above(&unfinished)
    );
    // Measured: 0.91, and 0.90 of the whole sentences.
    assert!(area > 0.80, "the area under the curve is {area}");
    assert!(above(&finished) > 0.75, "{} of the whole sentences pass for finished", above(&finished));
}

/// How far two engines may be apart on an answer that is settled: three steps of the eight bits that
/// the last value in front of the sigmoid has. Near 0.015 or 0.985 that is 2e-3.
const TOLERANCE: f64 = 3.0 * 0.0394;

/// What stands in front of the sigmoid.
fn logit(answer: f64) -> f64 {
    (answer / (1.0 - answer)).ln()
}

/// The answers on which two versions of ONNX Runtime agree, by signal.
///
/// The model computes with eight bits throughout, so one rounding that falls the other way may move
/// the answer by many steps: the other answers differ by up to 0.05 from one version of ONNX Runtime
/// to the next, and no engine can be held to them.
fn settled_answers() -> Vec<(String, f64)> {
    let rows = numpy::reference().into_iter();
    let settled = rows.filter_map(|row| {
        let answers = row["answers"].as_object().unwrap().values().map(|answer| answer.as_f64().unwrap());
        let (least, most) = answers.fold((1.0_f64, 0.0_f64), |(a, b), one| (a.min(one), b.max(one)));
        (most - least < 1e-4).then(|| (row["signal"].as_str().unwrap().to_owned(), least))
    });
    settled.collect()
}

#[tokio::test]
async fn answers_are_those_of_the_reference() {
    let smart = match smart_turn() {
        Ok(smart) => smart,
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let settled = settled_answers();
    assert!(settled.len() >= 3, "{settled:?}");
    for signal in signals::all() {
        let found = f64::from(answer(&smart, signal.samples).await);
        match settled.iter().find(|(name, _)| name == signal.name) {
            Some((name, expected)) => {
                println!("{name}: {found:.5}, ONNX Runtime {expected:.5}");
                let apart = (logit(found) - logit(*expected)).abs();
                assert!(apart < TOLERANCE, "{name}: {found} and not {expected}");
            }
            None => println!("{}: {found:.5}, versions of ONNX Runtime differ", signal.name),
        }
    }
}

/// What comes out is what the same version gives in Python: there only the features could differ.
#[cfg(feature = "onnxruntime")]
#[tokio::test]
async fn onnx_runtime_answers_as_it_does_in_python() {
    use rooh_turn_smart::SmartTurnOptions;

    let version = match rooh_onnx::probe(&rooh_onnx::library_path()) {
        Ok(version) => format!("{version}."),
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let file = match model() {
        Ok(file) => file,
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let engine = rooh_onnx::Engine::OnnxRuntime;
    let options = SmartTurnOptions { engine, model: Some(file), ..Default::default() };
    let smart = SmartTurn::new(options).unwrap();
    for (signal, row) in signals::all().into_iter().zip(numpy::reference()) {
        let found = f64::from(answer(&smart, signal.samples).await);
        let answers = row["answers"].as_object().unwrap();
        match answers.iter().find(|(other, _)| other.starts_with(&version)) {
            Some((_, expected)) => {
                let expected = expected.as_f64().unwrap();
                println!("{}: {found:.5}, in Python {expected:.5}", signal.name);
                assert!((found - expected).abs() < 2e-3, "{}: {found} and not {expected}", signal.name);
            }
            None => println!("{}: {found:.5}, no reference for version {version}*", signal.name),
        }
    }
}
