//! Dialogues as texts: what the user says in, what the agent says out.

mod contract;
mod format;
mod histories;
mod player;
mod reception;
mod session;
