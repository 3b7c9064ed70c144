//! Contract suites, scripted peers and the scenario player.
#![doc = include_str!("../README.md")]

pub mod contract;

#[cfg(feature = "fakes")]
pub mod fakes;

pub mod scenario;

pub mod speech;

mod noise;
mod scripted_llm;
mod scripted_realtime;
mod tone_stt;
mod tone_tts;

pub use noise::Noise;
pub use scenario::{Scenario, scenario};
pub use scripted_llm::{Reply, ScriptedLlm};
pub use scripted_realtime::ScriptedRealtime;
pub use tone_stt::ToneStt;
pub use tone_tts::ToneTts;
