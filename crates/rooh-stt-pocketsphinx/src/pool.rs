//! Loaded decoders that wait for the next session.

use std::sync::{Mutex, PoisonError};

use rooh_core::Result;

use crate::ffi::{Decoder, library};
use crate::model::Model;

/// One pool for the process, so that two agents with the same model share it.
static READY: Mutex<Vec<(Model, Decoder)>> = Mutex::new(Vec::new());

/// A decoder on loan; it goes back to the pool when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    decoder: Option<Decoder>,
    model: Model,
    ready: usize,
}

impl Lease {
    /// Takes a decoder out of the pool, or loads one, which takes some tenths of a second.
    pub(crate) fn take(model: &Model, ready: usize) -> Result<Self> {
        let waiting = {
            let mut pool = READY.lock().unwrap_or_else(PoisonError::into_inner);
            pool.iter().position(|(of, _)| of == model).map(|place| pool.swap_remove(place).1)
        };
        // The utterance that was open when its session ended is ended here, not where it was
        // dropped, because that takes time.
        let waiting = waiting.and_then(|mut decoder| decoder.forget().then_some(decoder));
        let decoder = match waiting {
            Some(decoder) => decoder,
            None => Decoder::new(library(model.library.as_deref())?, model)?,
        };
        Ok(Self { decoder: Some(decoder), model: model.clone(), ready })
    }

    /// The decoder.
    pub(crate) fn decoder(&mut self) -> &mut Decoder {
        self.decoder.as_mut().expect("a lease has its decoder until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(decoder) = self.decoder.take() else { return };
        let mut pool = READY.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.iter().filter(|(of, _)| *of == self.model).count() < self.ready {
            pool.push((self.model.clone(), decoder));
        }
    }
}

/// Frees the decoders that wait for a session with this model.
pub(crate) fn drain(model: &Model) {
    let mut pool = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let (of_model, others) = std::mem::take(&mut *pool).into_iter().partition(|(of, _)| of == model);
    *pool = others;
    drop(pool);
    // Freeing takes time, and happens outside the lock.
    drop::<Vec<(Model, Decoder)>>(of_model);
}
