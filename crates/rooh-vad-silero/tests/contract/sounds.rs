//! Sounds to judge a detector by: a person who speaks, from a package of Debian, and noises.

use std::path::Path;

use rooh_audio::{AudioFormat, resample_all, wav};
use rooh_testkit::Noise;

/// Where the package `asterisk-core-sounds-en-wav` puts its prompts: one woman, telephone quality.
const FOLDER: &str = "/usr/share/asterisk/sounds/en";

/// One prompt at 16 kHz, or what is missing.
pub(crate) fn prompt(name: &str) -> Result<Vec<i16>, String> {
    let path = Path::new(FOLDER).join(name).with_extension("wav");
    let bytes = std::fs::read(&path)
        .map_err(|_| "human speech is missing: apt-get install asterisk-core-sounds-en-wav".to_owned())?;
    let wav = wav::read(&bytes).map_err(|error| error.to_string())?;
    Ok(resample_all(&wav.mono(), wav.format(), AudioFormat::WIDEBAND))
}

/// A recording and the truth about it.
pub(crate) struct Labeled {
    pub(crate) samples: Vec<i16>,
    /// For each window: whether it holds speech, or nothing where that is hard to say.
    pub(crate) truth: Vec<Option<bool>>,
}

impl Labeled {
    /// Prompts one after the other, with pauses of 0.4 to 2.5 s, and labels from their loudness.
    pub(crate) fn prompts(window: usize, seconds: usize) -> Result<Self, String> {
        let mut names: Vec<String> = std::fs::read_dir(FOLDER)
            .map_err(|_| "human speech is missing: apt-get install asterisk-core-sounds-en-wav".to_owned())?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".wav").map(str::to_owned))
            // Tones, not speech.
            .filter(|name| !name.contains("tone") && !name.contains("beep"))
            .collect();
        names.sort();
        let mut noise = Noise::new(2);
        let mut samples = Vec::new();
        while samples.len() < seconds * 16_000 {
            let pause = 6_400 + (noise.unit() * 33_600.0) as usize;
            samples.resize(samples.len() + pause, 0);
            let name = &names[(noise.unit() * names.len() as f64) as usize];
            samples.extend(prompt(name)?);
        }
        let truth = label(&samples, window);
        Ok(Self { samples, truth })
    }

    /// The same with something else on top; `db` is how far below the speech it lies.
    pub(crate) fn with(&self, other: impl Fn(usize) -> f64, db: f64) -> Vec<i16> {
        let speech: Vec<f64> = self
            .samples
            .chunks(512)
            .zip(&self.truth)
            .filter(|(_, truth)| **truth == Some(true))
            .flat_map(|(part, _)| part.iter().map(|&sample| f64::from(sample)))
            .collect();
        let rms = |all: &mut dyn Iterator<Item = f64>| -> f64 {
            let (sum, count) = all.fold((0.0, 0), |(sum, count), one| (sum + one * one, count + 1));
            (sum / f64::from(count.max(1))).sqrt()
        };
        let wanted = rms(&mut speech.iter().copied()) / 10_f64.powf(db / 20.0);
        let gain = wanted / rms(&mut (0..self.samples.len()).map(&other));
        let mixed = self.samples.iter().enumerate();
        mixed
            .map(|(n, &sample)| (f64::from(sample) + other(n) * gain).clamp(-32_768.0, 32_767.0) as i16)
            .collect()
    }
}

/// Speech is what is less than 35 dB quieter than the loudest; breaks below 0.3 s belong to it.
/// Windows within 100 ms of an edge count for nothing.
fn label(samples: &[i16], window: usize) -> Vec<Option<bool>> {
    let step = 160;
    let levels: Vec<f32> = samples.chunks(step).map(rooh_audio::level_db).collect();
    let loudest = levels.iter().copied().fold(-90.0, f32::max);
    let mut speech: Vec<bool> = levels.iter().map(|&level| level > loudest - 35.0).collect();
    let mut last = None;
    for place in 0..speech.len() {
        if speech[place] {
            if let Some(last) = last.filter(|last| place - last < 30) {
                speech[last..place].fill(true);
            }
            last = Some(place);
        }
    }
    (0..samples.len() / window)
        .map(|n| {
            let (start, end) = (n * window / step, (n + 1) * window / step);
            let around = &speech[start.saturating_sub(10)..(end + 10).min(speech.len())];
            let first = around[0];
            around.iter().all(|&one| one == first).then_some(first)
        })
        .collect()
}
