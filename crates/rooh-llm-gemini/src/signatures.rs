//! Signatures of thoughts: Gemini wants a call of a tool back with the one that it came with.
//!
//! They stay here and not in the ids of the calls, because those are told to applications and, when
//! another vendor's model takes over, to that vendor, which allows some forty letters.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use rooh_core::session::SessionId;

/// What stands in the place of a signature that is not here: the value by which Google lets a call
/// through that its model has not made (ai.google.dev/gemini-api/docs/thought-signatures).
pub(crate) const NONE: &str = "skip_thought_signature_validator";
/// How much is kept, in bytes, of all sessions together; the oldest goes first. A signature has a
/// few hundred bytes to some thousands, and is needed for certain only until its reply is whole.
const MOST: usize = 16 * 1024 * 1024;

/// Which call it belongs to. The session is not enough: another model refuses it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Signed {
    pub(crate) call: String,
    pub(crate) model: String,
    pub(crate) session: SessionId,
}

/// The signatures of the last calls, for all sessions of a provider.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: usize,
    /// Each call once, the oldest first.
    order: VecDeque<Signed>,
    signatures: HashMap<Signed, String>,
}

impl Signatures {
    pub(crate) fn keep(&self, signed: Signed, signature: String) {
        self.lock().keep(signed, signature, MOST);
    }

    pub(crate) fn find(&self, signed: &Signed) -> Option<String> {
        self.lock().signatures.get(signed).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no panic happens under this lock")
    }
}

impl Kept {
    fn keep(&mut self, signed: Signed, signature: String, most: usize) {
        if self.signatures.contains_key(&signed) {
            // Only sessions that share a name have two calls of one id.
            self.order.retain(|other| *other != signed);
            self.forget(&signed);
        }
        self.bytes += weight(&signed, &signature);
        self.order.push_back(signed.clone());
        self.signatures.insert(signed, signature);
        while self.bytes > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, signed: &Signed) {
        if let Some(signature) = self.signatures.remove(signed) {
            self.bytes -= weight(signed, &signature);
        }
    }
}

/// What a signature takes, roughly: its key is there twice.
fn weight(signed: &Signed, signature: &str) -> usize {
    let key = size_of::<Signed>() + signed.call.len() + signed.model.len();
    2 * key + size_of::<String>() + signature.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(call: &str, session: &str) -> Signed {
        Signed { call: call.to_owned(), model: "m".to_owned(), session: SessionId::new(session) }
    }

    #[test]
    fn a_signature_is_found_by_its_call_model_and_session() {
        let signatures = Signatures::default();
        signatures.keep(signed("a", "one"), "x".to_owned());
        signatures.keep(signed("a", "two"), "y".to_owned());
        signatures.keep(signed("a", "two"), "z".to_owned());
        assert_eq!(signatures.find(&signed("a", "one")).as_deref(), Some("x"));
        assert_eq!(signatures.find(&signed("a", "two")).as_deref(), Some("z"));
        assert_eq!(signatures.find(&signed("b", "two")), None);
        let elsewhere = Signed { model: "n".to_owned(), ..signed("a", "one") };
        assert_eq!(signatures.find(&elsewhere), None);
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let mut kept = Kept::default();
        for n in 0..1_000 {
            // Some of them again and again.
            kept.keep(signed(&(n % 300).to_string(), "s"), "x".repeat(100), 10_000);
            assert!(kept.bytes <= 10_000 && kept.order.len() == kept.signatures.len());
            assert!(kept.signatures.contains_key(&signed(&(n % 300).to_string(), "s")));
        }
        kept.keep(signed("long", "s"), "x".repeat(20_000), 10_000);
        assert_eq!((kept.bytes, kept.order.len(), kept.signatures.len()), (0, 0, 0));
    }
}
