//! Smart Turn as a judge of pauses.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use rooh_audio::AudioFrame;
use rooh_core::Result;
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Events, blocking};
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_onnx::Engine;

use crate::SmartTurnOptions;
use crate::desk::{Bounds, Desk};
use crate::model::{self, Shared, judge};

rooh_core::register!(turn: SmartTurn);

/// What it answers about a turn of which nothing was heard: it does not know.
const UNKNOWN: f32 = 0.5;

/// A judge of pauses that listens to how the turn sounded, and reads no word of it.
///
/// The model is loaded once for the process, when a question first needs it, and shared by all.
#[derive(Clone, Debug)]
pub struct SmartTurn {
    model: Arc<Shared>,
    bounds: Bounds,
}

impl SmartTurn {
    /// A judge with these options; nothing is looked for before it is used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](rooh_core::ErrorKind::Config) if a number is out of its range or the
    /// engine is not built in.
    pub fn new(options: SmartTurnOptions) -> Result<Self> {
        options.check()?;
        let SmartTurnOptions { engine, model, queue, workers } = options;
        Ok(Self::of(engine, model.filter(|path| !path.as_os_str().is_empty()), queue, workers))
    }

    fn of(engine: Engine, file: Option<PathBuf>, queue: u16, workers: u16) -> Self {
        let bounds = Bounds { workers: usize::from(workers), queue: usize::from(queue) };
        Self { model: model::shared(engine, file.as_deref()), bounds }
    }
}

impl Default for SmartTurn {
    /// The model that `rooh models pull smart-turn` brought, on the engine that is built in.
    fn default() -> Self {
        let SmartTurnOptions { engine, model, queue, workers } = SmartTurnOptions::default();
        Self::of(engine, model, queue, workers)
    }
}

impl FromOptions for SmartTurn {
    type Options = SmartTurnOptions;

    const INFO: Info = Info::local("smart", "Smart Turn").description(
        "Hears in the voice whether a turn is finished, on this machine, in 23 languages; needs a model of 9 MB.",
    );

    fn from_options(options: SmartTurnOptions) -> Result<Self> {
        Self::new(options)
    }
}

#[async_trait]
impl TurnDetector for SmartTurn {
    async fn completeness(&self, view: TurnView) -> Result<f32> {
        if view.audio.iter().all(AudioFrame::is_empty) {
            return Ok(UNKNOWN);
        }
        if let Some(error) = self.model.failure() {
            return Err(error);
        }
        let model = Arc::clone(&self.model);
        Desk::shared().answer(self.bounds, move || judge(&*model.get()?, &view.audio)).await
    }

    fn load(&self) -> Events<Progress> {
        let model = Arc::clone(&self.model);
        Events::new(move |mut out| async move {
            out.emit(Progress::new("Smart Turn", Some(0.0))).await;
            blocking(move || model.load()).await??;
            out.emit(Progress::new("Smart Turn", Some(1.0))).await;
            Ok(())
        })
    }

    fn unload(&self) {
        self.model.unload();
    }
}
