//! Layers: providers that wrap others of their kind, and keep a conversation going when one fails.
//!
//! Each implements the contract of what it wraps, so that nobody else has to know of it.
//! [`Deadline`] gives up an answer that stalls; [`Fallback`] asks the next language model when one
//! fails, and watches each by the same limits.

use std::sync::Arc;

use crate::stt::SttProvider;
use crate::tts::TtsProvider;

mod deadline;
mod fallback;
mod kept;
mod member;
mod standing;
mod stt;
mod tts;

pub use deadline::{Deadline, Deadlines};
pub use fallback::Fallback;
pub use standing::{LONGEST_REST, MOST_FAILURES, REST};
pub use stt::{MUTE, SttFallback};
pub use tts::{FIRST_AUDIO, TtsFallback};

/// The recognizer, as one that comes back when it breaks off.
pub(crate) fn recovering_stt(
    name: &str,
    stt: Arc<dyn SttProvider>,
    seed: Option<u64>,
) -> Arc<dyn SttProvider> {
    match stt.capabilities().recovers {
        true => stt,
        false => Arc::new(SttFallback::new().seed(seed).then_shared(name, stt)),
    }
}

/// The voice, as one that goes on when it breaks off.
pub(crate) fn recovering_tts(name: &str, tts: Arc<dyn TtsProvider>) -> Arc<dyn TtsProvider> {
    match tts.capabilities().recovers {
        true => tts,
        false => Arc::new(TtsFallback::new().then_shared(name, tts)),
    }
}
