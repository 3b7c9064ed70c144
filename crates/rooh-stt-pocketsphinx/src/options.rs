//! The options.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// The options of [`Pocketsphinx`](crate::Pocketsphinx).
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct PocketsphinxOptions {
    /// The pronunciation dictionary; empty for the only `.dict` file of the model folder.
    pub dictionary: Option<PathBuf>,
    /// The language model; empty for `en-us.lm.bin` or the only other one in the model folder.
    pub language_model: Option<PathBuf>,
    /// The folder that holds libpocketsphinx; empty for the usual places.
    ///
    /// The first one that is used holds for the whole process.
    #[schemars(extend("x-env" = "POCKETSPHINX_LIBRARY_DIR"))]
    pub library_dir: Option<PathBuf>,
    /// The folder of the model: acoustic model, dictionary and language model; empty for the
    /// US English one of the system.
    #[schemars(extend("x-env" = "POCKETSPHINX_MODEL_DIR"))]
    pub model_dir: Option<PathBuf>,
    /// Whether the recognizer filters steady noise; helps with a fan, hurts a little without.
    pub noise_removal: bool,
    /// How many loaded recognizers are kept for the next sessions, at about 100 MB each.
    #[schemars(range(min = 0, max = 16))]
    pub ready: u8,
    /// Whether to go over the words again when the user has finished: sometimes more exact, and
    /// about a tenth of a second later.
    pub second_pass: bool,
}

impl Default for PocketsphinxOptions {
    fn default() -> Self {
        Self {
            dictionary: None,
            language_model: None,
            library_dir: None,
            model_dir: None,
            noise_removal: false,
            ready: 2,
            second_pass: false,
        }
    }
}
