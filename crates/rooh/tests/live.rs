//! The contract of a provider, asked of its vendor: `cargo xtask contract --live NAME`.
//!
//! Costs what the vendor charges for a few hundred short requests, and runs only where it is asked
//! for by name; without the vendor's key it says so and runs nothing.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use rooh::audio::{AudioFormat, AudioFrame, SessionTime, resample_all, wav};
use rooh::catalog::OptionKind;
use rooh::options::ProviderRef;
use rooh::provider::Kind;
use rooh::registry::Registry;
use rooh::tool::ToolSpec;
use rooh_testkit::contract::{
    Case, Clock, IntoSubject, LlmSubject, SttSubject, TtsSubject, Utterance, check, llm, stt, tts,
};

/// How long a vendor may take with one event.
const PATIENCE: Duration = Duration::from_secs(60);
/// After how long without an event nothing more is expected of a vendor.
const SETTLE: Duration = Duration::from_secs(5);

/// A person who says "please enter your password followed by the pound key", from Debian's
/// `asterisk-core-sounds-en-wav`.
const SPEECH: (&str, &str) =
    ("/usr/share/asterisk/sounds/en/agent-pass.wav", "please enter your password followed by the pound key");

#[test]
fn the_contract_holds_with_the_vendor() {
    let Some(name) = std::env::var("ROOH_LIVE").ok().filter(|name| !name.is_empty()) else {
        say("no vendor is named; cargo xtask contract --live NAME");
        return;
    };
    let provider: ProviderRef = name.parse().expect("a provider is written NAME or NAME/MODEL");
    let registry = rooh::registry();
    let mut found = false;
    for kind in [Kind::Llm, Kind::Stt, Kind::Tts] {
        let Ok(entry) = registry.entry(kind, &provider.name) else { continue };
        found = true;
        let keys: Vec<String> = entry
            .options
            .iter()
            .filter(|option| option.kind == OptionKind::Secret)
            .filter_map(|option| option.env.clone())
            .collect();
        let is_free = keys.is_empty() || !entry.cloud;
        if !is_free && keys.iter().all(|key| registry.variable(key).is_none()) {
            say(&format!("{kind} {name}: set {}", keys.join(" or ")));
            continue;
        }
        match kind {
            Kind::Llm => run(llm::CASES, || mind(&registry, &provider)),
            Kind::Stt => run(stt::CASES, || ears(&registry, &provider)),
            _ => run(tts::CASES, || voice(&registry, &provider)),
        }
    }
    assert!(found, "no provider that is linked is named {name:?}");
}

fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Runs all cases, one after the other: vendors count how many requests go on at once.
fn run<S: IntoSubject<S, How>, How>(cases: &[Case<S>], make: impl Fn() -> S) {
    for case in cases {
        println!("{}", case.name);
        let subject = make();
        check::<S, _, _, _, _>(Clock::Live, case.name, || async { subject }, |subject| (case.run)(subject));
    }
}

fn mind(registry: &Registry, provider: &ProviderRef) -> LlmSubject {
    let mind = registry.llm(provider).expect("it can be built");
    let weather = ToolSpec::new("weather", "Says the weather of today.");
    LlmSubject::shared(mind)
        .calling("What is the weather like? Call the tool.", weather)
        .varies()
        .patience(PATIENCE)
        .settle(SETTLE)
}

fn ears(registry: &Registry, provider: &ProviderRef) -> SttSubject {
    let ears = registry.stt(provider).expect("it can be built");
    let format = ears.capabilities().format;
    let subject = SttSubject::shared(Arc::clone(&ears)).varies().patience(PATIENCE).settle(SETTLE);
    match speech(format) {
        Ok(utterance) => subject.utterance(utterance),
        Err(missing) => {
            say(&missing);
            subject
        }
    }
}

fn voice(registry: &Registry, provider: &ProviderRef) -> TtsSubject {
    let voice = registry.tts(provider).expect("it can be built");
    TtsSubject::shared(voice).varies().patience(PATIENCE).settle(SETTLE)
}

fn speech(format: AudioFormat) -> Result<Utterance, String> {
    let bytes = std::fs::read(SPEECH.0)
        .map_err(|_| "human speech is missing: apt-get install asterisk-core-sounds-en-wav".to_owned())?;
    let speech = wav::read(&bytes).map_err(|error| error.to_string())?;
    let samples = resample_all(&speech.mono(), speech.format(), format);
    Ok(Utterance::new(SPEECH.1, &[AudioFrame::new(samples, format, SessionTime::ZERO)]))
}
