//! The providers that the facade can bring; written by `cargo xtask codegen`.

use rooh_core::provider::{Descriptor, Kind};

use crate::names::Known;

#[cfg(feature = "llm-anthropic")]
pub use rooh_llm_anthropic as llm_anthropic;
#[cfg(feature = "llm-bedrock")]
pub use rooh_llm_bedrock as llm_bedrock;
#[cfg(feature = "llm-gemini")]
pub use rooh_llm_gemini as llm_gemini;
#[cfg(feature = "llm-ollama")]
pub use rooh_llm_ollama as llm_ollama;
#[cfg(feature = "llm-openai")]
pub use rooh_llm_openai as llm_openai;
#[cfg(feature = "llm-script")]
pub use rooh_llm_script as llm_script;
#[cfg(feature = "stt-deepgram")]
pub use rooh_stt_deepgram as stt_deepgram;
#[cfg(feature = "stt-openai")]
pub use rooh_stt_openai as stt_openai;
#[cfg(feature = "stt-pocketsphinx")]
pub use rooh_stt_pocketsphinx as stt_pocketsphinx;
#[cfg(feature = "transport-wav")]
pub use rooh_transport_wav as transport_wav;
#[cfg(feature = "transport-websocket")]
pub use rooh_transport_websocket as transport_websocket;
#[cfg(feature = "tts-cartesia")]
pub use rooh_tts_cartesia as tts_cartesia;
#[cfg(feature = "tts-deepgram")]
pub use rooh_tts_deepgram as tts_deepgram;
#[cfg(feature = "tts-elevenlabs")]
pub use rooh_tts_elevenlabs as tts_elevenlabs;
#[cfg(feature = "tts-flite")]
pub use rooh_tts_flite as tts_flite;
#[cfg(feature = "tts-openai")]
pub use rooh_tts_openai as tts_openai;
#[cfg(feature = "turn-smart")]
pub use rooh_turn_smart as turn_smart;
#[cfg(feature = "vad-silero")]
pub use rooh_vad_silero as vad_silero;

/// The providers that are switched on.
///
/// Naming each of them here is what makes the linker keep it.
pub static BUNDLED: &[&Descriptor] = &[
    #[cfg(feature = "llm-anthropic")]
    &rooh_llm_anthropic::DESCRIPTOR,
    #[cfg(feature = "llm-bedrock")]
    &rooh_llm_bedrock::DESCRIPTOR,
    #[cfg(feature = "llm-gemini")]
    &rooh_llm_gemini::DESCRIPTOR,
    #[cfg(feature = "llm-ollama")]
    &rooh_llm_ollama::DESCRIPTOR,
    #[cfg(feature = "llm-openai")]
    &rooh_llm_openai::DESCRIPTOR,
    #[cfg(feature = "llm-script")]
    &rooh_llm_script::DESCRIPTOR,
    #[cfg(feature = "stt-deepgram")]
    &rooh_stt_deepgram::DESCRIPTOR,
    #[cfg(feature = "stt-openai")]
    &rooh_stt_openai::DESCRIPTOR,
    #[cfg(feature = "stt-pocketsphinx")]
    &rooh_stt_pocketsphinx::DESCRIPTOR,
    #[cfg(feature = "tts-cartesia")]
    &rooh_tts_cartesia::DESCRIPTOR,
    #[cfg(feature = "tts-deepgram")]
    &rooh_tts_deepgram::DESCRIPTOR,
    #[cfg(feature = "tts-elevenlabs")]
    &rooh_tts_elevenlabs::DESCRIPTOR,
    #[cfg(feature = "tts-flite")]
    &rooh_tts_flite::DESCRIPTOR,
    #[cfg(feature = "tts-openai")]
    &rooh_tts_openai::DESCRIPTOR,
    #[cfg(feature = "turn-smart")]
    &rooh_turn_smart::DESCRIPTOR,
    #[cfg(feature = "vad-silero")]
    &rooh_vad_silero::DESCRIPTOR,
];

