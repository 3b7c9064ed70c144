//! WAV: what is read, what is refused, and that nothing at all makes the reader fall over.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rooh_audio::wav::{self, Channels, Encoding, WavError};
use rooh_audio::{AudioFormat, g711};

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = [name.as_slice(), &(content.len() as u32).to_le_bytes(), content].concat();
    if content.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

fn format_chunk(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels.wrapping_mul(bits.div_ceil(8));
    let mut content = Vec::new();
    content.extend(tag.to_le_bytes());
    content.extend(channels.to_le_bytes());
    content.extend(rate.to_le_bytes());
    content.extend(rate.wrapping_mul(block.into()).to_le_bytes());
    content.extend(block.to_le_bytes());
    content.extend(bits.to_le_bytes());
    chunk(b"fmt ", &content)
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF".as_slice(), &(body.len() as u32 + 4).to_le_bytes(), b"WAVE", &body].concat()
}

fn samples_of(tag: u16, bits: u16, data: &[u8]) -> Vec<i16> {
    wav::read(&file(&[format_chunk(tag, 1, 16_000, bits), chunk(b"data", data)])).unwrap().mono()
}

#[test]
fn integers_of_every_size_are_read() {
    assert_eq!(samples_of(1, 8, &[0, 128, 255]), [-32_768, 0, 32_512]);
    assert_eq!(samples_of(1, 16, &[0x34, 0x12, 0xff, 0xff]), [0x1234, -1]);
    assert_eq!(samples_of(1, 24, &[0x7f, 0x34, 0x12, 0x80, 0x34, 0x12]), [0x1234, 0x1235]);
    assert_eq!(samples_of(1, 24, &[0xff, 0xff, 0x7f, 0, 0, 0x80]), [i16::MAX, i16::MIN]);
    assert_eq!(samples_of(1, 32, &[0, 0, 0x34, 0x12, 0xff, 0xff, 0xff, 0x7f]), [0x1234, i16::MAX]);
    assert_eq!(samples_of(1, 12, &[0x30, 0x12]), [0x1230]);
}

#[test]
fn floating_point_is_clipped_and_nonsense_is_silence() {
    let values = [0.5, -1.0, 1.0, 7.0, -f64::INFINITY, f64::NAN, 1e300, -0.0];
    let expected = [16_384, i16::MIN, i16::MAX, i16::MAX, i16::MIN, 0, i16::MAX, 0];
    let narrow: Vec<u8> = values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect();
    let wide: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(samples_of(3, 32, &narrow), expected);
    assert_eq!(samples_of(3, 64, &wide), expected);
}

#[test]
fn telephone_codes_are_read() {
    let codes: Vec<u8> = (0..=255).collect();
    assert_eq!(samples_of(7, 8, &codes), codes.iter().map(|&c| g711::decode_mu_law(c)).collect::<Vec<_>>());
    assert_eq!(samples_of(6, 8, &codes), codes.iter().map(|&c| g711::decode_a_law(c)).collect::<Vec<_>>());
}

#[test]
fn channels_are_kept_and_mixed_without_clipping() {
    let data: Vec<u8> =
        [30_000_i16, 30_000, -32_768, -32_768, 100, -50].iter().flat_map(|s| s.to_le_bytes()).collect();
    let wav = wav::read(&file(&[format_chunk(1, 2, 44_100, 16), chunk(b"data", &data)])).unwrap();
    assert_eq!((wav.channels(), wav.format().rate()), (2, 44_100));
    assert_eq!(wav.mono(), [30_000, -32_768, 25]);
    assert_eq!(wav.channel(1).unwrap(), [30_000, -32_768, -50]);
    assert_eq!(wav.channel(2), None);
}

#[test]
fn the_extensible_header_is_read() {
    let mut content = format_chunk(0xfffe, 1, 48_000, 32)[8..].to_vec();
    content.extend(22_u16.to_le_bytes()); // size of the extension
    content.extend(24_u16.to_le_bytes()); // valid bits
    content.extend(4_u32.to_le_bytes()); // loudspeakers
    content.extend(3_u16.to_le_bytes()); // the tag, as the start of an identifier
    content.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    let wav = wav::read(&file(&[chunk(b"fmt ", &content), chunk(b"data", &0.25_f32.to_le_bytes())])).unwrap();
    assert_eq!(wav.encoding(), Encoding::Float { bytes: 4 });
    assert_eq!(wav.mono(), [8_192]);
}

#[test]
fn odd_chunks_in_any_order_do_not_matter() {
    let plain = format_chunk(1, 1, 8_000, 16);
    let data = chunk(b"data", &[1, 0, 2, 0]);
    let odd = chunk(b"LIST", b"INFOabc");
    let forgotten = [b"junk".as_slice(), &3_u32.to_le_bytes(), b"abc"].concat();
    for chunks in [
        vec![odd.clone(), plain.clone(), odd.clone(), data.clone(), odd.clone()],
        vec![data.clone(), plain.clone()],
        vec![forgotten, plain.clone(), data.clone()],
        vec![plain, data, b"trailing rubbish".to_vec()],
    ] {
        assert_eq!(wav::read(&file(&chunks)).unwrap().mono(), [1, 2]);
    }
}

#[test]
fn audio_of_unknown_or_wrong_size_goes_to_the_end() {
    for size in [0, 5, 6, 1_000, 0x7fff_ffff, 0xffff_ffff_u32] {
        let mut file = file(&[format_chunk(1, 1, 8_000, 16), chunk(b"data", &[])]);
        let place = file.len() - 4;
        file[place..].copy_from_slice(&size.to_le_bytes());
        file[4..8].copy_from_slice(&size.to_le_bytes());
        file.extend([1, 0, 2, 0, 3, 0]);
        let expected: &[i16] = if size == 5 { &[1, 2] } else { &[1, 2, 3] };
        assert_eq!(wav::read(&file).unwrap().mono(), expected, "size {size:#x}");
    }
}

