//! How wrong providers are judged.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use rooh_testkit::contract::{As, Case, Clock, IntoSubject, check};

thread_local! {
    /// Whether a panic on this thread is what is asked for; a hundred reports would only hide the
    /// one that is not.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// The cases that a subject fails.
pub(crate) fn failed<S: IntoSubject<S, As>>(cases: &[Case<S>], make: impl Fn() -> S) -> Vec<&'static str> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !EXPECTED.get() {
                usual(panic);
            }
        }));
    });
    EXPECTED.set(true);
    let failed = cases
        .iter()
        .filter(|case| {
            let run = || check(Clock::Paused, case.name, || async { make() }, case.run);
            catch_unwind(AssertUnwindSafe(run)).is_err()
        })
        .map(|case| case.name)
        .collect();
    EXPECTED.set(false);
    failed
}

/// Runs every faulty provider, and fails unless exactly the named cases catch it, and unless every
/// case of the suite catches something.
pub(crate) fn judge<S: IntoSubject<S, As>, F: Copy + std::fmt::Debug>(
    cases: &[Case<S>],
    make: impl Fn(F) -> S,
    faults: &[(F, &[&str])],
) {
    let mut report = String::new();
    for (fault, expected) in faults {
        let failed = failed(cases, || make(*fault));
        if failed != *expected {
            report += &format!("{fault:?} was caught by {failed:#?}, expected {expected:#?}\n");
        }
    }
    for case in cases {
        if !faults.iter().any(|(_, expected)| expected.contains(&case.name)) {
            report += &format!("{} never fails\n", case.name);
        }
    }
    assert!(report.is_empty(), "\n{report}");
}
