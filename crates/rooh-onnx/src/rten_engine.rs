//! The engine that is built in: `rten`.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rooh_core::{Error, ErrorKind, Result};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView, ValueView};
use rten_tensor::{AsView, Layout};

use crate::engine::OnnxModel;
use crate::tensor::{Elements, Tensor};

/// A model that `rten` runs.
pub(crate) struct RtenModel {
    model: Model,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl RtenModel {
    pub(crate) fn open(bytes: Cow<'static, [u8]>) -> Result<Self> {
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = match bytes {
            Cow::Borrowed(bytes) => options.load_static_slice(bytes),
            Cow::Owned(bytes) => options.load(bytes),
        };
        let model = model.map_err(|error| {
            Error::new(ErrorKind::Config, "the file is no model that rten can run").caused_by(error)
        })?;
        let names = |ids: &[NodeId]| -> Vec<String> {
            ids.iter()
                .map(|&id| model.node_info(id).and_then(|node| node.name()).unwrap_or("").to_owned())
                .collect()
        };
        let (inputs, outputs) = (names(model.input_ids()), names(model.output_ids()));
        Ok(Self { model, inputs, outputs })
    }

    fn node(&self, name: &str) -> Result<NodeId> {
        self.model.node_id(name).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the model has no tensor of that name")
                .with("name", name)
                .caused_by(error)
        })
    }
}

impl OnnxModel for RtenModel {
    fn inputs(&self) -> &[String] {
        &self.inputs
    }

    fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn run(&self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>> {
        let mut values = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            values.push((self.node(name)?, value_of(name, tensor)?));
        }
        let nodes: Result<Vec<NodeId>> = outputs.iter().map(|name| self.node(name)).collect();
        let options = RunOptions::default().with_thread_pool(Some(one_thread()));
        let values = self.model.run(values, &nodes?, Some(options)).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the model could not be run").caused_by(error)
        })?;
        values.into_iter().zip(outputs).map(|(value, name)| tensor_of(name, value)).collect()
    }
}

impl fmt::Debug for RtenModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtenModel").field("inputs", &self.inputs).field("outputs", &self.outputs).finish()
    }
}

/// A pool of one thread: the models here are too small to gain from more, and sessions share cores.
///
/// There are as many such pools as cores, and each thread that calls keeps to one of them: with a
/// single pool all sessions of a process would wait for one core.
fn one_thread() -> Arc<ThreadPool> {
    static POOLS: OnceLock<Vec<Arc<ThreadPool>>> = OnceLock::new();
    static CALLERS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<Option<usize>> = const { Cell::new(None) };
    }
    let pools = POOLS.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (0..cores).map(|_| Arc::new(ThreadPool::with_num_threads(1))).collect()
    });
    let mine = MINE.get().unwrap_or_else(|| CALLERS.fetch_add(1, Ordering::Relaxed));
    MINE.set(Some(mine));
    Arc::clone(&pools[mine % pools.len()])
}

fn value_of<'a>(name: &str, tensor: &'a Tensor) -> Result<ValueOrView<'a>> {
    let wrong = |error: &dyn fmt::Display| {
        Error::new(ErrorKind::Unexpected, "a tensor does not fit the model")
            .with("name", name)
            .with("why", error)
    };
    let shape = tensor.shape();
    match tensor.elements() {
        Elements::F32(all) => {
            ValueView::from_shape(shape, all).map(Into::into).map_err(|error| wrong(&error))
        }
        Elements::I32(all) => {
            ValueView::from_shape(shape, all).map(Into::into).map_err(|error| wrong(&error))
        }
        // All integers of rten have 32 bits, whatever the file says.
        Elements::I64(all) => {
            let all: Result<Vec<i32>, _> = all.iter().map(|&one| i32::try_from(one)).collect();
            let all = all.map_err(|error| wrong(&error))?;
            Value::from_shape(shape, all).map(Into::into).map_err(|error| wrong(&error))
        }
    }
}

fn tensor_of(name: &str, value: Value) -> Result<Tensor> {
    match value {
        Value::FloatTensor(tensor) => Ok(Tensor::f32(tensor.shape().to_vec(), tensor.to_vec())),
        Value::Int32Tensor(tensor) => Ok(Tensor::i32(tensor.shape().to_vec(), tensor.to_vec())),
        other => Err(Error::new(ErrorKind::Unsupported, "the model yields a type that is not known here")
            .with("name", name)
            .with("type", format!("{:?}", other.dtype()))),
    }
}
