//! What Deepgram refuses before a socket opens.

use super::super::Seen;

/// The most tokens of key terms; here, a token is a word.
const TOKENS: usize = 500;

/// What is wrong with a connection to Nova.
pub(super) fn nova(seen: &Seen) -> Option<String> {
    let model = seen.param("model")?;
    let is = |name: &str, value: &str| seen.param(name).as_deref() == Some(value);
    let has = |name: &str| seen.param(name).is_some();
    if model.starts_with("flux") {
        return Some("No such model/language combination found.".to_owned());
    }
    if has("keywords") && model.starts_with("nova-3") {
        return Some("Keywords are not supported for Nova-3 models. Please use keyterm.".to_owned());
    }
    if has("keyterm") && !model.starts_with("nova-3") {
        return Some("Keyterms are only supported for Nova-3 models.".to_owned());
    }
    if has("utterance_end_ms") && !is("interim_results", "true") {
        return Some("utterance_end_ms requires interim_results=true.".to_owned());
    }
    if is("diarize_model", "v2") {
        return Some("diarize_model=v2 is not supported for streaming.".to_owned());
    }
    for name in ["sentiment", "summarize", "topics", "intents"] {
        if has(name) {
            return Some(format!("{name} is not supported for streaming."));
        }
    }
    both(seen)
}

/// What is wrong with a connection to Flux.
pub(super) fn flux(seen: &Seen) -> Option<String> {
    let model = seen.param("model").unwrap_or_default();
    if !model.starts_with("flux-general") {
        return Some(
            "Invalid model. Models for this endpoint are flux-general-en, flux-general-multi.".to_owned(),
        );
    }
    for name in
        ["diarize", "endpointing", "interim_results", "language", "punctuate", "smart_format", "vad_events"]
    {
        if seen.param(name).is_some() {
            return Some(format!("Unknown parameter {name}."));
        }
    }
    if seen.param("language_hint").is_some() && model != "flux-general-multi" {
        return Some("language_hint requires flux-general-multi.".to_owned());
    }
    let ranges =
        [("eot_threshold", 0.5, 1.0), ("eager_eot_threshold", 0.3, 0.9), ("eot_timeout_ms", 500.0, 60_000.0)];
    for (name, least, most) in ranges {
        let Some(value) = seen.param(name) else { continue };
        if !value.parse::<f64>().is_ok_and(|value| (least..=most).contains(&value)) {
            return Some(format!("{name} must be between {least} and {most}."));
        }
    }
    both(seen)
}

/// What is wrong with a connection to a voice.
pub(super) fn speak(seen: &Seen) -> Option<String> {
    if seen.param("model").is_some_and(|model| !model.starts_with("aura-")) {
        return Some("No such model/version combination found.".to_owned());
    }
    if seen.param("container").is_some() {
        return Some("Unknown parameter container.".to_owned());
    }
    let rate = seen.param("sample_rate");
    if rate.is_some_and(|rate| !["8000", "16000", "24000", "32000", "48000"].contains(&rate.as_str())) {
        return Some("Unsupported sample rate.".to_owned());
    }
    let speed = seen.param("speed").map(|speed| speed.parse::<f32>());
    if speed.is_some_and(|speed| !speed.is_ok_and(|speed| (0.7..=1.5).contains(&speed))) {
        return Some("speed must be between 0.7 and 1.5.".to_owned());
    }
    let encoding = seen.param("encoding");
    encoding
        .is_some_and(|encoding| encoding != "linear16")
        .then(|| "this fake gives linear16 alone".to_owned())
}

fn both(seen: &Seen) -> Option<String> {
    let params = seen.params();
    let terms = params.iter().filter(|(name, _)| name == "keyterm");
    let tokens: usize = terms.map(|(_, term)| term.split_whitespace().count()).sum();
    if tokens > TOKENS {
        return Some(
            "Keyterm limit exceeded. The maximum number of tokens across all keyterms is 500.".to_owned(),
        );
    }
    let encoding = seen.param("encoding");
    if encoding.as_deref() == Some("linear16") && seen.param("sample_rate").is_none() {
        return Some("sample_rate is required with encoding=linear16.".to_owned());
    }
    (encoding.as_deref() != Some("linear16")).then(|| "this fake takes linear16 alone".to_owned())
}
