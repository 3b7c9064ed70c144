//! Prompts that a person spoke, whole and cut off in mid-sentence.

use std::path::Path;
use std::process::{Command, Stdio};

/// Where the package `asterisk-core-sounds-en-g722` puts its prompts: one woman, 16 kHz.
const FOLDER: &str = "/usr/share/asterisk/sounds/en";
/// By then a voice-activity detector has noticed the pause: 200 ms.
const PAUSE: usize = 3_200;

/// A prompt without the silence around it, or what is missing.
pub(crate) fn prompt(name: &str) -> Result<Vec<i16>, String> {
    let file = Path::new(FOLDER).join(name).with_extension("g722");
    let missing =
        || "human speech is missing: apt-get install asterisk-core-sounds-en-g722 ffmpeg".to_owned();
    if !file.is_file() {
        return Err(missing());
    }
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "g722", "-i"])
        .arg(&file)
        .args(["-f", "s16le", "-ac", "1", "-ar", "16000", "-"])
        .stdin(Stdio::null())
        .output()
        .map_err(|_| missing())?;
    let (pairs, _) = output.stdout.as_chunks::<2>();
    let samples: Vec<i16> = pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect();
    let loud = |sample: &i16| sample.unsigned_abs() > 300;
    let first = samples.iter().position(loud).ok_or("the prompt is silent")?.saturating_sub(480);
    let last = samples.iter().rposition(loud).map_or(samples.len(), |last| (last + 480).min(samples.len()));
    Ok(samples[first..last].to_vec())
}

/// A prompt as one hears it in the pause after it.
pub(crate) fn complete(name: &str) -> Result<Vec<i16>, String> {
    Ok(with_pause(prompt(name)?))
}

/// A prompt that breaks off in a word after about three fifths.
pub(crate) fn cut(name: &str) -> Result<Vec<i16>, String> {
    Ok(with_pause(cut_at(&prompt(name)?, 0.6)))
}

/// The beginning of a sentence, up to the loudest 20 ms within a quarter of a second of `part`:
/// there somebody is in the middle of a word.
pub(crate) fn cut_at(samples: &[i16], part: f64) -> Vec<i16> {
    let middle = (samples.len() as f64 * part) as usize;
    let around = middle.saturating_sub(4_000)..(middle + 4_000).min(samples.len());
    let begin = around.start;
    let loudness =
        |piece: &[i16]| -> u32 { piece.iter().map(|&sample| u32::from(sample.unsigned_abs())).sum() };
    let loudest = samples[around].chunks_exact(320).enumerate().max_by_key(|(_, piece)| loudness(piece));
    let end = loudest.map_or(middle, |(n, _)| begin + (n + 1) * 320);
    samples[..end].to_vec()
}

pub(crate) fn with_pause(mut samples: Vec<i16>) -> Vec<i16> {
    samples.resize(samples.len() + PAUSE, 0);
    samples
}

/// `count` sentences from all over the alphabet: prompts of two to eight seconds.
pub(crate) fn sentences(count: usize) -> Result<Vec<Vec<i16>>, String> {
    let missing = |_| "human speech is missing: apt-get install asterisk-core-sounds-en-g722".to_owned();
    let mut names: Vec<String> = std::fs::read_dir(FOLDER)
        .map_err(missing)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            // G.722 has 8,000 bytes for a second.
            let is_sentence = (16_000..64_000).contains(&entry.metadata().ok()?.len());
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".g722").filter(|_| is_sentence).map(str::to_owned)
        })
        .filter(|name| !name.contains("tone") && !name.contains("beep"))
        .collect();
    names.sort();
    if names.len() < count {
        return Err(format!(
            "{} sentences are there and {count} are needed: apt-get install asterisk-core-sounds-en-g722",
            names.len()
        ));
    }
    (0..count).map(|n| prompt(&names[n * names.len() / count])).collect()
}
