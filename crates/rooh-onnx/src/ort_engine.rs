//! The engine that is opened at run time: ONNX Runtime.

use std::ffi::OsString;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;
use rooh_core::{Error, ErrorKind, Result};

use crate::engine::OnnxModel;
use crate::probe::probe;
use crate::tensor::{Elements, Tensor};

/// A model that ONNX Runtime runs.
pub(crate) struct OrtModel {
    /// The bindings let one run have the session to itself.
    session: Mutex<Session>,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

/// Where the library is looked for: `ORT_DYLIB_PATH`, or its usual name on this system.
pub fn library_path() -> OsString {
    std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).unwrap_or_else(|| {
        if cfg!(target_os = "windows") {
            "onnxruntime.dll"
        } else if cfg!(target_os = "macos") {
            "libonnxruntime.dylib"
        } else {
            "libonnxruntime.so"
        }
        .into()
    })
}

/// Loads the library once for the process.
///
/// A failure is not kept: the library may be brought while the program runs.
fn load_library() -> Result<()> {
    static LOADED: OnceLock<()> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let _loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if LOADED.get().is_none() {
        let path = library_path();
        probe(&path)?;
        ort::init_from(&path).map_err(failed("ONNX Runtime could not be loaded"))?.commit();
        let _ = LOADED.set(());
    }
    Ok(())
}

fn failed<E: fmt::Display>(message: &'static str) -> impl Fn(E) -> Error {
    move |error| Error::new(ErrorKind::Unexpected, message).with("why", error)
}

impl OrtModel {
    pub(crate) fn open(bytes: &[u8]) -> Result<Self> {
        load_library()?;
        let builder = Session::builder().map_err(failed("ONNX Runtime could not be set up"))?;
        let mut builder = builder
            .with_intra_threads(1)
            .map_err(failed("ONNX Runtime could not be set up"))?
            .with_inter_threads(1)
            .map_err(failed("ONNX Runtime could not be set up"))?;
        let session = builder.commit_from_memory(bytes).map_err(|error| {
            Error::new(ErrorKind::Config, "the file is no model that ONNX Runtime can run").with("why", error)
        })?;
        let inputs = session.inputs().iter().map(|input| input.name().to_owned()).collect();
        let outputs = session.outputs().iter().map(|output| output.name().to_owned()).collect();
        Ok(Self { session: Mutex::new(session), inputs, outputs })
    }
}

impl OnnxModel for OrtModel {
    fn inputs(&self) -> &[String] {
        &self.inputs
    }

    fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn run(&self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>> {
        let missing = |name: &str| {
            Error::new(ErrorKind::Unexpected, "the model has no tensor of that name").with("name", name)
        };
        let unfit = failed::<ort::Error>("a tensor does not fit the model");
        let mut values: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            if !self.inputs.iter().any(|input| input == name) {
                return Err(missing(name));
            }
            let shape = tensor.shape();
            let value: SessionInputValue<'_> = match tensor.elements() {
                Elements::F32(all) => TensorRef::from_array_view((shape, &**all)).map_err(&unfit)?.into(),
                Elements::I32(all) => TensorRef::from_array_view((shape, &**all)).map_err(&unfit)?.into(),
                Elements::I64(all) => TensorRef::from_array_view((shape, &**all)).map_err(&unfit)?.into(),
            };
            values.push((name, value));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let results = session.run(values).map_err(failed("the model could not be run"))?;
        outputs
            .iter()
            .map(|name| {
                let value = results.get(*name).ok_or_else(|| missing(name))?;
                let shape = |shape: &ort::value::Shape| -> Vec<usize> {
                    shape.iter().map(|&axis| usize::try_from(axis).unwrap_or(0)).collect()
                };
                if let Ok((axes, all)) = value.try_extract_tensor::<f32>() {
                    Ok(Tensor::f32(shape(axes), all.to_vec()))
                } else if let Ok((axes, all)) = value.try_extract_tensor::<i64>() {
                    Ok(Tensor::i64(shape(axes), all.to_vec()))
                } else if let Ok((axes, all)) = value.try_extract_tensor::<i32>() {
                    Ok(Tensor::i32(shape(axes), all.to_vec()))
                } else {
                    Err(Error::new(ErrorKind::Unsupported, "the model yields a type that is not known here")
                        .with("name", name)
                        .with("type", format!("{:?}", value.dtype())))
                }
            })
            .collect()
    }
}

impl fmt::Debug for OrtModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrtModel")
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}
