//! The coefficients of one ratio of rates, computed once and shared by all who need them.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Zero crossings of the sinc to each side of its middle, at the lower of the two rates.
///
/// 16 make the band between passband and stopband about a ninth of the lower rate wide, at a delay
/// of 16 samples of that rate: 2 ms at 8 kHz.
const CROSSINGS: usize = 16;
/// The shape of the Kaiser window: 7 puts the stopband some 70 dB down.
const KAISER: f64 = 7.0;
/// Where the filter is half-way down, as a part of half the lower rate: a speech band of
/// 3.4 kHz at 8 kHz passes, and what would alias lies where the filter has closed.
const ROLL_OFF: f64 = 0.93;
/// Ratios with more phases share this many, and interpolate: no pair of common rates needs it.
const MOST_PHASES: usize = 1_024;
/// Phases of an interpolated table. The error of interpolating is below -100 dB.
const SHARED_PHASES: usize = 512;
/// The longest phase; bounds the memory that an absurd ratio takes.
const MOST_TAPS: usize = 4_096;
/// Tables above this many coefficients are not kept; those of common rates have below 24,000.
const KEPT_COEFFICIENTS: usize = 65_536;
/// How many tables are kept; with the bound above, at most 16 MiB.
const KEPT_TABLES: usize = 64;
/// Sums that run side by side, so that the compiler can use vector instructions.
const LANES: usize = 8;

/// The filter for one ratio, cut into phases.
pub(super) struct Table {
    up: usize,
    down: usize,
    taps: usize,
    /// As many as `up`, unless the table is interpolated.
    phases: usize,
    /// One row of `taps` for each phase, oldest sample first; interpolated tables have one more.
    rows: Vec<f32>,
}

/// Tables by steps up and down.
type Tables = BTreeMap<(usize, usize), Arc<Table>>;

/// The table for these rates; all callers of the same ratio get the same one.
pub(super) fn shared(from: u32, to: u32) -> Arc<Table> {
    static TABLES: OnceLock<Mutex<Tables>> = OnceLock::new();

    let common = gcd(from, to);
    let (up, down) = ((to / common) as usize, (from / common) as usize);
    let tables = TABLES.get_or_init(Mutex::default);
    // A map of finished tables is sound whatever happened to a thread that held it.
    let known = || tables.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(table) = known().get(&(up, down)) {
        return Arc::clone(table);
    }
    let table = Arc::new(Table::new(up, down));
    let mut known = known();
    if known.len() < KEPT_TABLES && table.rows.len() <= KEPT_COEFFICIENTS {
        return Arc::clone(known.entry((up, down)).or_insert(table));
    }
    table
}

impl Table {
    fn new(up: usize, down: usize) -> Self {
        let taps = (2 * CROSSINGS * up.max(down)).div_ceil(up).next_multiple_of(LANES).min(MOST_TAPS);
        let phases = if up <= MOST_PHASES { up } else { SHARED_PHASES };
        let rows = if phases == up { phases } else { phases + 1 };
        let half = taps as f64 / 2.0;
        // In parts of the rate that comes in.
        let cutoff = 0.5 * ROLL_OFF * (up as f64 / down as f64).min(1.0);
        let mut all = Vec::with_capacity(rows * taps);
        for row in 0..rows {
            let phase = row as f64 / phases as f64;
            let row: Vec<f64> = (0..taps)
                .map(|tap| {
                    let from_middle = (taps - 1 - tap) as f64 + phase - half;
                    sinc(2.0 * cutoff * from_middle) * kaiser(from_middle / half)
                })
                .collect();
            // Each phase lets a constant pass unchanged, so that none is louder than another.
            let sum: f64 = row.iter().sum();
            all.extend(row.iter().map(|value| (value / sum) as f32));
        }
        Self { up, down, taps, phases, rows: all }
    }

    /// Steps from one sample that comes in to the next.
    pub(super) fn up(&self) -> usize {
        self.up
    }

    /// Steps from one sample that goes out to the next.
    pub(super) fn down(&self) -> usize {
        self.down
    }

    /// How many samples that come in each output is made of.
    pub(super) fn taps(&self) -> usize {
        self.taps
    }

    /// By how many samples the newest one is ahead of the middle of the filter.
    pub(super) fn delay(&self) -> usize {
        self.taps / 2
    }

    /// The output that lies `phase` steps behind the middle of `window`.
    pub(super) fn apply(&self, window: &[f32], phase: usize) -> f32 {
        if self.phases == self.up {
            return dot(window, self.row(phase));
        }
        let place = phase as f64 * self.phases as f64 / self.up as f64;
        let row = place as usize;
        let part = (place - row as f64) as f32;
        let (before, after) = (dot(window, self.row(row)), dot(window, self.row(row + 1)));
        before + (after - before) * part
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.rows[row * self.taps..][..self.taps]
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} in {} taps", self.down, self.up, self.taps)
    }
}

fn dot(samples: &[f32], row: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (samples, row) in samples.as_chunks::<LANES>().0.iter().zip(row.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += samples[lane] * row[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The Kaiser window at `x`, which is -1 and 1 at its edges.
///
/// The edges themselves are left out: only one of the two falls on a tap, and a filter that is not
/// symmetric lets images through at -86 dB.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    bessel(KAISER * (1.0 - x * x).sqrt()) / bessel(KAISER)
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..64 {
        term *= quarter / f64::from(k * k);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
