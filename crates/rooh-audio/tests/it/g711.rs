//! G.711 against the tables of the recommendation, for every sample and every code.

use rooh_audio::g711::{decode_a_law, decode_mu_law, encode_a_law, encode_mu_law};

/// The mu-law as table 2 of G.711 builds it: eight segments of sixteen steps, each twice as wide.
fn mu_law_by_the_table(sample: i16) -> u8 {
    let size = (if sample < 0 { !i32::from(sample) } else { i32::from(sample) }) >> 2;
    // The decision values of the segments: 31, 95, 223, ..., 8159.
    let mut lower = -1;
    for segment in 0..8 {
        let width = 2 << segment;
        let upper = lower + 16 * width;
        if size < upper || segment == 7 {
            let step = ((size - lower) / width).min(15);
            let sign = if sample < 0 { 0 } else { 0x80 };
            return sign | (7 - segment) << 4 | (15 - step) as u8;
        }
        lower = upper;
    }
    unreachable!("the eighth segment takes the rest")
}

/// The A-law as table 1 of G.711 builds it: the first two segments have steps of equal width.
fn a_law_by_the_table(sample: i16) -> u8 {
    let size = (if sample < 0 { !i32::from(sample) } else { i32::from(sample) }) >> 3;
    let mut lower = 0;
    for segment in 0..8_u8 {
        let width = 2 << segment.saturating_sub(1);
        let upper = lower + 16 * width;
        if size < upper {
            let sign = if sample < 0 { 0 } else { 0x80 };
            return (sign | segment << 4 | ((size - lower) / width) as u8) ^ 0x55;
        }
        lower = upper;
    }
    unreachable!("the segments cover 4096 steps")
}

#[test]
fn every_sample_gets_the_code_of_the_table() {
    for sample in i16::MIN..=i16::MAX {
        assert_eq!(encode_mu_law(sample), mu_law_by_the_table(sample), "mu-law of {sample}");
        assert_eq!(encode_a_law(sample), a_law_by_the_table(sample), "A-law of {sample}");
    }
}

#[test]
fn every_code_comes_back() {
    for code in 0..=255 {
        assert_eq!(encode_a_law(decode_a_law(code)), code);
        // The mu-law has two codes for zero; the negative one comes back as the positive one.
        let expected = if code == 0x7f { 0xff } else { code };
        assert_eq!(encode_mu_law(decode_mu_law(code)), expected);
    }
}

#[test]
fn the_values_of_the_recommendation_are_met() {
    // The ends and the middle of tables 1 and 2, scaled to 16 bits.
    assert_eq!([0x00, 0x80, 0x7f, 0xff].map(decode_mu_law), [-32_124, 32_124, 0, 0]);
    assert_eq!([0x2a, 0xaa, 0x55, 0xd5].map(decode_a_law), [-32_256, 32_256, -8, 8]);
}

#[test]
fn the_error_is_at_most_half_a_step() {
    for sample in i16::MIN..=i16::MAX {
        let size = i32::from(sample).abs();
        let off = |decoded: i16| (i32::from(decoded) - i32::from(sample)).abs();
        // Steps are a sixteenth of their segment, so a thirty-second of the sample is half a step.
        // The two lowest bits are lost before, and the last segment of the mu-law ends early.
        let mu_law_bound = if size > 32_124 { 644 } else { (size + 132) / 32 + 4 };
        assert!(off(decode_mu_law(encode_mu_law(sample))) <= mu_law_bound, "mu-law of {sample}");
        assert!(off(decode_a_law(encode_a_law(sample))) <= (size / 32).max(8) + 8, "A-law of {sample}");
    }
}
