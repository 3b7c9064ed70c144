//! The table: every asset that a local provider needs.

use rooh_core::{Error, ErrorKind, Result};

use crate::asset::{Asset, Source};
use crate::package::{Package, Proof};
use crate::wheel::Wheel;

static ASSETS: [Asset; 5] = [
    Asset {
        name: "flite",
        title: "Flite voices",
        size: 27_600_000,
        license: "BSD-like (CMU)",
        needed_by: &["tts flite"],
        source: Source::Package(Package {
            name: "libflite1",
            elsewhere: "install Flite 2 with its shared libraries",
            proof: Proof::Libraries(&["flite", "flite_usenglish", "flite_cmulex", "flite_cmu_us_slt"]),
        }),
    },
    Asset {
        name: "pocketsphinx",
        title: "PocketSphinx recognizer",
        size: 320_000,
        license: "BSD-2-Clause",
        needed_by: &["stt pocketsphinx"],
        source: Source::Package(Package {
            name: "libpocketsphinx3",
            elsewhere: "install PocketSphinx with its shared library",
            proof: Proof::Libraries(&["pocketsphinx"]),
        }),
    },
    Asset {
        name: "pocketsphinx-en-us",
        title: "US English for PocketSphinx",
        size: 37_000_000,
        license: "BSD-2-Clause",
        needed_by: &["stt pocketsphinx"],
        source: Source::Package(Package {
            name: "pocketsphinx-en-us",
            elsewhere: "install the US English model of PocketSphinx",
            proof: Proof::Files {
                folders: &[
                    "usr/share/pocketsphinx/model/en-us",
                    "usr/local/share/pocketsphinx/model/en-us",
                    "opt/homebrew/share/pocketsphinx/model/en-us",
                    "usr/share/pocketsphinx/en-us",
                ],
                files: &["cmudict-en-us.dict", "en-us.lm.bin", "en-us/mdef", "en-us/means"],
            },
        }),
    },
    Asset {
        name: "silero-vad",
        title: "Silero voice activity",
        size: 1_246_165,
        license: "MIT",
        needed_by: &["vad silero"],
        source: Source::Embedded {
            feature: "vad-silero",
            sha256: "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
        },
    },
    Asset {
        name: "smart-turn",
        title: "Smart Turn v3.2",
        size: 8_679_182,
        license: "BSD-2-Clause",
        needed_by: &["turn smart"],
        source: Source::Wheel(Wheel {
            package: "pipecat-ai",
            version: "1.14.0",
            path: "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
            size: 8_679_182,
            sha256: "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        }),
    },
];

/// Every asset that a local provider needs, by name.
pub fn assets() -> &'static [Asset] {
    &ASSETS
}

/// The asset of this name.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] with the names that there are.
pub fn find(name: &str) -> Result<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name).ok_or_else(|| {
        let known: Vec<&str> = ASSETS.iter().map(|asset| asset.name).collect();
        Error::new(ErrorKind::NotFound, format!("there is no model or library named {name:?}"))
            .with("known", known.join(", "))
    })
}
