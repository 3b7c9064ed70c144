//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef, Secret};
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;
use rooh_tts_elevenlabs::{Api, ElevenLabs, ElevenLabsOptions, OutputFormat};

fn registry() -> Registry {
    Registry::linked().environment(|name| (name == "ELEVENLABS_API_KEY").then(|| "sk_4711".to_owned()))
}

#[test]
fn it_is_found_by_name_with_its_model_and_the_key_of_the_environment() {
    let registry = registry();
    assert_eq!(registry.find(Kind::Tts, "elevenlabs").unwrap().feature(), "tts-elevenlabs");
    let by_name: ProviderRef =
        "elevenlabs/eleven_multilingual_v2?voice_id=other&stability=0.4&output_format=ulaw_8000"
            .parse()
            .unwrap();
    let voice = registry.tts(&by_name).unwrap();
    let shown = format!("{voice:?}");
    assert!(shown.contains("eleven_multilingual_v2") && shown.contains("other"), "{shown}");
    assert!(shown.contains("has_key: true") && !shown.contains("4711"), "{shown}");
    assert_eq!(voice.capabilities().format.rate(), 8_000);
}

#[test]
fn the_key_of_the_environment_goes_to_the_vendor_and_its_regions_alone() {
    let registry = registry();
    let at = |url: &str| {
        let options = Options::new().with("base_url", url);
        format!("{:?}", registry.tts(&ProviderRef::new("elevenlabs").options(options)))
    };
    assert!(at("https://api.eu.residency.elevenlabs.io").contains("has_key: true"));
    assert!(at("https://elevenlabs.io.example.com").contains("has_key: false"));
    assert!(at("http://127.0.0.1:8080").contains("has_key: false"));
}

#[test]
fn retired_models_are_told_with_their_successor() {
    let warning = |name: &str| {
        let provider: ProviderRef = name.parse().unwrap();
        registry().warning(Kind::Tts, &provider).unwrap().map(|error| error.to_string())
    };
    assert!(warning("elevenlabs/eleven_monolingual_v1").unwrap().contains("eleven_flash_v2_5"));
    assert_eq!(warning("elevenlabs"), None);
}

#[test]
fn without_a_key_and_with_wrong_options_nothing_is_built() {
    let error = ElevenLabs::new(ElevenLabsOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
    let with = |change: fn(&mut ElevenLabsOptions)| {
        let mut options =
            ElevenLabsOptions { api_key: Secret::new("sk_4711"), ..ElevenLabsOptions::default() };
        change(&mut options);
        ElevenLabs::new(options).map_err(|error| error.context("path").unwrap_or_default().to_owned())
    };
    assert!(with(|_| {}).is_ok());
    assert_eq!(with(|options| options.voice.clear()).unwrap_err(), "voice");
    assert_eq!(with(|options| options.model.clear()).unwrap_err(), "model");
    assert_eq!(with(|options| options.stability = Some(1.5)).unwrap_err(), "stability");
    assert_eq!(with(|options| options.speed = Some(f32::NAN)).unwrap_err(), "speed");
    assert_eq!(with(|options| options.base_url = "http://example.com".to_owned()).unwrap_err(), "base_url");
    assert_eq!(with(|options| options.api_key = Secret::new("a\nb")).unwrap_err(), "api_key");
    let both = |options: &mut ElevenLabsOptions| {
        options.api = Some(Api::Websocket);
        options.model = "eleven_v3".to_owned();
    };
    assert_eq!(with(both).unwrap_err(), "api");
}

#[test]
fn options_are_read_as_people_write_them() {
    let read =
        |name: &str, value: serde_json::Value| Options::new().with(name, value).read::<ElevenLabsOptions>();
    assert_eq!(read("output_format", "pcm_44100".into()).unwrap().output_format, OutputFormat::Pcm44100);
    assert_eq!(read("api", "http".into()).unwrap().api, Some(Api::Http));
    assert_eq!(read("use_speaker_boost", "true".into()).unwrap().use_speaker_boost, Some(true));
    assert_eq!(read("voice_id", "x".into()).unwrap().voice, "x");
    for (name, value) in [
        ("output_format", "mp3_44100_128"),
        ("speed", "5"),
        ("volume", "1"),
        ("optimize_streaming_latency", "3"),
    ] {
        assert_eq!(read(name, value.into()).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
}
