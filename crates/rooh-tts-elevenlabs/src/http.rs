//! One reply over HTTP: a request for each clause, one after the other.

use std::time::Duration;

use rooh_core::stream::{Emitter, Inlet};
use rooh_core::trace::Direction;
use rooh_core::tts::{TtsEvent, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Client;
use tokio::time::Instant;

use crate::ElevenLabsOptions;
use crate::audio::Output;
use crate::options::has_websocket;
use crate::wire::{self, VENDOR};

/// How much audio is gathered before it is given on, in samples of one byte: networks cut anywhere.
const LEAST: Duration = Duration::from_millis(20);

/// Speaks what comes through `text`; the next clause is asked for when the one before was taken.
pub(crate) async fn speak(
    client: &Client,
    options: &ElevenLabsOptions,
    request: TtsRequest,
    mut text: Inlet<String>,
    out: Emitter<TtsEvent>,
) -> Result<()> {
    let options = options.of_reply(&request)?;
    let least = options.output_format.format().samples_in(LEAST);
    let mut output = Output::new(options.output_format, out);
    let mut before = String::new();
    let mut end = 0;
    while let Some(clause) = text.next().await {
        end += clause.len();
        if clause.contains(char::is_alphanumeric) {
            let body = wire::body(&options, wire::plain(&clause).trim_end(), before.trim_end());
            request.trace.record(VENDOR, Direction::Out, || body.to_string());
            let answer = client.post(wire::http_route(&options), &body, options.first_audio_timeout()).await;
            let mut pieces = answer.map_err(wire::explain)?.pieces();
            let mut due = Instant::now() + options.first_audio_timeout();
            let mut is_heard = false;
            let mut gathered = Vec::new();
            while let Some(piece) = pieces.next(due).await? {
                request.trace.record(VENDOR, Direction::In, || format!("{} bytes of audio", piece.len()));
                gathered.extend_from_slice(&piece);
                if gathered.len() >= least {
                    is_heard |= output.give(&gathered).await;
                    gathered.clear();
                }
                due = Instant::now() + options.idle_timeout();
            }
            is_heard |= output.give(&gathered).await;
            if !is_heard || output.is_cut() {
                return Err(Error::new(
                    ErrorKind::Network,
                    format!("the audio of {VENDOR} ended in its middle"),
                )
                .with("cause", "broken"));
            }
            // Models of later generations take no text before.
            if has_websocket(&options.model) {
                before = clause;
            }
        }
        output.settle(end).await;
    }
    Ok(())
}
