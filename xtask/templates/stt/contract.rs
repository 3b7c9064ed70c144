//! The contract of recognizers, over this one.

use rooh_core::audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::provider::FromOptions;
use rooh_testkit::contract::{SttSubject, Utterance};
use {{module}}::{{Type}};

mod contract {
    use super::*;

    rooh_testkit::stt_contract!(subject());
}

/// The recognizer, and something that it understands.
fn subject() -> rooh_core::Result<SttSubject> {
    let mut samples = Vec::new();
    for _ in 0..4 {
        samples.extend((0..3_200).map(|n| ((n as f32 * 0.2).sin() * 8_000.0) as i16));
        samples.extend([0; 1_600]);
    }
    let frame = AudioFrame::new(samples, AudioFormat::WIDEBAND, SessionTime::ZERO);
    let utterance = Utterance::new("beep beep beep beep", &[frame]);
    Ok(SttSubject::new({{Type}}::from_options(Default::default())?).utterance(utterance))
}

#[test]
fn it_is_found_by_name() {
    rooh_core::registry::Registry::linked().stt(&"{{name}}".parse().unwrap()).unwrap();
}
