//! The model: its file, and the one copy of it that all sessions share.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rooh_audio::AudioFrame;
use rooh_core::{Error, ErrorKind, Result};
use rooh_models::Status;
use rooh_onnx::{Engine, OnnxModel, Tensor, open};

use crate::features::{FRAMES, MELS, features};
use crate::integers;

/// The name in the table of assets.
const ASSET: &str = "smart-turn";
const INPUT: &str = "input_features";
/// So it is called; what it gives is a probability all the same.
const OUTPUT: &str = "logits";
/// The largest file that is read: the variants of Smart Turn that were published have up to 33 MB.
const LARGEST: u64 = 64 << 20;

/// A model by what it is made from, and how far it is.
#[derive(Debug)]
pub(crate) struct Shared {
    engine: Engine,
    /// The file that was asked for; without one the place of the assets is looked at.
    file: Option<PathBuf>,
    /// Held as long as it takes to look at it, never while something is read or computed.
    state: Mutex<State>,
    /// Held while the model is loaded, so that nobody loads it a second time.
    loading: Mutex<()>,
}

#[derive(Debug)]
enum State {
    /// It was not there, or could not be run. Nobody looks again before someone loads it.
    Failed(Error),
    Loaded(Arc<dyn OnnxModel>),
    /// Nobody keeps it; it may still be used.
    Unloaded(Option<Weak<dyn OnnxModel>>),
}

