//! Forms with files, as recognizers of recordings take them.

use std::fmt;

use bytes::Bytes;
use reqwest::multipart::{self, Part};
use rooh_core::{Error, ErrorKind, Result};

/// A form of `multipart/form-data` (RFC 7578).
#[derive(Default)]
pub struct Form {
    pub(crate) form: multipart::Form,
}

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn text(self, name: &'static str, value: impl Into<String>) -> Self {
        Self { form: self.form.text(name, value.into()) }
    }

    /// Adds a file: its name, its media type, such as `audio/wav`, and what is in it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if `media` is no media type.
    pub fn file(
        self,
        name: &'static str,
        file: &'static str,
        media: &str,
        content: impl Into<Bytes>,
    ) -> Result<Self> {
        let content: Bytes = content.into();
        let length = content.len() as u64;
        let part = Part::stream_with_length(content, length).file_name(file);
        let part = part.mime_str(media).map_err(|error| {
            Error::new(ErrorKind::Config, "this is no media type").with("found", error.without_url())
        })?;
        Ok(Self { form: self.form.part(name, part) })
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").finish_non_exhaustive()
    }
}
