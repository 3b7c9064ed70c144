//! The options, and those that one reply may change.

use std::path::PathBuf;

use rooh_audio::AudioFormat;
use rooh_core::tts::TtsRequest;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::Manner;

/// The slowest and the fastest that Flite still speaks clearly, as factors.
const SPEEDS: (f32, f32) = (0.5, 2.0);

/// A voice of Flite. All speak English.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Voice {
    /// A Scottish man, statistical.
    Awb,
    /// An American man, diphones at 8 kHz: the smallest and fastest.
    Kal,
    /// An American man, diphones at 16 kHz: fast, and sounds like a machine.
    Kal16,
    /// An American man, statistical: the easiest to understand.
    #[default]
    Rms,
    /// An American woman, statistical.
    Slt,
}

impl Voice {
    /// All voices.
    pub const ALL: &'static [Self] = &[Self::Awb, Self::Kal, Self::Kal16, Self::Rms, Self::Slt];

    /// The name of the voice in options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awb => "awb",
            Self::Kal => "kal",
            Self::Kal16 => "kal16",
            Self::Rms => "rms",
            Self::Slt => "slt",
        }
    }

    /// The format of its audio.
    pub const fn format(self) -> AudioFormat {
        match self {
            Self::Kal => AudioFormat::TELEPHONE,
            _ => AudioFormat::WIDEBAND,
        }
    }
}

/// The options of [`Flite`](crate::Flite).
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct FliteOptions {
    /// The folder that holds the shared libraries of Flite; empty for the usual places.
    ///
    /// The first one that is used holds for the whole process.
    #[schemars(extend("x-env" = "FLITE_LIBRARY_DIR"))]
    pub library_dir: Option<PathBuf>,
    /// How high to speak: 1 is the voice's own pitch.
    #[schemars(range(min = 0.5, max = 2.0))]
    pub pitch: f32,
    /// How fast to speak: 1 is the voice's own speed, 2 twice as fast.
    #[schemars(range(min = 0.5, max = 2.0))]
    pub speed: f32,
    /// The voice: awb, kal, kal16, rms or slt.
    pub voice: Voice,
}

impl Default for FliteOptions {
    fn default() -> Self {
        Self { library_dir: None, pitch: 1.0, speed: 1.0, voice: Voice::default() }
    }
}

/// What a single reply may ask for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ReplyOptions {
    pitch: Option<f32>,
    speed: Option<f32>,
    voice: Option<Voice>,
}

impl FliteOptions {
    /// Says what is wrong with the values, if anything is.
    pub(crate) fn check(&self) -> Result<()> {
        for (name, value) in [("pitch", self.pitch), ("speed", self.speed)] {
            if !(SPEEDS.0..=SPEEDS.1).contains(&value) {
                return Err(Error::new(ErrorKind::Config, "must be from 0.5 to 2")
                    .at_path(name)
                    .with("given", value));
            }
        }
        Ok(())
    }

    /// How to speak what `request` asks for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for options that no reply can have, [`ErrorKind::Unsupported`] for
    /// another language than English.
    pub(crate) fn manner(&self, request: &TtsRequest) -> Result<Manner> {
        if let Some(language) = &request.language
            && !language.split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case("en"))
        {
            return Err(
                Error::new(ErrorKind::Unsupported, "Flite speaks English only").with("language", language)
            );
        }
        let reply: ReplyOptions = request.options.clone().read()?;
        let merged = Self {
            library_dir: self.library_dir.clone().filter(|folder| !folder.as_os_str().is_empty()),
            pitch: reply.pitch.unwrap_or(self.pitch),
            speed: reply.speed.unwrap_or(self.speed),
            voice: reply.voice.unwrap_or(self.voice),
        };
        merged.check()?;
        if merged.voice.format() != self.voice.format() {
            return Err(Error::new(
                ErrorKind::Config,
                "a reply cannot change to a voice with another sample rate",
            )
            .at_path("voice"));
        }
        let asked = request.speed.filter(|speed| speed.is_finite() && *speed > 0.0).unwrap_or(1.0);
        Ok(Manner {
            folder: merged.library_dir,
            voice: merged.voice,
            speed: (merged.speed * asked).clamp(SPEEDS.0, SPEEDS.1),
            pitch: merged.pitch,
        })
    }
}
