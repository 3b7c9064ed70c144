//! What holds for any model, for the real one, and for what a person says.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod files;
mod numpy;
mod prompts;
mod real;
mod signals;
mod tiny;

use std::path::PathBuf;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::options::Options;
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_core::turn::TurnView;
use rooh_testkit::contract::TurnSubject;
use rooh_turn_smart::{SmartTurn, SmartTurnOptions};

/// The contract over a model of three operators, which is always there.
mod contract {
    rooh_testkit::turn_contract!(crate::tiny::subject());
}

/// The same with the threads of a server.
mod contract_on_threads {
    rooh_testkit::turn_contract!(live: crate::tiny::subject());
}

/// The contract over Smart Turn itself.
mod contract_of_the_real_model {
    use super::*;

    rooh_testkit::turn_contract!(subject());

    fn subject() -> Result<TurnSubject, String> {
        let subject = TurnSubject::new(real::smart_turn()?);
        Ok(match (prompts::complete("vm-intro"), prompts::cut("vm-intro")) {
            (Ok(finished), Ok(unfinished)) => subject.examples(heard(finished), heard(unfinished)),
            _ => subject,
        })
    }
}

/// A view of nothing but these samples at 16 kHz.
fn heard(samples: Vec<i16>) -> TurnView {
    let frame = AudioFrame::new(samples, AudioFormat::WIDEBAND, SessionTime::ZERO);
    TurnView { audio: vec![frame], ..TurnView::default() }
}

fn with_model(file: impl Into<PathBuf>) -> SmartTurn {
    SmartTurn::new(SmartTurnOptions { model: Some(file.into()), ..Default::default() }).unwrap()
}

#[test]
fn it_is_registered_by_its_name_and_its_options_are_checked() {
    let registry = Registry::linked();
    assert!(registry.find(Kind::Turn, "smart").is_ok());
    for reference in ["smart", "smart?workers=2&queue=0", "smart?engine=rten&model=/models/smart-turn.onnx"] {
        assert!(registry.turn(&reference.parse().unwrap()).is_ok(), "{reference}");
    }
    for (reference, path) in [
        ("smart?workers=0", "workers"),
        ("smart?workers=65", "workers"),
        ("smart?queue=1025", "queue"),
        ("smart?engine=tensorflow", "engine"),
    ] {
        let error = registry.turn(&reference.parse().unwrap()).unwrap_err();
        assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some(path)), "{reference}");
    }
    let unknown = registry.turn(&"smart?threshold=0.5".parse().unwrap()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn the_file_is_the_one_of_the_options_then_that_of_the_environment() {
    let registry = Registry::linked()
        .environment(|name| (name == "SMART_TURN_MODEL").then(|| "/nowhere/environment.onnx".to_owned()));
    for (reference, file) in
        [("smart", "/nowhere/environment.onnx"), ("smart?model=/nowhere/option.onnx", "/nowhere/option.onnx")]
    {
        let smart = registry.turn(&reference.parse().unwrap()).unwrap();
        let error = smart.completeness(heard(vec![1; 1_600])).await.unwrap_err();
        assert_eq!((error.kind(), error.context("file")), (ErrorKind::NotFound, Some(file)), "{error}");
    }
}

#[cfg(not(feature = "onnxruntime"))]
#[test]
fn an_engine_that_is_not_built_in_is_refused_before_any_session_needs_it() {
    let options = Options::new().with("engine", "onnxruntime").read().unwrap();
    let error = SmartTurn::from_options(options).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("engine")));
}

#[cfg(feature = "onnxruntime")]
#[test]
fn an_engine_that_is_built_in_may_be_chosen() {
    let options = Options::new().with("engine", "onnxruntime").read().unwrap();
    assert!(SmartTurn::from_options(options).is_ok());
}
