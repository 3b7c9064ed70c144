//! Features, names and the catalog say the same.

use expect_test::expect_file;
use rooh::prelude::*;
use serde_json::Value;

/// What a program without any variable in its environment finds.
fn registry() -> rooh::registry::Registry {
    rooh::registry().environment(|_| None)
}

/// Kind, name and feature of every provider in the snapshot, which has all features on.
fn snapshot() -> Vec<Value> {
    let snapshot: Value = serde_json::from_str(include_str!("catalog.json")).expect("the snapshot is JSON");
    snapshot["providers"].as_array().expect("the snapshot lists providers").clone()
}

fn is_on(feature: &str) -> bool {
    rooh::BUNDLED.iter().any(|provider| provider.feature() == feature)
}

#[test]
fn every_feature_that_is_on_registers_its_provider_and_no_other_does() {
    let mut registered: Vec<&str> =
        registry().descriptors().iter().map(|provider| provider.feature()).collect();
    let mut bundled: Vec<&str> = rooh::BUNDLED.iter().map(|provider| provider.feature()).collect();
    registered.sort_unstable();
    bundled.sort_unstable();
    assert_eq!(registered, bundled);
}

#[test]
fn a_provider_goes_by_the_name_in_its_manifest() {
    for provider in rooh::BUNDLED {
        let found = rooh::registry().find(provider.kind(), provider.info().name).unwrap();
        assert_eq!(found.feature(), provider.feature());
        assert_eq!(provider.feature().split('-').next(), Some(provider.kind().as_str()));
    }
}

#[test]
fn the_catalog_is_the_snapshot_as_far_as_features_are_on() {
    let catalog = serde_json::to_value(registry().catalog()).unwrap();
    let expected: Vec<Value> =
        snapshot().into_iter().filter(|entry| is_on(entry["feature"].as_str().unwrap())).collect();
    assert_eq!(catalog["providers"], Value::Array(expected), "run `cargo xtask codegen`");
    if rooh::BUNDLED.len() == snapshot().len() {
        let mut text = serde_json::to_string_pretty(&catalog).unwrap();
        text.push('\n');
        expect_file!["catalog.json"].assert_eq(&text);
    }
}

#[test]
fn a_name_whose_feature_is_off_is_answered_with_the_feature() {
    for entry in snapshot() {
        let feature = entry["feature"].as_str().unwrap();
        let kind = *Kind::ALL.iter().find(|kind| entry["kind"] == kind.as_str()).unwrap();
        let found = registry().find(kind, entry["name"].as_str().unwrap());
        match found {
            Ok(provider) => assert_eq!(provider.feature(), feature),
            Err(error) => assert_eq!(error.context("enable the Cargo feature"), Some(feature)),
        }
    }
}

#[test]
fn a_name_that_is_still_to_come_is_told_from_a_typing_error() {
    let planned = registry().find(Kind::Stt, "wav2vec2").unwrap_err();
    assert!(planned.context("enable the Cargo feature").unwrap().starts_with("stt-wav2vec2"));
    let mistyped = registry().find(Kind::Stt, "deepgarm").unwrap_err();
    assert_eq!(mistyped.kind(), ErrorKind::NotFound);
    assert_eq!(mistyped.context("enable the Cargo feature"), None);
}

#[test]
fn an_agent_is_built_by_name_and_all_that_is_wrong_is_said_at_once() {
    let error = Rooh::builder().stt("nobody").llm("nothing").vad_threshold(3.0).build().unwrap_err();
    let paths: Vec<_> = error.parts().iter().filter_map(|part| part.context("path")).collect();
    assert_eq!(paths, ["stt", "llm", "vad_threshold"]);
}
