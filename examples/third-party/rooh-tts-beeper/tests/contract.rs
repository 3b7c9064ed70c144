//! The contract of voices, over the beeper.

use rooh_core::provider::FromOptions;
use rooh_tts_beeper::{Beeper, BeeperOptions};

mod contract {
    use super::*;

    rooh_testkit::tts_contract!(Beeper::from_options(BeeperOptions::default()));
}
