//! Honest providers of every kind pass every case.

use std::time::Duration;

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::vad::Energy;
use rooh_core::{Error, ErrorKind};
use rooh_testkit::contract::{LlmSubject, SttSubject, TtsSubject, Utterance, VadSubject};
use rooh_testkit::{Reply, ScriptedLlm, ToneStt, ToneTts, speech};

pub(crate) fn utterance(format: AudioFormat) -> Utterance {
    let text = "I used to work at a bakery.";
    Utterance::new(text, &[speech::encode(text, format, SessionTime::ZERO)])
}

fn denied() -> Error {
    Error::new(ErrorKind::Auth, "the key was refused")
}

pub(crate) fn stt() -> SttSubject {
    SttSubject::new(ToneStt::new())
        .utterance(utterance(AudioFormat::WIDEBAND))
        .failing(ErrorKind::Auth, ToneStt::new().failing(denied()))
}

pub(crate) fn tts() -> TtsSubject {
    TtsSubject::new(ToneTts::new().word_times())
        .heard_by(|frames| speech::decode(frames))
        .failing(ErrorKind::Auth, ToneTts::new().failing(denied()))
}

pub(crate) fn look_up() -> rooh_core::tool::ToolSpec {
    rooh_core::tool::ToolSpec::new("look_up", "Looks something up.")
}

pub(crate) fn llm() -> LlmSubject {
    let calling = || Reply::text("Let me see.").call("look_up", serde_json::json!({ "what": "bread" }));
    let model = ScriptedLlm::new([calling(), Reply::text("I like it."), calling(), Reply::text("Well.")]);
    LlmSubject::new(model)
        .calling("Look it up.", look_up())
        .failing(ErrorKind::Auth, ScriptedLlm::new([Reply::text("Well, ").fails(denied())]))
}

mod tone_stt {
    rooh_testkit::stt_contract!(super::stt());
}

mod slow_telephone_stt {
    use super::*;

    rooh_testkit::stt_contract!(
        SttSubject::new(
            ToneStt::new()
                .format(AudioFormat::TELEPHONE)
                .without_partials()
                .lag(Duration::from_millis(120))
                .finalize_delay(Duration::from_millis(300))
        )
        .utterance(utterance(AudioFormat::TELEPHONE))
    );
}

mod stt_that_judges_turns {
    use super::*;

    rooh_testkit::stt_contract!(
        SttSubject::new(ToneStt::new().turns().endpoint(Duration::from_millis(150)))
            .utterance(utterance(AudioFormat::WIDEBAND))
    );
}

mod stt_on_the_real_clock {
    use super::*;

    rooh_testkit::stt_contract!(live: stt().settle(Duration::from_millis(80)));
}

mod tone_tts {
    rooh_testkit::tts_contract!(super::tts());
}

mod slow_tts_without_ears {
    use super::*;

    rooh_testkit::tts_contract!(
        ToneTts::new()
            .format(AudioFormat::mono(24_000))
            .delay(Duration::from_millis(400))
            .rate(3.0)
            .frame(Duration::from_millis(50))
    );
}

mod tts_on_the_real_clock {
    use super::*;

    rooh_testkit::tts_contract!(live: tts().settle(Duration::from_millis(40)));
}

mod scripted_llm {
    rooh_testkit::llm_contract!(super::llm());
}

mod slow_llm {
    use super::*;

    rooh_testkit::llm_contract!(
        ScriptedLlm::new(["I like the crust, and the smell."])
            .first_token(Duration::from_millis(450))
            .each_token(Duration::from_millis(30))
    );
}

mod energy_vad {
    use super::*;

    rooh_testkit::vad_contract!(VadSubject::new(Energy).speech(vec![speech::encode(
        "I used to work at a bakery and so did my father before me.",
        AudioFormat::WIDEBAND,
        SessionTime::ZERO
    )]));
}

mod what_the_expression_may_be {
    use std::sync::Arc;

    use rooh_core::vad::VadProvider;

    use super::*;

    mod nothing {
        use super::*;

        rooh_testkit::vad_contract!(None::<Energy>);
    }

    mod a_failure {
        use super::*;

        rooh_testkit::vad_contract!(Err::<VadSubject, _>("a library is missing: apt-get install -y it"));
    }

    mod shared {
        use super::*;

        rooh_testkit::vad_contract!(Ok::<_, Error>(Arc::new(Energy) as Arc<dyn VadProvider>));
    }

    mod awaited {
        use super::*;

        rooh_testkit::vad_contract!(std::future::ready(Energy).await);
    }
}
