//! The contract of voices, over the default voice and over the fastest.

use rooh_core::tts::TtsProvider;
use rooh_core::{ErrorKind, Result};
use rooh_testkit::contract::TtsSubject;
use rooh_tts_flite::{Flite, FliteOptions, Voice};

/// A voice, if the library is here.
async fn subject(voice: Voice) -> Result<TtsSubject> {
    let flite = Flite::new(FliteOptions { voice, ..Default::default() })?;
    flite.load().collect().await?;
    let nowhere = FliteOptions { library_dir: Some("/nowhere/at/all".into()), ..Default::default() };
    Ok(TtsSubject::new(flite).failing(ErrorKind::NotFound, Flite::new(nowhere)?))
}

mod rms {
    rooh_testkit::tts_contract!(super::subject(rooh_tts_flite::Voice::Rms).await);
}

mod kal16_on_the_real_clock {
    rooh_testkit::tts_contract!(live: super::subject(rooh_tts_flite::Voice::Kal16).await);
}
