//! The options.

use std::path::PathBuf;

use rooh_core::{Error, ErrorKind, Result};
use rooh_onnx::Engine;
use schemars::JsonSchema;
use serde::Deserialize;

/// The most computations at once: beyond the cores of today's machines nothing is gained.
const MOST_WORKERS: u16 = 64;
/// The longest queue: with one worker, a minute of computing that nobody waits for.
const LONGEST_QUEUE: u16 = 1_024;

/// The options of [`SmartTurn`](crate::SmartTurn).
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct SmartTurnOptions {
    /// What computes the model: `rten`, which is built in, or `onnxruntime`, a library that has to be installed.
    pub engine: Engine,
    /// The file of the model; empty for the one that `rooh models pull smart-turn` brought.
    #[schemars(extend("x-env" = "SMART_TURN_MODEL"))]
    pub model: Option<PathBuf>,
    /// How many questions may wait for a worker; one more is refused at once.
    ///
    /// At some 40 ms each, 32 are a second and a third: whoever would wait longer has decided
    /// without an answer by then.
    #[schemars(range(min = 0, max = 1024))]
    pub queue: u16,
    /// How many questions of all sessions of this process are computed at once, each on one core.
    #[schemars(range(min = 1, max = 64))]
    pub workers: u16,
}

impl Default for SmartTurnOptions {
    fn default() -> Self {
        Self { engine: Engine::default(), model: None, queue: 32, workers: 1 }
    }
}

impl SmartTurnOptions {
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |path: &str, message: String| Err(Error::new(ErrorKind::Config, message).at_path(path));
        if !self.engine.is_built_in() {
            let message = "this program was built without ONNX Runtime; use the engine rten";
            return Err(Error::new(ErrorKind::Config, message)
                .at_path("engine")
                .with("enable the Cargo feature", "rooh-turn-smart/onnxruntime"));
        }
        if self.queue > LONGEST_QUEUE {
            return wrong("queue", format!("must be from 0 to {LONGEST_QUEUE}"));
        }
        if !(1..=MOST_WORKERS).contains(&self.workers) {
            return wrong("workers", format!("must be from 1 to {MOST_WORKERS}"));
        }
        Ok(())
    }
}
