//! The signals of `tests/reference/make.py`, sample for sample.

pub(crate) struct Signal {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<i16>,
}

/// Xorshift with 32 bits.
struct Noise(u32);

impl Noise {
    fn sample(&mut self, peak: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        i64::from(self.0) % (2 * peak + 1) - peak
    }
}

fn noise(length: usize, peak: i64, seed: u32) -> Vec<i64> {
    let mut source = Noise(seed);
    (0..length).map(|_| source.sample(peak)).collect()
}

/// Two poles in fixed point with 14 bits behind the point.
fn resonate(samples: &[i64], a1: i64, a2: i64) -> Vec<i64> {
    let (mut y1, mut y2) = (0, 0);
    let mut step = |x: i64| {
        let y = x + ((a1 * y1 - a2 * y2) >> 14);
        (y1, y2) = (y, y1);
        y
    };
    samples.iter().map(|&x| step(x)).collect()
}

/// Three seconds of pulses through two resonances, in five syllables; the pitch glides.
fn voiced(rising: bool) -> Vec<i64> {
    let mut breath = Noise(77);
    let mut next_pulse = 0;
    let pulses: Vec<i64> = (0..48_000_i64)
        .map(|n| {
            let glide = if rising { n / 1_200 } else { 40 - n / 1_200 };
            let within = n % 9_600;
            let loudness = within.min(9_600 - within).min(3_000);
            let mut pulse = 0;
            if n == next_pulse {
                pulse = 3 * loudness;
                next_pulse += 130 - glide;
            }
            pulse + breath.sample(40)
        })
        .collect();
    let both = resonate(&resonate(&pulses, 31_500, 15_800), 26_000, 15_300);
    both.into_iter().map(|sample| sample.div_euclid(48)).collect()
}

/// Nine and a half seconds of a square wave at full scale; only the end fits the window.
fn sweep() -> Vec<i64> {
    let mut phase = 0;
    (0..152_000)
        .map(|n| {
            phase = (phase + 400 + n / 40) & 0xffff;
            if phase < 0x8000 { 32_767 } else { -32_768 }
        })
        .collect()
}

pub(crate) fn all() -> Vec<Signal> {
    let click = [vec![0; 4_000], vec![30_000], vec![0; 1_599], vec![-20_000]].concat();
    let quiet = noise(16_000, 2, 5).into_iter().map(|sample| 300 + sample).collect();
    [
        ("noise", noise(128_000, 12_000, 2_463_534_242)),
        ("falling", voiced(false)),
        ("rising", voiced(true)),
        ("clipped", sweep()),
        ("quiet", quiet),
        ("click", click),
    ]
    .map(|(name, samples)| {
        let limited = samples.into_iter().map(|sample| sample.clamp(-32_768, 32_767) as i16);
        Signal { name, samples: limited.collect() }
    })
    .into()
}
