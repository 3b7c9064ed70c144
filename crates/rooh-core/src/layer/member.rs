//! What the layers have in common: providers in order, and waits that differ from call to call.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use super::standing::Standing;
use crate::provider::Progress;
use crate::stream::Events;

/// The longest wait before a connection that broke is made again for the first time.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait before it is tried again after that.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Within which time all come back who were waiting for a vendor: with 500 calls, about eight in each
/// tenth of a second.
const RETURN: Duration = Duration::from_secs(6);

/// One of several providers, and what is known of it by all who ask it.
#[derive(Debug)]
pub(super) struct Member<P: ?Sized> {
    pub(super) name: Arc<str>,
    pub(super) provider: Arc<P>,
    pub(super) standing: Arc<Standing>,
}

impl<P: ?Sized> Member<P> {
    pub(super) fn shared(name: impl Into<Arc<str>>, provider: Arc<P>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), provider, standing: Arc::default() })
    }
}

/// Loads all of them; one that cannot be loaded is gone without, unless none can.
pub(super) fn load<P: ?Sized + Send + Sync + 'static>(
    members: Vec<Arc<Member<P>>>,
    what: &'static str,
    load: fn(&P) -> Events<Progress>,
) -> Events<Progress> {
    Events::new(move |mut out| async move {
        let mut failures = Vec::new();
        for member in &members {
            let mut load = load(&member.provider);
            while let Some(progress) = load.next().await {
                match progress {
                    Ok(progress) => out.emit(progress).await,
                    Err(error) => failures.push((member, error)),
                }
            }
        }
        if failures.len() == members.len()
            && let Some((member, error)) = failures.pop()
        {
            return Err(error.with("provider", &member.name));
        }
        for (member, error) in failures {
            out.emit(Progress::without(format!("{what} {}", member.name), error)).await;
        }
        Ok(())
    })
}

/// Waits that are drawn anew each time, so that calls which broke together do not come back
/// together ("full jitter").
#[derive(Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    /// Draws from `seed`, or from what nobody knows.
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self(seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8)))
    }

    /// Before a try that follows on so many in a row which have failed.
    pub(super) fn before_try(&mut self, failures: u32) -> Duration {
        let longest = FIRST_WAIT.saturating_mul(1 << failures.min(10)).min(LONGEST_WAIT);
        self.below(longest)
    }

    /// Before coming back to a provider that has been left alone.
    pub(super) fn before_return(&mut self) -> Duration {
        self.below(RETURN)
    }

    fn below(&mut self, longest: Duration) -> Duration {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        longest.mul_f64(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_bounds_and_are_spread_below_them() {
        let mut jitter = Jitter::new(Some(1));
        for (failures, longest) in [(0, 100), (1, 200), (5, 3_200), (6, 5_000), (u32::MAX, 5_000)] {
            let waits: Vec<u128> = (0..1_000).map(|_| jitter.before_try(failures).as_millis()).collect();
            assert!(waits.iter().all(|wait| *wait < longest), "{failures}");
            let mean = waits.iter().sum::<u128>() / 1_000;
            assert!((longest * 45 / 100..longest * 55 / 100).contains(&mean), "{failures}: {mean}");
        }
    }
}
