//! How fast this machine is: the clock, and the built-in providers against real time.

use std::time::{Duration, Instant};

use rooh_core::audio::{AudioFrame, Resampler};
use rooh_core::options::ProviderRef;
use rooh_core::registry::Registry;
use rooh_core::stream::inlet;
use rooh_core::stt::{SttInput, SttRequest};
use rooh_core::tts::{TtsEvent, TtsRequest};
use rooh_core::{ErrorKind, Result};

use super::{Finding, State};

/// What is said and heard: long enough to measure, short enough to wait for.
const SENTENCE: &str = "The quick brown fox jumps over the lazy dog.";

/// Measures the clock, and the voice, ears and detector of the built-in agent on one sentence.
pub(super) async fn measure(registry: &Registry) -> Vec<Finding> {
    let mut findings = vec![clock().await];
    let voice = speak(registry).await;
    let Ok((speech, took)) = voice else { return findings };
    let length: Duration = speech.iter().map(AudioFrame::duration).sum();
    findings.push(finding("voice", length, took));
    if let Ok(took) = hear(registry, &speech).await {
        findings.push(finding("ears", length, took));
    }
    if let Ok(took) = detect(registry, &speech) {
        findings.push(finding("detector", length, took));
    }
    findings
}

fn finding(what: &str, length: Duration, took: Duration) -> Finding {
    let factor = took.as_secs_f64() / length.as_secs_f64().max(0.001);
    let detail = format!(
        "{factor:.3} of real time ({:.0} ms for {:.1} s)",
        took.as_secs_f64() * 1e3,
        length.as_secs_f64()
    );
    // What takes longer than it lasts falls behind for ever.
    Finding::new(format!("speed of the {what}"), if factor < 1.0 { State::Good } else { State::Bad }, detail)
}

/// How late the timers of this machine are; audio is paced by them.
async fn clock() -> Finding {
    const STEP: Duration = Duration::from_millis(5);
    let mut latest = Duration::ZERO;
    for _ in 0..20 {
        let start = Instant::now();
        tokio::time::sleep(STEP).await;
        latest = latest.max(start.elapsed().saturating_sub(STEP));
    }
    let detail = format!("timers are at most {:.1} ms late", latest.as_secs_f64() * 1e3);
    Finding::new("clock", if latest < Duration::from_millis(20) { State::Good } else { State::Bad }, detail)
}

fn nothing(what: &str) -> rooh_core::Error {
    rooh_core::Error::new(ErrorKind::NotFound, what)
}

async fn speak(registry: &Registry) -> Result<(Vec<AudioFrame>, Duration)> {
    let tts = registry.tts(&ProviderRef::new("flite"))?;
    tts.load().collect().await?;
    let (feed, text) = inlet(1);
    feed.send(SENTENCE.to_owned()).await;
    drop(feed);
    let start = Instant::now();
    let events = tts.synthesize(TtsRequest::default(), text).collect().await?;
    let took = start.elapsed();
    let frames: Vec<AudioFrame> = events
        .into_iter()
        .filter_map(|event| match event {
            TtsEvent::Audio(frame) => Some(frame),
            _ => None,
        })
        .collect();
    if frames.is_empty() { Err(nothing("the voice said nothing")) } else { Ok((frames, took)) }
}

async fn hear(registry: &Registry, speech: &[AudioFrame]) -> Result<Duration> {
    let stt = registry.stt(&ProviderRef::new("pocketsphinx"))?;
    stt.load().collect().await?;
    let first = speech.first().ok_or_else(|| nothing("there is no speech"))?;
    let mut resampler = Resampler::new(first.format(), stt.capabilities().format);
    let frames: Vec<AudioFrame> = speech.iter().map(|frame| resampler.process(frame)).collect();
    let mut best = Duration::MAX;
    // The first time also loads what is loaded with the first words.
    for _ in 0..2 {
        let (feed, audio) = inlet(frames.len() + 1);
        for frame in &frames {
            feed.send(SttInput::Audio(frame.clone())).await;
        }
        feed.send(SttInput::Finalize).await;
        drop(feed);
        let start = Instant::now();
        stt.transcribe(SttRequest::default(), audio).collect().await?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn detect(registry: &Registry, speech: &[AudioFrame]) -> Result<Duration> {
    let mut vad = registry.vad(&ProviderRef::new("silero"))?.open()?;
    let first = speech.first().ok_or_else(|| nothing("there is no speech"))?;
    let mut resampler = Resampler::new(first.format(), vad.format());
    let samples: Vec<i16> =
        speech.iter().flat_map(|frame| resampler.process(frame).samples().to_vec()).collect();
    let start = Instant::now();
    for window in samples.chunks_exact(vad.window()) {
        vad.probability(window);
    }
    Ok(start.elapsed())
}
