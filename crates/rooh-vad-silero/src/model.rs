//! The model: its bytes, and the one copy of it that all sessions share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use rooh_core::Result;
use rooh_onnx::{Engine, OnnxModel, open};

/// The model as it was published; `model/README.md` says by whom.
pub const MODEL: &[u8] = include_bytes!("../model/silero_vad_16k_sequence.onnx");

// `rooh models verify` compares it with its hash.
rooh_models::embed!("silero-vad", MODEL);

/// A model that was loaded: kept until it is unloaded, and found again while a session uses it.
struct Loaded {
    kept: Option<Arc<dyn OnnxModel>>,
    used: Weak<dyn OnnxModel>,
}

fn all() -> MutexGuard<'static, HashMap<Engine, Loaded>> {
    static LOADED: OnceLock<Mutex<HashMap<Engine, Loaded>>> = OnceLock::new();
    LOADED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// The model, ready to run on `engine`; the first call takes up to 25 ms.
pub(crate) fn load(engine: Engine) -> Result<Arc<dyn OnnxModel>> {
    // The lock is held while the model is opened, so that nobody opens it a second time.
    let mut all = all();
    let found = all.get(&engine).and_then(|loaded| loaded.used.upgrade());
    let model = match found {
        Some(model) => model,
        None => open(MODEL, engine)?,
    };
    let loaded = Loaded { kept: Some(Arc::clone(&model)), used: Arc::downgrade(&model) };
    all.insert(engine, loaded);
    Ok(model)
}

/// Lets go of the model; sessions that have it keep it until they end.
pub(crate) fn unload(engine: Engine) {
    if let Some(loaded) = all().get_mut(&engine) {
        loaded.kept = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_the_one_that_was_published() {
        let asset = rooh_models::find("silero-vad").expect("the table has the model");
        assert_eq!(asset.status(), rooh_models::Status::BuiltIn);
        assert_eq!(asset.size, MODEL.len() as u64);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
        runtime.block_on(asset.verify()).expect("the model is as published");
    }

    #[test]
    fn the_model_is_loaded_once_and_kept_by_who_uses_it() {
        let first = load(Engine::Rten).expect("the model loads");
        let second = load(Engine::Rten).expect("the model loads");
        assert!(Arc::ptr_eq(&first, &second));
        unload(Engine::Rten);
        let third = load(Engine::Rten).expect("the model loads");
        assert!(Arc::ptr_eq(&first, &third), "a second copy was loaded while the first was in use");
        drop((first, second, third));
        unload(Engine::Rten);
        assert!(all().get(&Engine::Rten).is_some_and(|loaded| loaded.used.upgrade().is_none()));
    }
}
