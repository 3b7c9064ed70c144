#![doc = include_str!("../README.md")]

mod args;

mod agents;
mod chat;
mod doctor;
mod eval;
mod models;
mod providers;
mod replay;
mod secrets;
mod serve;
mod talk;

mod data;
mod exit;
mod log;
mod plain;
mod show;

use std::process::ExitCode;

use crate::args::{Arguments, Command};
use crate::data::Data;
use crate::exit::Outcome;

fn main() -> ExitCode {
    let (arguments, command) = Arguments::read();
    match run(arguments, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(arguments: Arguments, command: Command) -> Outcome {
    log::start(&arguments.log)?;
    let data = Data::new(arguments.data_dir)?;
    match command {
        Command::Agents(command) => agents::run(&data, command),
        Command::Chat(options) => chat::run(&data, &options),
        Command::Doctor(options) => doctor::run(&data, &options),
        Command::Eval(command) => eval::run(&data, &command),
        Command::Models(command) => models::run(command),
        Command::Providers(options) => providers::run(&data, &options),
        Command::Replay(options) => replay::run(&options),
        Command::Secrets(command) => secrets::run(&data, command),
        Command::Serve(options) => serve::run(&data, options),
        Command::Talk(options) => talk::run(&data, &options),
    }
}