/// The model of this engine and file: the same one for all who ask.
pub(crate) fn shared(engine: Engine, file: Option<&Path>) -> Arc<Shared> {
    static ALL: Mutex<Vec<Arc<Shared>>> = Mutex::new(Vec::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = all.iter().find(|one| one.engine == engine && one.file.as_deref() == file) {
        return Arc::clone(found);
    }
    // What nobody has any more, and what is not loaded, is not kept either.
    all.retain(|one| Arc::strong_count(one) > 1 || matches!(&*one.lock(), State::Loaded(_)));
    let model = Arc::new(Shared {
        engine,
        file: file.map(Path::to_owned),
        state: Mutex::new(State::Unloaded(None)),
        loading: Mutex::default(),
    });
    all.push(Arc::clone(&model));
    model
}

impl Shared {
    /// Why there is no model, if that is known; takes no time.
    pub(crate) fn failure(&self) -> Option<Error> {
        match &*self.lock() {
            State::Failed(error) => Some(error.clone()),
            _ => None,
        }
    }

    /// The model, for a question; the first one loads it, and a failure is kept and logged once.
    pub(crate) fn get(&self) -> Result<Arc<dyn OnnxModel>> {
        self.load_unless(true, |error| {
            tracing::warn!(%error, "Smart Turn is not there: pauses are judged without it");
        })
    }

    /// The model, for whoever wants it loaded: a failure of before is not taken for an answer.
    pub(crate) fn load(&self) -> Result<Arc<dyn OnnxModel>> {
        self.load_unless(false, |_| {})
    }

    /// Lets go of the model; who is asking it keeps it until the answer is there.
    pub(crate) fn unload(&self) {
        let mut state = self.lock();
        let used = match &*state {
            State::Loaded(model) => Some(Arc::downgrade(model)),
            State::Unloaded(used) => used.clone(),
            State::Failed(_) => None,
        };
        *state = State::Unloaded(used);
    }

    fn load_unless(&self, failed: bool, report: impl FnOnce(&Error)) -> Result<Arc<dyn OnnxModel>> {
        let there = |state: &State| match state {
            State::Failed(error) if failed => Some(Err(error.clone())),
            State::Failed(_) => None,
            State::Loaded(model) => Some(Ok(Arc::clone(model))),
            State::Unloaded(_) => None,
        };
        if let Some(found) = there(&self.lock()) {
            return found;
        }
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have loaded it meanwhile.
        if let Some(found) = there(&self.lock()) {
            return found;
        }
        let used = match &*self.lock() {
            State::Unloaded(used) => used.as_ref().and_then(Weak::upgrade),
            _ => None,
        };
        // What an engine makes of a damaged file is kept too, even if it is a panic.
        let read = || {
            let panicked = |_| Err(Error::new(ErrorKind::Unexpected, "the engine panicked over the model"));
            catch_unwind(AssertUnwindSafe(|| self.read())).unwrap_or_else(panicked)
        };
        let loaded = used.map_or_else(read, Ok).inspect_err(report);
        *self.lock() = match &loaded {
            Ok(model) => State::Loaded(Arc::clone(model)),
            Err(error) => State::Failed(error.clone()),
        };
        loaded
    }

    fn read(&self) -> Result<Arc<dyn OnnxModel>> {
        let asset = rooh_models::find(ASSET)?;
        let file = match &self.file {
            Some(file) => file.clone(),
            None => match asset.status() {
                Status::Installed { at } => at,
                Status::Missing { bring } => {
                    let message = format!("the model of Smart Turn is not there: {bring}");
                    return Err(Error::new(ErrorKind::NotFound, message));
                }
                other => return Err(Error::new(ErrorKind::Unexpected, other.to_string())),
            },
        };
        let about = |error: Error| match self.file {
            Some(_) => error.at_path("model").with("file", file.display()),
            None => error.with("file", file.display()),
        };
        let bytes = read(&file).map_err(about)?;
        let published = asset.compare(&bytes);
        match (try_out(bytes, self.engine), published) {
            (Ok(model), Ok(())) => Ok(model),
            (Ok(model), Err(differs)) => {
                let file = file.display();
                tracing::warn!(%file, %differs, "this is not the published Smart Turn v3.2; it is used all the same");
                Ok(model)
            }
            // The file is right, so it is the engine that cannot run it here.
            (Err(error), Ok(())) => Err(about(error)),
            (Err(error), Err(_)) if error.kind() != ErrorKind::Config => Err(about(error)),
            (Err(error), Err(differs)) => {
                let message = "the file is damaged or is not Smart Turn v3.2, which is needed; take the one \
                               that `rooh models pull smart-turn` brings";
                let error = Error::new(ErrorKind::Config, message).caused_by(error);
                Err(about(match differs.context("SHA-256") {
                    Some(found) => error.with("SHA-256", found),
                    None => error,
                }))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Config,
        };
        Error::new(kind, "the model of Smart Turn cannot be read").caused_by(error)
    };
    // Not opened before it is known to be a file: a pipe would wait for somebody to write.
    let data = std::fs::metadata(file).map_err(failed)?;
    if !data.is_file() || data.len() > LARGEST {
        let message = format!("the model of Smart Turn is a file of at most {} MiB", LARGEST >> 20);
        return Err(Error::new(ErrorKind::Config, message));
    }
    let mut bytes = Vec::with_capacity(data.len() as usize);
    File::open(file).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// The model in `bytes`, once it has judged silence and answered as Smart Turn does.
fn try_out(bytes: Vec<u8>, engine: Engine) -> Result<Arc<dyn OnnxModel>> {
    let in_integers = match engine {
        Engine::Rten if integers::are_exact() => integers::rewrite(&bytes),
        _ => None,
    };
    let model = match in_integers.map(|bytes| open(bytes, engine)) {
        Some(Ok(model)) => model,
        // What cannot be run otherwise is run as it was published.
        Some(Err(_)) | None => open(bytes, engine)?,
    };
    let stranger = || {
        Error::new(
            ErrorKind::Config,
            format!("Smart Turn v3.2 takes `{INPUT}` of 1 × {MELS} × {FRAMES} and gives one `{OUTPUT}`"),
        )
        .with("inputs", model.inputs().join(", "))
        .with("outputs", model.outputs().join(", "))
    };
    if model.inputs() != [INPUT] || !model.outputs().iter().any(|name| name == OUTPUT) {
        return Err(stranger());
    }
    judge(&*model, &[]).map_err(|error| stranger().caused_by(error))?;
    Ok(model)
}

/// How likely it is that the turn of which this was heard is finished; computes for some 40 ms.
pub(crate) fn judge(model: &dyn OnnxModel, audio: &[AudioFrame]) -> Result<f32> {
    let outputs = model.run(&[(INPUT, &features(audio))], &[OUTPUT])?;
    let answers = outputs.first().map(Tensor::as_f32).transpose()?;
    match answers {
        Some([answer]) if answer.is_finite() => Ok(answer.clamp(0.0, 1.0)),
        _ => Err(Error::new(ErrorKind::Unexpected, "the turn model did not answer with one number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_the_same_model_shares_it() {
        let of = |file: &str| shared(Engine::Rten, Some(Path::new(file)));
        let (one, same, other) = (of("one"), of("one"), of("other"));
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
        assert!(Arc::ptr_eq(&shared(Engine::Rten, None), &shared(Engine::Rten, None)));
        assert!(!Arc::ptr_eq(&shared(Engine::Rten, None), &shared(Engine::OnnxRuntime, None)));
        // A path that nobody has any more is forgotten.
        let gone = Arc::downgrade(&other);
        drop(other);
        let _another = of("another");
        assert!(gone.upgrade().is_none());
    }

    #[test]
    fn the_asset_is_the_file_that_the_table_knows() {
        let asset = rooh_models::find(ASSET).expect("the table has the model");
        assert_eq!(asset.needed_by, ["turn smart"]);
        assert!(asset.compare(b"something else").is_err());
    }
}
