//! What the benches share: figures in a table, and providers that take no time of their own.
#![doc = include_str!("../README.md")]

use std::fmt::Display;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};

/// Prints one figure, so that `cargo xtask bench` can gather it.
pub fn figure(name: &str, measured: impl Display, promised: impl Display, met: bool) {
    println!("figure | {name} | {measured} | {promised} | {} |", if met { "met" } else { "MISSED" });
}

/// The value that `share` of the sorted `values` do not exceed.
///
/// # Panics
///
/// If there are no values.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() as f64 * share) as usize).min(values.len() - 1)]
}

/// Milliseconds with a fraction.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A model that answers at once.
#[derive(Debug)]
pub struct Prompt(
    /// What it answers.
    pub &'static str,
);

impl LlmProvider for Prompt {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        let text = self.0;
        Events::new(move |mut out| async move {
            out.emit(LlmEvent::Text(text.into())).await;
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    }
}

/// A voice that is ready at once and counts: every sample is one more than the one before.
///
/// Whoever hears it can tell whether anything was lost.
#[derive(Debug)]
pub struct Counter {
    /// How long it speaks for each clause.
    pub speaks: Duration,
}

impl TtsProvider for Counter {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let frames = self.speaks.as_millis() as usize / 100;
        Events::new(move |mut out| async move {
            let mut next = 0_i16;
            while text.next().await.is_some() {
                for _ in 0..frames {
                    let samples: Vec<i16> = (0..1600_i16).map(|n| next.wrapping_add(n)).collect();
                    next = next.wrapping_add(1600);
                    let frame = AudioFrame::new(samples, AudioFormat::WIDEBAND, SessionTime::ZERO);
                    out.emit(TtsEvent::Audio(frame)).await;
                }
            }
            Ok(())
        })
    }
}