#[test]
fn no_audio_is_no_audio_even_with_chunks_behind_it() {
    let silent = [format_chunk(1, 1, 8_000, 16), chunk(b"data", &[]), chunk(b"LIST", b"INFO")];
    assert!(wav::read(&file(&silent)).unwrap().mono().is_empty());
    assert!(wav::read(&file(&silent[..2])).unwrap().mono().is_empty());
}

#[test]
fn sizes_of_64_bits_are_read() {
    let mut sizes = vec![0; 8];
    sizes.extend(4_u64.to_le_bytes());
    sizes.extend([0; 12]);
    let mut data = chunk(b"data", &[1, 0, 2, 0]);
    data[4..8].copy_from_slice(&[0xff; 4]);
    let mut long =
        file(&[chunk(b"ds64", &sizes), format_chunk(1, 1, 8_000, 16), data, chunk(b"LIST", b"INFO")]);
    long[..4].copy_from_slice(b"RF64");
    assert_eq!(wav::read(&long).unwrap().mono(), [1, 2]);
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let audio = chunk(b"data", &[0; 8]);
    let refused = |chunks: &[Vec<u8>]| wav::read(&file(chunks)).unwrap_err();
    assert_eq!(wav::read(b""), Err(WavError::NotWav("an empty file")));
    assert_eq!(wav::read(b"ID3\x04rest"), Err(WavError::NotWav("MP3")));
    assert!(matches!(wav::read(b"RIFF"), Err(WavError::NotWav(_))));
    assert!(matches!(wav::read(b"hello, world"), Err(WavError::NotWav(_))));
    assert_eq!(refused(std::slice::from_ref(&audio)), WavError::NoFormat);
    assert_eq!(refused(&[chunk(b"fmt ", &[1, 0]), audio.clone()]), WavError::NoFormat);
    assert_eq!(refused(&[format_chunk(1, 1, 8_000, 16)]), WavError::NoAudio);
    for (tag, bits) in [(0x11, 4), (0x55, 0), (1, 64), (1, 0), (3, 16)] {
        let error = refused(&[format_chunk(tag, 1, 8_000, bits), audio.clone()]);
        assert_eq!(error, WavError::Unsupported { tag, bits });
    }
    for (channels, rate) in [(0, 8_000), (65, 8_000), (u16::MAX, 8_000), (1, 0), (1, 999), (1, u32::MAX)] {
        let error = refused(&[format_chunk(1, channels, rate, 16), audio.clone()]);
        assert!(matches!(error, WavError::Senseless(_)), "{error}");
    }
    assert!(refused(&[format_chunk(0x11, 1, 8_000, 4), audio]).to_string().contains("IMA ADPCM"));
}

#[test]
fn what_is_written_is_read_again() {
    let samples = [1, -1, i16::MAX, i16::MIN, 5, 6];
    for (channels, count) in [(Channels::Mono, 1), (Channels::Stereo, 2)] {
        let whole = wav::write(&samples, AudioFormat::mono(24_000), channels);
        let read = wav::read(&whole).unwrap();
        assert_eq!((read.channels(), read.format().rate()), (count, 24_000));
        assert_eq!(read.interleaved(), samples);
        let mut writer = wav::Writer::new(Cursor::new(Vec::new()), read.format(), channels).unwrap();
        writer.write(&samples[..2]).unwrap();
        writer.flush().unwrap();
        writer.write(&samples[2..]).unwrap();
        assert_eq!(writer.len(), 6 / count as u64);
        assert_eq!(writer.finish().unwrap().into_inner(), whole);
    }
}

/// A file that can be looked at while it is written.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Shared {
    fn bytes(&self) -> Vec<u8> {
        let mut file = self.0.lock().unwrap();
        let place = file.position();
        let mut all = Vec::new();
        file.set_position(0);
        file.read_to_end(&mut all).unwrap();
        file.set_position(place);
        all
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.lock().unwrap().seek(to)
    }
}

#[test]
fn a_file_that_is_being_written_can_be_played() {
    let file = Shared::default();
    let mut writer = wav::Writer::new(file.clone(), AudioFormat::WIDEBAND, Channels::Mono).unwrap();
    writer.write(&[1, 2]).unwrap();
    assert_eq!(wav::read(&file.bytes()).unwrap().mono(), [1, 2], "a header with a size of zero");
    writer.flush().unwrap();
    writer.write(&[3]).unwrap();
    assert_eq!(wav::read(&file.bytes()).unwrap().mono(), [1, 2], "a header from the last flush");
    drop(writer);
    assert_eq!(wav::read(&file.bytes()).unwrap().mono(), [1, 2, 3], "a header from the drop");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = wav::read(&bytes);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(
        damage in prop::collection::vec((0_usize..80, any::<u8>()), 0..6),
        cut in 0_usize..100,
        bits in prop::sample::select(vec![8_u16, 16, 24, 32]),
    ) {
        let mut bytes = file(&[
            format_chunk(1, 2, 16_000, bits),
            chunk(b"LIST", b"INFOx"),
            chunk(b"data", &[7; 25]),
        ]);
        for (place, value) in damage {
            let length = bytes.len();
            bytes[place % length] = value;
        }
        bytes.truncate(cut);
        if let Ok(wav) = wav::read(&bytes) {
            prop_assert!(wav.interleaved().len() <= bytes.len());
            prop_assert!(wav.mono().len() * wav.channels() == wav.interleaved().len());
        }
    }
}
