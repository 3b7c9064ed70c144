//! Forms with files, as clients upload audio.

use bytes::Bytes;

/// A part of a form.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Part {
    /// What it holds.
    pub bytes: Bytes,
    /// Of which type it says that it is.
    pub content_type: Option<String>,
    /// The name of the file, if it is one.
    pub filename: Option<String>,
    /// Its name in the form.
    pub name: String,
}

impl Part {
    /// What it holds, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// The parts of `body` between its boundaries; what is no part is passed over.
pub(crate) fn parts(body: &Bytes, boundary: &str) -> Vec<Part> {
    let line = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = find(body, line.as_bytes()).map(|at| at + line.len());
    let line = format!("\r\n{line}");
    while let Some(from) = start {
        let end = find(&body[from..], line.as_bytes()).map(|at| from + at);
        if let Some(end) = end {
            parts.extend(part(&body.slice(from..end)));
        }
        start = end.map(|end| end + line.len());
    }
    parts
}

fn part(bytes: &Bytes) -> Option<Part> {
    let split = find(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let header = |name: &str| {
        let of =
            |line: &str| line.split_once(':').map(|(n, value)| (n.to_lowercase(), value.trim().to_owned()));
        head.lines().filter_map(of).find(|(other, _)| other == name).map(|(_, value)| value)
    };
    let disposition = header("content-disposition")?;
    let field = |name: &str| {
        let of =
            |field: &str| field.trim().split_once('=').map(|(n, value)| (n.to_owned(), value.to_owned()));
        let found = disposition.split(';').filter_map(of).find(|(other, _)| other == name);
        found.map(|(_, value)| value.trim_matches('"').to_owned())
    };
    Some(Part {
        bytes: bytes.slice(split + 4..),
        content_type: header("content-type"),
        filename: field("filename"),
        name: field("name")?,
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
