//! What those who work on Rooh run.

mod bench;
mod ci;
mod clients;
mod codegen;
mod contract;
mod layers;
mod matrix;
mod models;
mod new;
mod packages;
mod shell;
mod start;
mod tidy;
mod tree;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "What those who work on Rooh run.")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure the figures that Rooh promises; `bench WORD` runs the benches named like that.
    Bench {
        /// Parts of the names of benches or of their packages.
        words: Vec<String>,
    },
    /// Run everything that must pass.
    Ci(ci::Options),
    /// Write what is generated: features and providers of the facade, tables, catalog.
    Codegen {
        /// Write nothing; fail if something is stale.
        #[arg(long)]
        check: bool,
    },
    /// Ask a vendor whether it keeps the contract, with the key of the environment.
    Contract {
        /// A provider, for example `deepgram` or `openai/gpt-5.6-luna`.
        #[arg(long, value_name = "NAME")]
        live: String,
    },
    /// Print the combinations of features, versions and targets that have to build.
    Matrix,
    /// Write a provider crate that compiles, registers and passes its contract.
    New(new::Options),
    /// Bring what speech needs, build, and start the server: the first command of a newcomer.
    Start {
        /// What `rooh serve` is given, for example `-- --port 8080`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Check what reviews would otherwise say: layers, first lines, order, names, fresh files.
    Tidy,
}

fn main() -> std::process::ExitCode {
    let done = match Cli::parse().task {
        Task::Bench { words } => bench::bench(&words),
        Task::Ci(options) => ci::ci(&options),
        Task::Codegen { check: true } => codegen::check(),
        Task::Codegen { check: false } => codegen::generate(),
        Task::Contract { live } => contract::live(&live),
        Task::Matrix => tree::Tree::here().map(|tree| matrix::print(&tree)),
        Task::New(options) => new::new(&options),
        Task::Start { arguments } => start::start(&arguments),
        Task::Tidy => tidy::check(),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
