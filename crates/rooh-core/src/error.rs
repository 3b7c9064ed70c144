//! One error for the workspace; its kind says what the caller can do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The key is missing, wrong or lacks a permission: check the key.
    Auth,
    /// The options or the agent are wrong: fix what the message names.
    Config,
    /// The connection failed or broke: try again, or try another provider.
    Network,
    /// A file, library, model or name is not there: bring it.
    NotFound,
    /// The peer said something that its protocol does not allow: report a bug.
    Protocol,
    /// Too much was asked for: wait, see [`Error::retry_after`].
    RateLimited,
    /// The peer did not answer in time: try again, or try another provider.
    Timeout,
    /// Something that should not happen did: report a bug.
    Unexpected,
    /// The provider cannot do what was asked: ask another one.
    Unsupported,
}

impl ErrorKind {
    /// The kind as one lower-case word, as logs and the wire name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Config => "config",
            Self::Network => "network",
            Self::NotFound => "not_found",
            Self::Protocol => "protocol",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Unexpected => "unexpected",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What went wrong, with what, and whether trying again makes sense.
///
/// Cloning is cheap: an error is also an event.
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    context: Vec<(&'static str, String)>,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    parts: Vec<Error>,
}

impl Error {
    /// An error of `kind`; the message names what failed, in lower case, without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            inner: Arc::new(Inner {
                kind,
                message: message.into(),
                context: Vec::new(),
                retry_after: None,
                source: None,
                parts: Vec::new(),
            }),
        }
    }

    /// Everything that is wrong at once; a single error stays as it is.
    ///
    /// # Panics
    ///
    /// If `parts` is empty.
    pub fn all(mut parts: Vec<Error>) -> Self {
        assert!(!parts.is_empty(), "an error needs at least one part");
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let message = format!("{} things are wrong", parts.len());
        Self::new(parts[0].kind(), message).change(|inner| inner.parts = parts)
    }

    /// Adds a value by key.
    #[must_use]
    pub fn with(self, key: &'static str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        self.change(|inner| inner.context.push((key, value)))
    }

    /// Adds where in the options or the agent file the fault is, for example `pipeline.stt`.
    ///
    /// Called again from further out, it puts the outer path in front.
    #[must_use]
    pub fn at_path(self, outer: impl fmt::Display) -> Self {
        self.under(&outer.to_string())
    }

    /// Not generic: it calls itself for the parts.
    fn under(self, outer: &str) -> Self {
        self.change(|inner| {
            for part in &mut inner.parts {
                *part = part.clone().under(outer);
            }
            if let Some((_, path)) = inner.context.iter_mut().find(|(key, _)| *key == "path") {
                *path = if path.is_empty() { outer.to_owned() } else { format!("{outer}.{path}") };
            } else {
                inner.context.insert(0, ("path", outer.to_owned()));
            }
        })
    }

    /// Keeps the cause.
    #[must_use]
    pub fn caused_by(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.source = Some(Arc::new(source)))
    }

    /// Says how long the peer asks to be left alone.
    #[must_use]
    pub fn wait(self, retry_after: Duration) -> Self {
        self.change(|inner| inner.retry_after = Some(retry_after))
    }

    fn change(mut self, f: impl FnOnce(&mut Inner)) -> Self {
        f(Arc::make_mut(&mut self.inner));
        self
    }

    /// What the caller can do.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What failed, without context and cause.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// The value under `key`, if one was added.
    pub fn context(&self, key: &str) -> Option<&str> {
        self.inner.context.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_str())
    }

    /// The single errors of which this one is made: itself, unless [`Error::all`] made it.
    pub fn parts(&self) -> &[Error] {
        if self.inner.parts.is_empty() { std::slice::from_ref(self) } else { &self.inner.parts }
    }

    /// Whether the same call may go through later.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::Network | ErrorKind::RateLimited | ErrorKind::Timeout)
    }

    /// How long to wait before trying again, if the peer said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        if let Some(path) = self.context("path").filter(|path| !path.is_empty()) {
            write!(f, "{path}: ")?;
        }
        f.write_str(&inner.message)?;
        let mut separator = " (";
        for (key, value) in inner.context.iter().filter(|(key, _)| *key != "path") {
            write!(f, "{separator}{key}: {value}")?;
            separator = ", ";
        }
        if separator == ", " {
            f.write_str(")")?;
        }
        if let Some(source) = &inner.source {
            write!(f, ": {source}")?;
        }
        for part in &inner.parts {
            write!(f, "\n  {part}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} error: {self}", self.inner.kind.as_str())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}
