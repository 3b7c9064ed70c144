//! Deepgram listens, Claude on Bedrock thinks, Cartesia speaks.
//!
//! `cargo run -p cloud -- caller.wav`, with `DEEPGRAM_API_KEY`, `CARTESIA_API_KEY` and credentials of
//! AWS in the environment.

use cloud::{Extra, take_a_call, three_clouds};
use rooh::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    take_a_call(three_clouds(Extra::default())).await
}
