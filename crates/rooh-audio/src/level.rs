//! How loud audio is.

/// The loudness of `samples`, as root mean square in decibels of full scale; -90 for silence.
pub fn level_db(samples: &[i16]) -> f32 {
    energy_db(energy(samples), samples.len())
}

/// The energy of `samples`: the sum of their squares.
///
/// Energies of runs that follow each other add up; see [`energy_db`].
pub fn energy(samples: &[i16]) -> u64 {
    // Whole numbers may be added in any order, so that many are added at once.
    samples.iter().map(|&sample| u64::from(i32::from(sample).pow(2).unsigned_abs())).sum()
}

/// The loudness of `samples` samples that have `energy`, in decibels of full scale; -90 for silence.
pub fn energy_db(energy: u64, samples: usize) -> f32 {
    let rms = (energy as f64 / samples.max(1) as f64).sqrt() / 32_768.0;
    (20.0 * rms.log10()).max(-90.0) as f32
}
