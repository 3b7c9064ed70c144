//! What a suite is run over, and how an expression becomes it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What all subjects have in common: how long to wait, and what to expect.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How long one event may take before the case fails.
    pub(crate) patience: Duration,
    /// After how long without an event nothing more is expected.
    pub(crate) settle: Duration,
    /// Whether the same request may be answered differently the next time.
    pub(crate) varies: bool,
    pub(crate) probe: Option<Probe>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { patience: Duration::from_secs(30), settle: Duration::from_secs(2), varies: false, probe: None }
    }
}

/// The builder methods that every subject has.
macro_rules! terms {
    ($subject:ident) => {
        impl $subject {
            /// Sets how long one event may take before the case fails; half a minute if it is not set.
            #[must_use]
            pub fn patience(mut self, patience: ::std::time::Duration) -> Self {
                self.terms.patience = patience;
                self
            }

            /// Sets after how long without an event nothing more is expected; two seconds if it is
            /// not set.
            #[must_use]
            pub fn settle(mut self, settle: ::std::time::Duration) -> Self {
                self.terms.settle = settle;
                self
            }

            /// Says that the same request may be answered differently the next time.
            #[must_use]
            pub fn varies(mut self) -> Self {
                self.terms.varies = true;
                self
            }

            /// Lets the suite look behind the provider.
            #[must_use]
            pub fn probe(mut self, probe: $crate::contract::Probe) -> Self {
                self.terms.probe = Some(probe);
                self
            }
        }
    };
}
pub(crate) use terms;

type Count = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Counts what a provider does behind its stream: connections, loads, children.
#[derive(Clone)]
pub struct Probe {
    begun: Count,
    open: Option<Count>,
}

impl Probe {
    /// `begun` says how many connections, loads or computations were begun so far.
    pub fn new(begun: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { begun: Arc::new(begun), open: None }
    }

    /// `open` says how many of them are open at this moment.
    #[must_use]
    pub fn open(self, open: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { open: Some(Arc::new(open)), ..self }
    }

    pub(crate) fn count_begun(&self) -> u64 {
        (self.begun)()
    }

    pub(crate) fn count_open(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open())
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("begun", &self.count_begun()).finish_non_exhaustive()
    }
}

/// What the expression given to a contract macro may be.
///
/// `How` tells the ways apart for the compiler; nobody writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that this contract suite can be run over",
    note = "pass a provider, an `Arc` of one, a subject, or an `Option` or `Result` of these"
)]
pub trait IntoSubject<S, How> {
    /// The subject, or what is missing for it.
    ///
    /// # Errors
    ///
    /// What is missing, as one would say it; the suite is skipped then.
    fn into_subject(self) -> Result<S, String>;
}

/// A provider by value.
#[derive(Debug)]
pub struct Given;

/// A provider that is shared already.
#[derive(Debug)]
pub struct Shared;

/// A subject as it is.
#[derive(Debug)]
pub struct As;

/// Something that may not be there.
#[derive(Debug)]
pub struct Fallible<How>(How);

impl<S, How, T: IntoSubject<S, How>, E: fmt::Display> IntoSubject<S, Fallible<How>> for Result<T, E> {
    fn into_subject(self) -> Result<S, String> {
        self.map_err(|error| error.to_string())?.into_subject()
    }
}

impl<S, How, T: IntoSubject<S, How>> IntoSubject<S, Fallible<How>> for Option<T> {
    fn into_subject(self) -> Result<S, String> {
        self.ok_or_else(|| "what it needs is not here".to_owned())?.into_subject()
    }
}

/// The ways in which a provider becomes a subject.
macro_rules! into_subject {
    ($subject:ident, $contract:ident) => {
        impl<P: $contract> $crate::contract::IntoSubject<$subject, $crate::contract::Given> for P {
            fn into_subject(self) -> Result<$subject, String> {
                Ok($subject::new(self))
            }
        }

        impl $crate::contract::IntoSubject<$subject, $crate::contract::Shared>
            for ::std::sync::Arc<dyn $contract>
        {
            fn into_subject(self) -> Result<$subject, String> {
                Ok($subject::shared(self))
            }
        }

        impl $crate::contract::IntoSubject<$subject, $crate::contract::As> for $subject {
            fn into_subject(self) -> Result<$subject, String> {
                Ok(self)
            }
        }
    };
}
pub(crate) use into_subject;
