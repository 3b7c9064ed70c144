//! Contract suites: one plain async function per sentence of a contract, and the macros that make
//! a test of each.
//!
//! ```ignore
//! // tests/contract.rs of a provider
//! mod contract {
//!     rooh_testkit::tts_contract!(rooh_tts_acme::Acme::default());
//! }
//! ```
//!
//! The expression is evaluated anew for every test, inside the runtime of that test, and may
//! `.await`. It is a provider, an `Arc` of one, a subject such as [`SttSubject`] that says more
//! about the provider, or an `Option` or `Result` of any of these: nothing there skips the suite
//! with a line that names what is missing.
//!
//! Tests run on one thread and on a paused clock, so that nothing in them waits. A provider that
//! talks to a socket, a process or a thread of its own needs the real clock: write
//! `tts_contract!(live: expression)`.

mod reading;
mod subject;

pub mod llm;
pub mod realtime;
pub mod stage;
pub mod stt;
pub mod tool;
pub mod transport;
pub mod tts;
pub mod turn;
pub mod vad;

use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;

pub use llm::LlmSubject;
pub use realtime::RealtimeSubject;
pub use stage::StageSubject;
pub use stt::{SttSubject, Utterance};
pub use subject::{As, Fallible, Given, IntoSubject, Probe, Shared, Terms};
pub use tool::ToolSubject;
pub use transport::{Connection, FarEnd, TransportSubject};
pub use tts::TtsSubject;
pub use turn::TurnSubject;
pub use vad::VadSubject;

/// One sentence of a contract, to be checked over any subject.
pub struct Case<S> {
    /// The sentence, as the name of a test.
    pub name: &'static str,
    /// Checks it, and panics with what was found if it does not hold.
    pub run: fn(S) -> Pin<Box<dyn Future<Output = ()>>>,
}

impl<S> std::fmt::Debug for Case<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Which clock a suite runs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Clock {
    /// The real one, on a runtime with two threads.
    Live,
    /// One that jumps ahead whenever nothing is left to do, on a runtime of one thread.
    Paused,
}

thread_local! {
    static CLOCK: std::cell::Cell<Clock> = const { std::cell::Cell::new(Clock::Paused) };
}

/// Whether the test on this thread runs on the real clock.
pub(crate) fn is_live() -> bool {
    CLOCK.get() == Clock::Live
}

/// Runs one case; what the macros call.
///
/// # Panics
///
/// If the sentence does not hold.
pub fn check<S, T, How, Making, Run>(
    clock: Clock,
    case: &str,
    make: impl FnOnce() -> Making,
    run: impl FnOnce(S) -> Run,
) where
    T: IntoSubject<S, How>,
    Making: Future<Output = T>,
    Run: Future<Output = ()>,
{
    CLOCK.set(clock);
    let mut builder = match clock {
        Clock::Live => tokio::runtime::Builder::new_multi_thread(),
        Clock::Paused => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().worker_threads(2);
    if clock == Clock::Paused {
        builder.start_paused(true);
    }
    let runtime = builder.build().expect("a runtime can be built");
    let ran = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            match make().await.into_subject() {
                Ok(subject) => run(subject).await,
                Err(missing) => skipped(case, &missing),
            }
        });
    }));
    // Work of the subject that does not end must not hold up the verdict.
    runtime.shutdown_background();
    if let Err(panic) = ran {
        resume_unwind(panic);
    }
}

/// Says that a case was left out, past the test harness, which keeps back what is printed.
pub(crate) fn skipped(case: &str, why: &str) {
    // A broken stderr is no reason for a test to fail.
    let _ = writeln!(std::io::stderr(), "skipped: {case}: {why}");
}

/// Declares the cases of a suite, and the macro that makes a test of each.
macro_rules! suite {
    ($d:tt $(#[$doc:meta])* $contract:ident, $module:ident, $subject:ty: $($case:ident,)+) => {
        /// All cases of the suite.
        pub const CASES: &[$crate::contract::Case<$subject>] = &[$(
            $crate::contract::Case { name: stringify!($case), run: |subject| Box::pin($case(subject)) },
        )+];

        $(#[$doc])*
        #[macro_export]
        macro_rules! $contract {
            (live: $d subject:expr) => {
                $crate::$contract!(@ Live, $d subject);
            };
            ($d subject:expr) => {
                $crate::$contract!(@ Paused, $d subject);
            };
            (@ $d clock:ident, $d subject:expr) => {$(
                #[test]
                fn $case() {
                    $crate::contract::check(
                        $crate::contract::Clock::$d clock,
                        stringify!($case),
                        || async { $d subject },
                        $crate::contract::$module::$case,
                    );
                }
            )+};
        }
    };
}
pub(crate) use suite;
