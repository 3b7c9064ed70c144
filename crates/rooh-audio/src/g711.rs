//! The two companding laws of the telephone network, as ITU-T G.711 defines them.

/// The 16-bit sample for each code of the mu-law.
const MU_LAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = expand_mu_law(code as u8);
        code += 1;
    }
    table
};

/// The 16-bit sample for each code of the A-law.
const A_LAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = expand_a_law(code as u8);
        code += 1;
    }
    table
};

/// What makes the segments of the mu-law begin at powers of two, in 14-bit steps (G.711, table 2).
const BIAS: i16 = 33;

/// The sample that a code of the mu-law stands for; the law has 14 bits, the lowest two are zero.
pub fn decode_mu_law(code: u8) -> i16 {
    MU_LAW[code as usize]
}

/// The sample that a code of the A-law stands for; the law has 13 bits, the lowest three are zero.
pub fn decode_a_law(code: u8) -> i16 {
    A_LAW[code as usize]
}

/// The code of the mu-law for a sample.
pub fn encode_mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    // `!` instead of `-`, as in ITU-T G.191: the negative half is the mirror of the positive one.
    let size = ((if sample < 0 { !sample } else { sample }) >> 2).saturating_add(BIAS).min(0x1fff);
    // 33 at least, hence bit 5 or a higher one is set.
    let segment = (15 - size.leading_zeros() as i16) - 5;
    let step = (size >> (segment + 1)) & 0x0f;
    !(sign | (segment << 4) as u8 | step as u8)
}

/// The code of the A-law for a sample.
pub fn encode_a_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let size = (if sample < 0 { !sample } else { sample }) >> 4;
    let code = if size < 32 {
        // The first two segments have steps of equal size.
        size
    } else {
        let segment = (15 - size.leading_zeros() as i16) - 3;
        (segment << 4) | ((size >> (segment - 1)) & 0x0f)
    };
    // Every second bit is inverted, so that silence is not a run of zeros on the line.
    (sign | code as u8) ^ 0x55
}

const fn expand_mu_law(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let size = (((((code & 0x0f) as i16) << 1) + BIAS) << segment) - BIAS;
    (if code & 0x80 == 0 { size } else { -size }) << 2
}

const fn expand_a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = ((code & 0x0f) as i16) << 4;
    let size = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    if code & 0x80 == 0 { -size } else { size }
}
