//! Human speech: the prompts that Debian packages for the Asterisk telephone exchange.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use audio_codec::g722::G722Decoder;
use rooh_core::{Error, ErrorKind, Result};

use crate::sound::{leveled, trimmed};

/// Where the packages put their prompts.
const SOUNDS: &str = "/usr/share/asterisk/sounds";

/// Who speaks the prompts of a language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker {
    pub(crate) language: &'static str,
    /// The folder of the package, which is named after the speaker.
    pub(crate) folder: &'static str,
}

/// The three speakers whose languages the rules of `rooh-words` know; English and Spanish are
/// spoken by one person.
pub(crate) const SPEAKERS: [Speaker; 3] = [
    Speaker { language: "en", folder: "en_US_f_Allison" },
    Speaker { language: "es", folder: "es_MX_f_Allison" },
    Speaker { language: "fr", folder: "fr_CA_f_June" },
];

/// A sentence or two, as somebody spoke them.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    /// The file without its ending.
    pub(crate) name: String,
    /// What is said.
    pub(crate) text: String,
    /// 16 kHz, without silence around it.
    pub(crate) samples: Arc<[i16]>,
}

impl Speaker {
    /// The packages that are needed.
    pub(crate) fn packages(self) -> [String; 2] {
        [
            format!("asterisk-core-sounds-{}", self.language),
            format!("asterisk-core-sounds-{}-g722", self.language),
        ]
    }

    pub(crate) fn is_installed(self) -> bool {
        Path::new(&self.transcripts()).is_file() && Path::new(SOUNDS).join(self.folder).is_dir()
    }

    fn transcripts(self) -> String {
        let language = self.language;
        format!("/usr/share/doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz")
    }

    /// All prompts that are spoken, in the order of the alphabet.
    pub(crate) fn prompts(self) -> Result<Vec<Prompt>> {
        let unread = |what: &str, cause: String| {
            Error::new(ErrorKind::NotFound, "a prompt cannot be read").with("file", what).with("cause", cause)
        };
        let transcripts = self.transcripts();
        // Every Debian has gzip: dpkg needs it.
        let output = Command::new("gzip")
            .args(["-dc", &transcripts])
            .output()
            .map_err(|error| unread(&transcripts, error.to_string()))?;
        let mut prompts = Vec::new();
        for (name, text) in String::from_utf8_lossy(&output.stdout).lines().filter_map(entry) {
            let file = Path::new(SOUNDS).join(self.folder).join(&name).with_extension("g722");
            // The transcripts name prompts that some packages leave away.
            let Ok(bytes) = std::fs::read(&file) else { continue };
            let samples = G722Decoder::new().decode_frame(&bytes);
            let samples: Arc<[i16]> = leveled(trimmed(&samples)).into();
            if !samples.is_empty() {
                prompts.push(Prompt { name, text, samples });
            }
        }
        prompts.sort_by(|a, b| a.name.cmp(&b.name));
        prompts.dedup_by(|a, b| a.name == b.name);
        Ok(prompts)
    }
}

/// A line of the transcripts: name and text. Comments, and tones in brackets, are none.
fn entry(line: &str) -> Option<(String, String)> {
    let (name, text) = line.split_once(": ")?;
    let text = text.trim();
    let is_speech = !name.starts_with(';') && !text.contains(['[', '<', '(']) && !text.is_empty();
    is_speech.then(|| (name.trim().to_owned(), text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_and_comments_are_no_prompts() {
        assert_eq!(entry("; Core Asterisk Sounds"), None);
        assert_eq!(entry("beep: [this is a simple beep tone]"), None);
        assert_eq!(entry("digits/1: one"), Some(("digits/1".into(), "one".into())));
        assert_eq!(entry("a: Two  sentences.  Here."), Some(("a".into(), "Two sentences. Here.".into())));
    }
}
