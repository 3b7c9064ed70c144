//! Writes the corpus into a folder, for ears and for other programs.

use std::fs;
use std::path::Path;

use rooh_audio::{AudioFormat, wav};
use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::{Item, PauseKind, Role};

/// Writes each item as a WAV file into `folder`, and all that is known of them as `corpus.jsonl`.
///
/// The recordings among them are under CC BY-SA 3.0, and so is what is made of them.
///
/// # Errors
///
/// [`ErrorKind::Config`] if the folder cannot be written to.
pub fn write(items: &[Item], folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Config, "the corpus cannot be written")
            .with("folder", folder.display())
            .caused_by(error)
    };
    let mut lines = String::new();
    for item in items {
        let file = format!("{}/{}.wav", item.part.as_str(), item.name.replace('/', "_"));
        let path = folder.join(&file);
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        fs::write(&path, wav::write(&item.audio(), AudioFormat::WIDEBAND, wav::Channels::Mono))
            .map_err(failed)?;
        lines.push_str(&describe(item, &file).to_string());
        lines.push('\n');
    }
    fs::create_dir_all(folder).map_err(failed)?;
    fs::write(folder.join("corpus.jsonl"), lines).map_err(failed)
}

fn describe(item: &Item, file: &str) -> Value {
    let rounded = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    let words = item.words.iter().map(|word| json!([word.text, rounded(word.start), rounded(word.end)]));
    let pauses = item.pauses.iter().map(|pause| {
        let kind = match pause.kind {
            PauseKind::Hold => "hold",
            PauseKind::EndOfTurn => "end",
        };
        json!([rounded(pause.start), rounded(pause.end), kind])
    });
    json!({
        "name": item.name,
        "file": file,
        "part": item.part.as_str(),
        "role": match item.role {
            Role::Turn => "turn",
            Role::Backchannel => "backchannel",
            Role::Interruption => "interruption",
        },
        "family": item.family,
        "language": item.language,
        "speaker": item.speaker,
        "human": item.is_human,
        "condition": item.condition.name(),
        "expected": format!("{:?}", item.expected),
        "question": item.question,
        "text": item.text(),
        "words": words.collect::<Vec<_>>(),
        "pauses": pauses.collect::<Vec<_>>(),
    })
}
