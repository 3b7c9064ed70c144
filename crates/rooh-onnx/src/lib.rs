#![doc = include_str!("../README.md")]

mod tensor;

mod engine;

mod rten_engine;

#[cfg(feature = "onnxruntime")]
mod ort_engine;
#[cfg(feature = "onnxruntime")]
mod probe;

pub use engine::{Engine, OnnxModel, open};
#[cfg(feature = "onnxruntime")]
pub use ort_engine::library_path;
#[cfg(feature = "onnxruntime")]
pub use probe::{OLDEST, Version, probe};
pub use tensor::{Elements, Tensor};
