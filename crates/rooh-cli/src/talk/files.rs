//! The files of a call: what is said comes from one, and up to three take down what came of it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use rooh_core::event::Event;
use rooh_transport_wav::Heard;
use rooh_wire::EventJson;

use crate::args::TalkOptions;
use crate::exit::{Exit, Failure, Outcome};

/// The longest recording that is read: two hours of CD sound, with room to spare.
const LONGEST: u64 = 2 << 30;

/// The file of the caller.
pub(super) fn read(path: &Path) -> Outcome<Vec<u8>> {
    let missing = |error: io::Error| Failure::new(Exit::Missing, error).about(path.display());
    let file = File::open(path).map_err(missing)?;
    // A folder opens like a file; a pipe has no end that anybody knows.
    if !file.metadata().map_err(missing)?.is_file() {
        return Err(Failure::new(Exit::Data, "is not a plain file").about(path.display()));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(missing)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::new(Exit::Data, "is longer than 2 GiB").about(path.display()));
    }
    Ok(bytes)
}

/// What is written while and after a call.
pub(super) struct Files {
    events: Option<(PathBuf, BufWriter<File>)>,
    output: Option<(PathBuf, File)>,
    pub(super) record: Option<BufWriter<File>>,
}

impl Files {
    /// Makes all files before the call, so that none is missed when it is over.
    pub(super) fn create(options: &TalkOptions) -> Outcome<Self> {
        let outputs = [&options.events, &options.output, &options.record];
        let mut taken: Vec<PathBuf> = options.input.iter().map(|input| real(input)).collect();
        for path in outputs.into_iter().flatten() {
            let path = real(path);
            if taken.contains(&path) {
                let message =
                    format!("{} is named twice; every file needs a name of its own", path.display());
                return Err(Failure::new(Exit::Usage, message));
            }
            taken.push(path);
        }
        let make = |path: &Option<PathBuf>| -> Outcome<Option<(PathBuf, File)>> {
            let Some(path) = path else { return Ok(None) };
            let file = File::create(path).map_err(|error| unwritable(path, error))?;
            Ok(Some((path.clone(), file)))
        };
        Ok(Self {
            events: make(&options.events)?.map(|(path, file)| (path, BufWriter::new(file))),
            output: make(&options.output)?,
            record: make(&options.record)?.map(|(_, file)| BufWriter::with_capacity(32 * 1024, file)),
        })
    }

    /// Whether events are taken down.
    pub(super) fn takes_events(&self) -> bool {
        self.events.is_some()
    }

    /// Takes down an event.
    pub(super) fn event(&mut self, event: &Event) -> Outcome {
        let Some((path, file)) = &mut self.events else { return Ok(()) };
        let line = EventJson::from(event).to_json();
        writeln!(file, "{line}").map_err(|error| unwritable(path, error))
    }

    /// Takes down what the caller heard, and ends all files.
    pub(super) fn finish(self, heard: &Heard) -> Outcome {
        if let Some((path, mut file)) = self.events {
            file.flush().map_err(|error| unwritable(&path, error))?;
        }
        if let Some((path, mut file)) = self.output {
            file.write_all(&heard.to_wav()).map_err(|error| unwritable(&path, error))?;
        }
        Ok(())
    }
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    Failure::new(Exit::Output, error).about(path.display())
}

/// The file that a path leads to, whether it is there or not.
fn real(path: &Path) -> PathBuf {
    let whole = fs::canonicalize(path);
    whole.unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        folder.join(path.file_name().unwrap_or_default())
    })
}
