//! The suites judged: honest providers pass them, and each kind of wrong one fails the right case.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod honest;
mod realtime;
mod stage;
mod tool;
mod transport;
mod turn;
mod wrong;
mod wrong_llm;
mod wrong_stt;
mod wrong_tts;
mod wrong_vad;
