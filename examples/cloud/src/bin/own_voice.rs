//! Deepgram listens, Claude thinks, and a voice speaks that is written in this package.
//!
//! `cargo run -p cloud --bin own_voice -- caller.wav`, with `DEEPGRAM_API_KEY`, `ANTHROPIC_API_KEY` and
//! `ELEVENLABS_API_KEY` in the environment.

use cloud::{Extra, own_voice, take_a_call};
use rooh::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    take_a_call(own_voice(Extra::default())).await
}
