//! The contract of a model, and the engines that fulfil it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rooh_core::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Tensor;
use crate::rten_engine::RtenModel;

/// A model that is ready to run.
///
/// # Contract
///
/// - A run keeps nothing: the same inputs give the same outputs.
/// - Runs on the thread that calls it or on one other, and blocks until it is done; what takes more
///   than about a millisecond belongs into [`rooh_core::stream::blocking`].
pub trait OnnxModel: fmt::Debug + Send + Sync {
    /// The names of the inputs, in the order of the file.
    fn inputs(&self) -> &[String];

    /// The names of the outputs, in the order of the file.
    fn outputs(&self) -> &[String];

    /// Computes the outputs of these names, in this order.
    ///
    /// # Errors
    ///
    /// [`Unexpected`](rooh_core::ErrorKind::Unexpected) if a name is unknown, an input is missing or
    /// of another type or shape than the model takes.
    fn run(&self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>>;
}

/// What computes a model.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Engine {
    /// ONNX Runtime: two to three times as fast, and a library that has to be installed.
    ///
    /// Needs the Cargo feature `onnxruntime`.
    OnnxRuntime,
    /// The one that is built in.
    #[default]
    Rten,
}

impl Engine {
    /// Whether this program can use it; ONNX Runtime may still be missing on the machine.
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::OnnxRuntime => cfg!(feature = "onnxruntime"),
            Self::Rten => true,
        }
    }
}

/// Opens the model in `bytes`.
///
/// # Errors
///
/// [`NotFound`](rooh_core::ErrorKind::NotFound) if the engine's library is missing,
/// [`Unsupported`](rooh_core::ErrorKind::Unsupported) if it is too old or not built in, and
/// [`Config`](rooh_core::ErrorKind::Config) if the bytes are no model that the engine can run.
pub fn open(bytes: impl Into<Cow<'static, [u8]>>, engine: Engine) -> Result<Arc<dyn OnnxModel>> {
    let bytes = bytes.into();
    match engine {
        Engine::Rten => Ok(Arc::new(RtenModel::open(bytes)?)),
        #[cfg(feature = "onnxruntime")]
        Engine::OnnxRuntime => Ok(Arc::new(crate::ort_engine::OrtModel::open(&bytes)?)),
        #[cfg(not(feature = "onnxruntime"))]
        Engine::OnnxRuntime => {
            use rooh_core::{Error, ErrorKind};

            let message = "this program was built without ONNX Runtime; leave the engine at rten, or \
                           build it with the Cargo feature onnxruntime";
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}
