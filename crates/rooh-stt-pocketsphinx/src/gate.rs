//! Tells what may be speech from what is surely silence, so that idle calls cost little.

use rooh_audio::level_db;

/// A stretch over which loudness is taken: 20 ms at 16 kHz.
const WINDOW: usize = 320;
/// What is this much louder than the background may be speech, in decibels.
const ABOVE: f32 = 8.0;
/// What is quieter than this is silence, whatever the background, in decibels of full scale.
const SILENT: f32 = -62.0;
/// How fast the background may seem to grow, in decibels per window: two per second.
const RISE: f32 = 0.04;
/// The background is never taken for louder than this, or loud speech would hide in it.
const LOUDEST: f32 = -30.0;

/// Follows the background, and opens for what is louder.
///
/// It errs on the side of speech: what it lets through costs time, what it holds back is lost.
#[derive(Debug)]
pub(crate) struct Gate {
    background: f32,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { background: SILENT - ABOVE }
    }

    /// Whether `samples` may hold speech.
    pub(crate) fn may_be_speech(&mut self, samples: &[i16]) -> bool {
        let mut loud = false;
        for window in samples.chunks(WINDOW) {
            let level = level_db(window).max(-96.0);
            loud |= level > SILENT.max(self.background + ABOVE);
            if level < self.background {
                self.background += (level - self.background) * 0.3;
            } else {
                self.background = (self.background + RISE).min(level).min(LOUDEST);
            }
        }
        loud
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise at about `level` decibels of full scale.
    fn noise(level: f32, samples: usize, seed: &mut u32) -> Vec<i16> {
        let peak = 32_768.0 * 10_f32.powf(level / 20.0) * 1.732;
        (0..samples)
            .map(|_| {
                *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                #[expect(clippy::cast_possible_truncation, reason = "peak is within 16 bits")]
                let sample = ((*seed >> 8) as f32 / 8_388_608.0 - 1.0).mul_add(peak, 0.0) as i16;
                sample
            })
            .collect()
    }

    #[test]
    fn digital_and_quiet_silence_stay_out() {
        let mut gate = Gate::new();
        let mut seed = 1;
        assert!(!gate.may_be_speech(&[0; 16_000]));
        assert!(!gate.may_be_speech(&noise(-70.0, 16_000, &mut seed)));
    }

    #[test]
    fn steady_noise_is_learned_and_speech_above_it_is_let_through() {
        let mut gate = Gate::new();
        let mut seed = 2;
        assert!(gate.may_be_speech(&noise(-50.0, 1_600, &mut seed)), "at first it may be anything");
        for _ in 0..200 {
            gate.may_be_speech(&noise(-50.0, 1_600, &mut seed));
        }
        assert!(!gate.may_be_speech(&noise(-50.0, 1_600, &mut seed)));
        assert!(gate.may_be_speech(&noise(-35.0, 320, &mut seed)));
    }

    #[test]
    fn long_speech_does_not_become_background() {
        let mut gate = Gate::new();
        let mut seed = 3;
        for _ in 0..100 {
            assert!(gate.may_be_speech(&noise(-20.0, 1_600, &mut seed)));
            gate.may_be_speech(&noise(-60.0, 640, &mut seed));
        }
    }
}
