//! Frames of `application/vnd.amazon.eventstream`, as services of AWS stream them.

/// One frame: a prelude of two lengths with their checksum, headers, the payload, and the checksum
/// of all of it; numbers are in the order of the network, checksums are CRC-32 as in zlib.
pub fn frame(headers: &[(&str, &str)], payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut written = Vec::new();
    for (name, value) in headers {
        written.push(u8::try_from(name.len()).expect("a test gives a short name"));
        written.extend_from_slice(name.as_bytes());
        // The type of a text.
        written.push(7);
        let length = u16::try_from(value.len()).expect("a test gives a short value");
        written.extend_from_slice(&length.to_be_bytes());
        written.extend_from_slice(value.as_bytes());
    }
    let length = |bytes: usize| u32::try_from(bytes).expect("a test gives a short frame").to_be_bytes();
    let mut frame = Vec::new();
    frame.extend_from_slice(&length(16 + written.len() + payload.len()));
    frame.extend_from_slice(&length(written.len()));
    frame.extend_from_slice(&checksum(&frame).to_be_bytes());
    frame.append(&mut written);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&checksum(&frame).to_be_bytes());
    frame
}

/// CRC-32 with the reversed polynomial of IEEE 802.3.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |rest: u32, _| if rest & 1 == 1 { rest >> 1 ^ 0xedb8_8320 } else { rest >> 1 };
    !bytes.iter().fold(!0, |rest, byte| (0..8).fold(rest ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(frame: &[u8], hexadecimal: &str) {
        let written: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(written, hexadecimal);
    }

    #[test]
    fn frames_are_those_of_aws() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        check(&frame(&[], ""), "000000100000000005c248eb7d98c8ff");
        let headers = [
            (":event-type", "AudioEvent"),
            (":content-type", "application/octet-stream"),
            (":message-type", "event"),
        ];
        check(
            &frame(&headers, [1, 0, 2, 0]),
            "0000006c000000585c509ce30b3a6576656e742d7479706507000a417564696f4576656e740d3a636f6e74656e742d7479\
             70650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e\
             7401000200b7ab46d5",
        );
    }
}
