//! The detector of one session: its windows, and the state of the network between them.

use std::fmt;
use std::sync::Arc;

use rooh_audio::AudioFormat;
use rooh_core::vad::Vad;
use rooh_core::{Error, ErrorKind, Result};
use rooh_onnx::{OnnxModel, Tensor};

/// New samples in a window: 32 ms.
const WINDOW: usize = 512;
/// Samples of the window before, which the model wants to see again in front of each.
const CONTEXT: usize = 64;
/// Numbers in each of the two halves of the network's state.
const STATE: usize = 128;

/// The detector of one session.
pub(crate) struct Detector {
    model: Arc<dyn OnnxModel>,
    /// The context and the window, as the model takes them.
    input: Tensor,
    hidden: Tensor,
    cell: Tensor,
    failed: bool,
}

impl Detector {
    pub(crate) fn new(model: Arc<dyn OnnxModel>) -> Self {
        let state = || Tensor::zeros([1, 1, STATE]);
        let input = Tensor::zeros([1, CONTEXT + WINDOW]);
        Self { model, input, hidden: state(), cell: state(), failed: false }
    }

    fn run(&mut self, window: &[i16]) -> Result<f32> {
        let samples = self.input.as_f32_mut()?;
        // What stood at the end of the last window is the context of this one.
        samples.copy_within(WINDOW.., 0);
        for (sample, &new) in samples[CONTEXT..].iter_mut().zip(window) {
            *sample = f32::from(new) / 32_768.0;
        }
        let inputs = [("input", &self.input), ("h", &self.hidden), ("c", &self.cell)];
        let outputs = self.model.run(&inputs, &["speech_probs", "hn", "cn"])?;
        let Ok([probability, hidden, cell]) = <[Tensor; 3]>::try_from(outputs) else {
            return Err(Error::new(ErrorKind::Unexpected, "the model has other outputs"));
        };
        (self.hidden, self.cell) = (hidden, cell);
        let probability = probability.as_f32()?.first().copied().unwrap_or(0.0);
        // Rounding may carry it past the ends.
        Ok(if probability.is_nan() { 0.0 } else { probability.clamp(0.0, 1.0) })
    }
}

impl Vad for Detector {
    fn format(&self) -> AudioFormat {
        AudioFormat::WIDEBAND
    }

    fn window(&self) -> usize {
        WINDOW
    }

    fn probability(&mut self, window: &[i16]) -> f32 {
        self.run(window).unwrap_or_else(|error| {
            // It ran when the first session opened it, so this is the engine's fault, and will not
            // go away: said once, and the session hears silence.
            if !std::mem::replace(&mut self.failed, true) {
                tracing::error!(%error, "the voice-activity model failed");
            }
            0.0
        })
    }

    fn reset(&mut self) {
        *self = Self::new(Arc::clone(&self.model));
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector").field("model", &self.model).finish_non_exhaustive()
    }
}
