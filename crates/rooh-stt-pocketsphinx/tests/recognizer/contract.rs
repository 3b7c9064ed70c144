//! The contract of recognizers, over what Flite says.

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::stt::SttProvider;
use rooh_core::{ErrorKind, Result};
use rooh_stt_pocketsphinx::{Pocketsphinx, PocketsphinxOptions};
use rooh_testkit::contract::{SttSubject, Utterance};
use rooh_tts_flite::Flite;

use crate::speech::{silence, spoken};

const TEXT: &str = "The train leaves at half past seven in the morning.";

/// The recognizer, if its library and model are here.
async fn subject() -> Result<SttSubject> {
    let recognizer = Pocketsphinx::default();
    recognizer.load().collect().await?;
    let nowhere = PocketsphinxOptions { model_dir: Some("/nowhere/at/all".into()), ..Default::default() };
    let subject = SttSubject::new(recognizer).failing(ErrorKind::NotFound, Pocketsphinx::new(nowhere)?);
    Ok(match spoken(&Flite::default(), TEXT).await {
        Some(speech) => {
            let speech = [silence(200), speech, silence(300)].concat();
            let frame = AudioFrame::new(speech, AudioFormat::WIDEBAND, SessionTime::ZERO);
            subject.utterance(Utterance::new(TEXT, &[frame]))
        }
        None => subject,
    })
}

rooh_testkit::stt_contract!(subject().await);
