//! Audio as every part of Rooh sees it.
#![doc = include_str!("../README.md")]

mod format;
mod frame;
mod time;

mod fade;
pub mod g711;
mod level;
mod resample;
mod timeline;
pub mod wav;

pub use fade::{fade_in, fade_out};
pub use format::AudioFormat;
pub use frame::{AudioFrame, Samples};
pub use level::{energy, energy_db, level_db};
pub use resample::{Resampler, resample_all};
pub use time::SessionTime;
pub use timeline::{Placed, Timeline};
