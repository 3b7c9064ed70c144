//! One file out of a ZIP archive, which is what a Python wheel is.
//!
//! What comes out is compared with a hash, so nothing here has to be trusted; it only must not
//! panic or take more memory than was asked for, whatever the archive says.

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use rooh_core::{Error, ErrorKind, Result};

// The signatures, lengths and places below are those of the ZIP specification (APPNOTE 6.3.10),
// sections 4.3.7, 4.3.12 and 4.3.16.

/// The end of the central directory: its signature, and its length without a comment.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
/// An entry of the central directory.
const ENTRY: (&[u8], usize) = (b"PK\x01\x02", 46);
/// What stands in front of the data of a file.
const HEADER: (&[u8], usize) = (b"PK\x03\x04", 30);
/// The longest comment at the end of an archive.
const LONGEST_COMMENT: usize = 65_535;

/// Whether these are the first bytes of an archive.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(HEADER.0)
}

/// The file at `path` in the archive, which has to have `size` bytes.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] if it is not in there, [`ErrorKind::Unexpected`] if the archive is damaged
/// or the file has another size.
pub(crate) fn extract(archive: &[u8], path: &str, size: usize) -> Result<Vec<u8>> {
    let damaged = || Error::new(ErrorKind::Unexpected, "the archive is damaged");
    let (method, offset, packed, unpacked) = find(archive, path)
        .ok_or_else(damaged)?
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the archive has no such file").with("file", path))?;
    if unpacked != size {
        return Err(Error::new(ErrorKind::Unexpected, "the file in the archive has the wrong size")
            .with("size", unpacked)
            .with("expected", size));
    }
    let data = data(archive, offset, packed).ok_or_else(damaged)?;
    let bytes = match method {
        STORED => data.to_vec(),
        DEFLATED => decompress_to_vec_with_limit(data, size).map_err(|_| damaged())?,
        other => {
            return Err(Error::new(ErrorKind::Unexpected, "the archive is packed in an unknown way")
                .with("method", other));
        }
    };
    if bytes.len() == size { Ok(bytes) } else { Err(damaged()) }
}

/// The two methods that wheels use (section 4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Method, place of the header, and both sizes of a file; the outer `None` is a damaged archive.
fn find(archive: &[u8], path: &str) -> Option<Option<(u16, usize, usize, usize)>> {
    let last = archive.len().checked_sub(END.1)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    let end = (first..=last).rev().find(|&at| archive[at..].starts_with(END.0))?;
    let entries = u16_at(archive, end + 10)?;
    let mut at = u32_at(archive, end + 16)?;
    for _ in 0..entries {
        if !archive.get(at..)?.starts_with(ENTRY.0) {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32].map(|field| u16_at(archive, at + field));
        let (name, rest) = (usize::from(name?), usize::from(extra?) + usize::from(comment?));
        let begin = at + ENTRY.1;
        if archive.get(begin..begin + name)? == path.as_bytes() {
            let [packed, unpacked, offset] = [20, 24, 42].map(|field| u32_at(archive, at + field));
            return Some(Some((u16_at(archive, at + 10)?, offset?, packed?, unpacked?)));
        }
        at = begin + name + rest;
    }
    Some(None)
}

/// The packed data of the file whose header is at `offset`.
fn data(archive: &[u8], offset: usize, packed: usize) -> Option<&[u8]> {
    if !archive.get(offset..)?.starts_with(HEADER.0) {
        return None;
    }
    let [name, extra] = [26, 28].map(|field| u16_at(archive, offset + field));
    let begin = offset + HEADER.1 + usize::from(name?) + usize::from(extra?);
    archive.get(begin..begin.checked_add(packed)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use miniz_oxide::deflate::compress_to_vec;

    use super::*;

    /// An archive of these files, packed or not, as other programs write it.
    pub(crate) fn archive(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content, is_packed) in files {
            let data = if *is_packed { compress_to_vec(content, 6) } else { content.to_vec() };
            let offset = bytes.len() as u32;
            let method = if *is_packed { DEFLATED } else { STORED };
            let mut common = Vec::new();
            common.extend([20, 0, 0, 0]);
            common.extend(method.to_le_bytes());
            // Time, date and checksum, which nobody reads here.
            common.extend([0; 8]);
            common.extend((data.len() as u32).to_le_bytes());
            common.extend((content.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            bytes.extend(HEADER.0);
            bytes.extend(&common);
            bytes.extend(name.as_bytes());
            bytes.extend(&data);
            directory.extend(ENTRY.0);
            directory.extend([20, 0]);
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(offset.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let begin = bytes.len() as u32;
        bytes.extend(&directory);
        bytes.extend(END.0);
        bytes.extend([0; 4]);
        bytes.extend((files.len() as u16).to_le_bytes());
        bytes.extend((files.len() as u16).to_le_bytes());
        bytes.extend((directory.len() as u32).to_le_bytes());
        bytes.extend(begin.to_le_bytes());
        bytes.extend([3, 0]);
        bytes.extend(b"end");
        bytes
    }

    #[test]
    fn a_file_comes_out_as_it_went_in_packed_or_not() {
        let content: Vec<u8> = (0..10_000_u32).map(|n| (n / 7 % 251) as u8).collect();
        for is_packed in [false, true] {
            let archive = archive(&[("a", b"other", true), ("b/c", &content, is_packed), ("d", b"", false)]);
            assert!(is_archive(&archive));
            assert!(extract(&archive, "b/c", content.len()).is_ok_and(|bytes| bytes == content));
            let wrong = extract(&archive, "b/c", content.len() + 1).map_err(|error| error.kind());
            assert_eq!(wrong, Err(ErrorKind::Unexpected));
            let missing = extract(&archive, "c", 1).map_err(|error| error.kind());
            assert_eq!(missing, Err(ErrorKind::NotFound));
        }
    }

    #[test]
    fn a_damaged_archive_is_an_error_and_never_a_panic() {
        let content = [7; 3_000];
        let whole = archive(&[("a", &content, true), ("b", &content, false)]);
        for end in 0..whole.len() - 3 {
            assert!(extract(&whole[..end], "a", content.len()).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut other = whole.clone();
                other[at] = value;
                for path in ["a", "b"] {
                    let _ = extract(&other, path, content.len());
                }
            }
        }
        assert!(extract(b"", "a", 0).is_err());
    }
}
