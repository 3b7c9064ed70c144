//! The contract of detectors, and what the model hears on real speech.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod real_speech;
mod sounds;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::options::Options;
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_testkit::contract::VadSubject;
use rooh_vad_silero::Silero;

mod contract {
    use super::*;

    rooh_testkit::vad_contract!(subject());

    fn subject() -> VadSubject {
        let subject = VadSubject::new(Silero::new());
        match sounds::prompt("vm-intro") {
            Ok(speech) => {
                let frame = AudioFrame::new(speech, AudioFormat::WIDEBAND, SessionTime::ZERO);
                subject.speech(vec![frame])
            }
            Err(_) => subject,
        }
    }
}

#[test]
fn it_is_registered_by_its_name_and_by_the_options_of_old_agent_files() {
    let registry = Registry::linked();
    assert!(registry.find(Kind::Vad, "silero").is_ok());
    assert!(registry.vad(&"silero".parse().unwrap()).unwrap().open().is_ok());
    assert!(registry.vad(&"silero/rten".parse().unwrap()).is_ok());
    let unknown = registry.vad(&"silero?threshold=0.5".parse().unwrap()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Config);
    let engine = registry.vad(&"silero?engine=tensorflow".parse().unwrap()).unwrap_err();
    assert_eq!((engine.kind(), engine.context("path")), (ErrorKind::Config, Some("engine")));
}

#[cfg(not(feature = "onnxruntime"))]
#[test]
fn an_engine_that_is_not_built_in_is_refused_before_any_session_needs_it() {
    let options = Options::new().with("engine", "onnxruntime").read().unwrap();
    let error = Silero::from_options(options).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("engine")));
}

#[cfg(feature = "onnxruntime")]
#[test]
fn onnx_runtime_gives_the_same_answers() {
    use rooh_core::vad::VadProvider;
    use rooh_onnx::Engine;

    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        eprintln!("skipped: ORT_DYLIB_PATH names no ONNX Runtime library");
        return;
    }
    let speech = sounds::prompt("vm-intro").unwrap_or_else(|missing| {
        println!("noise in place of speech: {missing}");
        let mut noise = rooh_testkit::Noise::new(1);
        (0..160_000).map(|_| noise.sample(9_000)).collect()
    });
    let mut ours = Silero::new().open().unwrap();
    let options = Options::new().with("engine", "onnxruntime").read().unwrap();
    assert!(Silero::from_options(options).is_ok());
    let mut theirs = Silero::new().engine(Engine::OnnxRuntime).open().unwrap();
    let mut furthest = 0.0_f32;
    let mut windows = 0;
    for window in speech.chunks_exact(ours.window()) {
        furthest = furthest.max((ours.probability(window) - theirs.probability(window)).abs());
        windows += 1;
    }
    println!("largest difference of {windows} windows: {furthest:e}");
    assert!(furthest < 1e-5, "the engines differ by {furthest}");
}
