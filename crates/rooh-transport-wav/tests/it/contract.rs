//! The contract of transports, with a caller who says what is in a file and takes what it hears into
//! another.

use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::{AudioFormat, AudioFrame};
use rooh_testkit::contract::transport::speech;
use rooh_testkit::contract::{Connection, FarEnd, TransportSubject};
use rooh_transport_wav::{Heard, WavCaller};
use tokio::time::sleep;

/// How often a caller says something, until the call is over.
const FRAME: Duration = Duration::from_millis(20);

mod at_the_rate_of_the_recording {
    use super::*;

    rooh_testkit::transport_contract!(subject(AudioFormat::WIDEBAND));
}

mod at_a_rate_without_whole_milliseconds {
    use super::*;

    rooh_testkit::transport_contract!(subject(AudioFormat::mono(11_025)));
}

fn subject(format: AudioFormat) -> TransportSubject {
    TransportSubject::new(move || async move {
        let caller = WavCaller::from_frame(speech(AudioFormat::WIDEBAND)).format(format);
        let far = Ear { heard: caller.heard(), samples: 0 };
        let connection: Connection = (Box::new(caller), Box::new(far));
        connection
    })
}

/// Listens in on a caller.
struct Ear {
    heard: Heard,
    /// How much was taken already.
    samples: usize,
}

#[async_trait]
impl FarEnd for Ear {
    /// Nothing: the recording has what the suite would have it say.
    async fn speak(&mut self, _: AudioFrame) {}

    async fn hear(&mut self) -> Option<AudioFrame> {
        // A call goes on with every frame of the caller; one that stands still for five is over.
        for _ in 0..5 {
            let all = self.heard.frame();
            if all.samples().len() > self.samples {
                let more = all.slice_samples(self.samples..usize::MAX);
                self.samples = all.samples().len();
                return Some(more);
            }
            sleep(FRAME).await;
        }
        None
    }

    /// Nothing: the caller hangs up by itself once all is said.
    async fn hang_up(&mut self) {}
}
