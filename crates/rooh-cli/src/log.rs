//! The program's log: on standard error, quiet unless asked, one line for each thing.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::exit::{Exit, Failure, Outcome};
use crate::plain::one_line;

/// Starts the log; `filter` is like `info` or `rooh_core=debug,warn`.
///
/// What people say stands at `trace` alone.
pub(crate) fn start(filter: &str) -> Outcome {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Failure::new(Exit::Config, error).about("the filter of the log is wrong"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Escaping).init();
    Ok(())
}

/// Escapes what a record holds, so that nothing in it forges another record.
struct Escaping;

impl<'a> MakeWriter<'a> for Escaping {
    type Writer = Record;

    fn make_writer(&'a self) -> Record {
        Record
    }
}

struct Record;

impl Write for Record {
    /// The subscriber hands over each record whole.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let mut line = one_line(text.strip_suffix('\n').unwrap_or(&text));
        line.push('\n');
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
