//! Synthesized speech: espeak-ng as a program of its own.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rooh_audio::{AudioFormat, resample_all, wav};
use rooh_core::{Error, ErrorKind, Result};

use crate::sound::{leveled, trimmed};

/// A voice of espeak-ng, and how it speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voice {
    /// As `espeak-ng -v` takes it.
    pub(crate) name: &'static str,
    /// Words per minute.
    pub(crate) speed: u16,
    /// From 0 to 99.
    pub(crate) pitch: u8,
}

/// The synthesizer, which remembers what it has said.
#[derive(Debug, Default)]
pub(crate) struct Espeak {
    said: HashMap<String, Arc<[i16]>>,
}

impl Espeak {
    /// Whether the program is there.
    pub(crate) fn is_installed() -> bool {
        Command::new("espeak-ng")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// `text` at 16 kHz, without silence around it.
    pub(crate) fn say(&mut self, voice: Voice, text: &str) -> Result<Arc<[i16]>> {
        let key = format!("{} {} {} {text}", voice.name, voice.speed, voice.pitch);
        if let Some(said) = self.said.get(&key) {
            return Ok(Arc::clone(said));
        }
        let said: Arc<[i16]> = synthesize(voice, text)?.into();
        self.said.insert(key, Arc::clone(&said));
        Ok(said)
    }
}

fn synthesize(voice: Voice, text: &str) -> Result<Vec<i16>> {
    let failed = |cause: String| {
        Error::new(ErrorKind::Unexpected, "espeak-ng did not speak")
            .with("voice", voice.name)
            .with("cause", cause)
    };
    let mut program = Command::new("espeak-ng")
        .args(["-v", voice.name, "-s", &voice.speed.to_string(), "-p", &voice.pitch.to_string()])
        .args(["--stdin", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    // A line fits into the pipe, so that nobody waits for the other; dropped, it is closed.
    if let Some(mut input) = program.stdin.take() {
        input.write_all(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let output = program.wait_with_output().map_err(|error| failed(error.to_string()))?;
    let wav = wav::read(&output.stdout).map_err(|error| failed(error.to_string()))?;
    let samples = resample_all(&wav.mono(), wav.format(), AudioFormat::WIDEBAND);
    let said = trimmed(&samples);
    if said.is_empty() {
        return Err(failed("silence".to_owned()).with("text", text));
    }
    Ok(leveled(said))
}
