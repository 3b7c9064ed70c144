//! WAV files: a reader that takes what is out there, and a writer that grows a file.

mod decode;
mod error;
mod read;
mod write;

pub use decode::Encoding;
pub use error::WavError;
pub use read::{Wav, read};
pub use write::{Channels, Writer, write};
