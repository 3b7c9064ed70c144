//! What a question to Smart Turn costs: its features, the model, and the whole of it, by engine.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_bench::{figure, millis, percentile};
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_models::Status;
use rooh_onnx::{Engine, open};
use rooh_turn_smart::{SmartTurn, SmartTurnOptions, features};

/// How often each is measured, after a few that are not.
const RUNS: usize = 40;
const WARM_UP: usize = 5;

fn main() {
    let audio = audio();
    let (median, best) = measure(|| drop(features(&audio)));
    figure("features of 8 s", format!("{median:.2} ms (best {best:.2})"), "5 ms", median <= 5.0);

    let Some(file) = model() else {
        println!("skipped: the model of Smart Turn is missing: rooh models pull smart-turn");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built");
    for (name, engine, promised) in
        [("rten", Engine::Rten, 45.0), ("ONNX Runtime", Engine::OnnxRuntime, 25.0)]
    {
        let bytes = std::fs::read(&file).expect("the model can be read");
        let model = match open(bytes, engine) {
            Ok(model) => model,
            Err(error) => {
                println!("skipped for {name}: {error}");
                continue;
            }
        };
        let input = features(&audio);
        let (median, best) = measure(|| {
            model.run(&[("input_features", &input)], &["logits"]).expect("the model runs");
        });
        println!("the file as it is on {name}: {median:.1} ms (best {best:.1})");

        let options = SmartTurnOptions { engine, model: Some(file.clone()), ..Default::default() };
        let smart = SmartTurn::new(options).expect("the options are right");
        let begin = Instant::now();
        runtime.block_on(smart.load().collect()).expect("the model loads");
        println!("loaded on {name} in {:.0} ms", millis(begin.elapsed()));
        let (median, best) = measure(|| {
            let view = TurnView { audio: audio.clone(), ..TurnView::default() };
            runtime.block_on(smart.completeness(view)).expect("the question is answered");
        });
        figure(
            &format!("a question about 8 s, {name}"),
            format!("{median:.1} ms (best {best:.1})"),
            format!("{promised} ms"),
            median <= promised,
        );
    }
}

/// Eight seconds of noise that comes and goes, in frames of 20 ms; what it is changes no cost.
fn audio() -> Vec<AudioFrame> {
    let mut state = 1_u32;
    let samples: Vec<i16> = (0..128_000_i32)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let loudness = (n % 8_000 - 4_000).abs();
            ((state >> 16) as i32 % (2 * loudness + 1) - loudness) as i16
        })
        .collect();
    let whole = AudioFrame::new(samples, AudioFormat::WIDEBAND, SessionTime::ZERO);
    whole.chunks(Duration::from_millis(20)).collect()
}

/// Median and least of the milliseconds that `work` takes.
fn measure(mut work: impl FnMut()) -> (f64, f64) {
    (0..WARM_UP).for_each(|_| work());
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            work();
            millis(begin.elapsed())
        })
        .collect();
    (percentile(&mut times, 0.5), times[0])
}

/// The model: where `SMART_TURN_MODEL` says, where `cargo xtask ci` or `rooh models pull` puts it.
fn model() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let of_ci = target.join("models/smart-turn-v3.2-cpu.onnx");
    if let Some(file) = std::env::var_os("SMART_TURN_MODEL") {
        return Some(file.into());
    }
    if of_ci.is_file() {
        return Some(of_ci);
    }
    match rooh_models::find("smart-turn").ok()?.status() {
        Status::Installed { at } => Some(at),
        _ => None,
    }
}