/// The names that Rooh knows, and what to enable for each.
pub(crate) static KNOWN: &[Known] = &[
    Known { kind: Kind::Llm, name: "anthropic", feature: "llm-anthropic" },
    Known { kind: Kind::Llm, name: "bedrock", feature: "llm-bedrock" },
    Known { kind: Kind::Llm, name: "gemini", feature: "llm-gemini" },
    Known { kind: Kind::Llm, name: "local", feature: "llm-local (planned; not in this version)" },
    Known { kind: Kind::Llm, name: "ollama", feature: "llm-ollama" },
    Known { kind: Kind::Llm, name: "openai", feature: "llm-openai" },
    Known { kind: Kind::Llm, name: "script", feature: "llm-script" },
    Known { kind: Kind::Stt, name: "deepgram", feature: "stt-deepgram" },
    Known { kind: Kind::Stt, name: "deepgram-flux", feature: "stt-deepgram" },
    Known { kind: Kind::Stt, name: "deepgram-nova-2", feature: "stt-deepgram" },
    Known { kind: Kind::Stt, name: "deepgram-nova-3", feature: "stt-deepgram" },
    Known {
        kind: Kind::Stt,
        name: "nvidia-parakeet",
        feature: "stt-parakeet (planned; not in this version)",
    },
    Known { kind: Kind::Stt, name: "openai", feature: "stt-openai" },
    Known { kind: Kind::Stt, name: "parakeet", feature: "stt-parakeet (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "pocketsphinx", feature: "stt-pocketsphinx" },
    Known { kind: Kind::Stt, name: "sherpa", feature: "stt-sherpa (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "wav2vec2", feature: "stt-wav2vec2 (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "wav2vec2-large", feature: "stt-wav2vec2 (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "whisper", feature: "stt-whisper (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "whisper-base", feature: "stt-whisper (planned; not in this version)" },
    Known {
        kind: Kind::Stt,
        name: "whisper-large-v3",
        feature: "stt-whisper (planned; not in this version)",
    },
    Known { kind: Kind::Stt, name: "whisper-medium", feature: "stt-whisper (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "whisper-small", feature: "stt-whisper (planned; not in this version)" },
    Known { kind: Kind::Stt, name: "whisper-tiny", feature: "stt-whisper (planned; not in this version)" },
    Known { kind: Kind::Tts, name: "bark", feature: "tts-bark (planned; not in this version)" },
    Known { kind: Kind::Tts, name: "bark-large", feature: "tts-bark (planned; not in this version)" },
    Known { kind: Kind::Tts, name: "bark-small", feature: "tts-bark (planned; not in this version)" },
    Known { kind: Kind::Tts, name: "cartesia", feature: "tts-cartesia" },
    Known { kind: Kind::Tts, name: "deepgram", feature: "tts-deepgram" },
    Known { kind: Kind::Tts, name: "deepgram-tts", feature: "tts-deepgram" },
    Known { kind: Kind::Tts, name: "elevenlabs", feature: "tts-elevenlabs" },
    Known { kind: Kind::Tts, name: "flite", feature: "tts-flite" },
    Known { kind: Kind::Tts, name: "openai", feature: "tts-openai" },
    Known { kind: Kind::Tts, name: "piper", feature: "tts-piper (planned; not in this version)" },
    Known { kind: Kind::Tts, name: "sherpa", feature: "tts-sherpa (planned; not in this version)" },
    Known { kind: Kind::Tts, name: "speecht5", feature: "tts-speecht5 (planned; not in this version)" },
    Known { kind: Kind::Turn, name: "smart", feature: "turn-smart" },
    Known { kind: Kind::Vad, name: "earshot", feature: "vad-earshot (planned; not in this version)" },
    Known { kind: Kind::Vad, name: "silero", feature: "vad-silero" },
];
