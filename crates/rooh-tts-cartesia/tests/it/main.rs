//! The provider against a fake Cartesia on the loopback address, which CI certifies with the client
//! that Cartesia publishes.

mod contract;

use std::sync::Arc;
use std::time::Duration;

use rooh_core::Result;
use rooh_core::audio::AudioFrame;
use rooh_core::stream::{Feed, inlet};
use rooh_core::tts::{Spoken, TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::fakes::FakeCartesia;
use rooh_testkit::speech;
use rooh_tts_cartesia::{Cartesia, CartesiaOptions};

async fn fake() -> FakeCartesia {
    FakeCartesia::start().await.expect("a port is free")
}

/// Options without short deadlines: the machine may be busy.
fn options(fake: &FakeCartesia) -> CartesiaOptions {
    CartesiaOptions {
        base_url: fake.url(),
        first_audio_timeout_ms: 20_000,
        idle_timeout_ms: 20_000,
        sample_rate: 16_000,
        ..CartesiaOptions::default()
    }
}

/// Options for where nothing ever comes.
fn hasty(fake: &FakeCartesia) -> CartesiaOptions {
    CartesiaOptions { first_audio_timeout_ms: 200, idle_timeout_ms: 200, ..options(fake) }
}

fn provider(options: CartesiaOptions) -> Cartesia {
    Cartesia::new(options).expect("the options are right")
}
