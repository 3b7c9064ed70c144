//! Binary messages: sound, and the utterance that it belongs to.

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes in front of the samples of a message from the server.
const HEADER: usize = 4;

/// A binary message of the server: the utterance, then the samples, all little-endian.
///
/// The wire has 32 bits for the utterance; a session does not live to see more of them.
pub fn encode_audio(generation: u64, samples: &[i16]) -> Bytes {
    let mut message = BytesMut::with_capacity(HEADER + samples.len() * 2);
    message.put_u32_le(generation as u32);
    message.resize(HEADER + samples.len() * 2, 0);
    let (places, _) = message[HEADER..].as_chunks_mut::<2>();
    for (place, sample) in places.iter_mut().zip(samples) {
        *place = sample.to_le_bytes();
    }
    message.freeze()
}

/// Reads a binary message of the server: the utterance, and its samples as little-endian bytes.
///
/// `None` if it is too short or ends within a sample.
pub fn decode_audio(message: &[u8]) -> Option<(u64, &[u8])> {
    let (header, samples) = message.split_first_chunk::<HEADER>()?;
    samples.len().is_multiple_of(2).then(|| (u64::from(u32::from_le_bytes(*header)), samples))
}
