//! Servers on the loopback address that speak as vendors do, and misbehave when asked to.
//!
//! A fake answers what a vendor's own client asks, which CI checks with that client; so what a
//! provider does with a fake, it does with the vendor.
//!
//! # A fake for another vendor
//!
//! It is one file: what the vendor knows, its routes, the shapes of its records, its words of refusal.
//! The listener, the key, the counters, the cuts and the faults are those of [`Fake`].
//!
//! ```
//! use rooh_testkit::fakes::{Answer, Call, Fake, Message, Records, Seen, Vendor, event};
//! use serde_json::json;
//!
//! /// What the vendor knows.
//! #[derive(Default)]
//! pub struct Acme {
//!     voices: Vec<String>,
//! }
//!
//! pub type FakeAcme = Fake<Acme>;
//!
//! impl Vendor for Acme {
//!     fn key(seen: &Seen) -> Option<String> {
//!         seen.after("authorization", "Bearer ")
//!     }
//!
//!     fn refused(status: u16, text: &str) -> Answer {
//!         Answer::json(status, &json!({ "error": { "message": text } }))
//!     }
//!
//!     async fn answer(call: Call<Self>) -> Answer {
//!         match (call.seen.method.as_str(), call.seen.path.as_str()) {
//!             ("GET", "/voices") => Answer::json(200, &json!(call.vendor().voices)),
//!             ("POST", "/chat") => {
//!                 let said = json!({ "text": call.seen.body["text"] }).to_string();
//!                 let events = vec![event(Some("delta"), &said), event(None, "[DONE]")];
//!                 let error = |text: &str| event(Some("error"), &json!({ "message": text }).to_string());
//!                 call.stream(Records::events(events).error(error)).await
//!             }
//!             ("GET", "/listen") => {
//!                 call.socket(async |mut peer| {
//!                     while let Message::Binary(audio) = peer.read().await? {
//!                         peer.json(&json!({ "heard": audio.len() })).await?;
//!                     }
//!                     peer.close(1000, "").await
//!                 })
//!                 .await
//!             }
//!             _ => Self::refused(404, "not found"),
//!         }
//!     }
//! }
//! ```
//!
//! - Own settings are methods of `Fake<Acme>` that change [`vendor`](Fake::vendor).
//! - An answer that a test may cut or spoil goes through [`Call::stream`], in one piece as well; what
//!   goes through [`Answer::json`] is never spoiled. Audio, and frames that are no text, are
//!   [`Records::new`]; give it [`error`](Records::error), [`malformed`](Records::malformed) and
//!   [`not_text`](Records::not_text) where the format has such records.
//! - A key in the wrong place or with another status: [`Vendor::key`], [`Vendor::locked`]. A
//!   subprotocol of a socket: [`Answer::header`] on what [`Call::socket`] gives.
//! - A session on a socket waits only in its [`Peer`], with `?` on all of it: in
//!   [`read`](Peer::read), [`read_within`](Peer::read_within), [`wait`](Peer::wait), or while sending. So a client that goes is seen, and a
//!   fault ends what it is to end.
//! - A file comes in [`Seen::parts`], options of a socket in [`Seen::params`].
//! - Tests spoil either kind with [`Fake::spoil`]: a [`Fault`] the next stream, a [`SocketFault`] the
//!   next socket. [`Fake::latency`] puts a fake farther away, for measurements.

mod anthropic;
mod bedrock;
mod body;
mod call;
mod cartesia;
mod deepgram;
mod elevenlabs;
mod fake;
mod form;
mod frames;
mod gemini;
mod latency;
mod ollama;
mod openai;
mod openai_audio;
mod openai_ears;
mod socket;

pub use anthropic::FakeAnthropic;
pub use bedrock::FakeBedrock;
pub use body::{Cuts, Fault, Records, event};
pub use call::{Answer, Call, Seen};
pub use cartesia::FakeCartesia;
pub use deepgram::{Answers, Deepgram, FakeDeepgram};
pub use elevenlabs::{ElevenLabs, FakeAlignment, FakeElevenLabs};
pub use fake::{AnyFault, Fake, Vendor};
pub use form::Part;
pub use frames::frame;
pub use gemini::FakeGemini;
pub use ollama::{FakeModel, FakeOllama};
pub use openai::{FakeOpenAi, OpenAiDialect};
pub use openai_audio::{FakeOpenAiAudio, OpenAiAudio};
pub use socket::{Gone, Message, Peer, SocketFault};
