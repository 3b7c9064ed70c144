#![doc = include_str!("../README.md")]

mod spec;

mod turns;

mod parse;

mod write;

mod build;

mod store;

mod import;

mod secrets;

mod messages;

mod read;

mod yaml;

mod disk;

mod stamp;

pub use build::Host;
pub use import::{Imported, ImportedAgent, Overwrite, read_file};
pub use messages::SaveMessage;
pub use secrets::{SecretInfo, SecretSource, Secrets};
pub use spec::{
    AgentName, AgentSpec, Limits, MOST_FALLBACKS, ModelSpec, Pipeline, Status, TOOLS, VERSION, Wire,
};
pub use store::{AgentStore, StoredAgent, default_data_dir, is_conflict};
pub use turns::{PatienceSpec, Turns};
