//! `rooh serve`: the server, told what the command line says.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_server::{Config, Limits, Server, Wider, shutdown_signal};
use tokio::runtime::Builder;

use crate::args::ServeOptions;
use crate::data::Data;
use crate::exit::{Exit, Failure, Outcome};

pub(crate) fn run(data: &Data, options: ServeOptions) -> Outcome {
    let config = Config {
        address: SocketAddr::new(options.host, options.port),
        limits: Limits { drain: Duration::from_secs(options.drain), ..Limits::default() },
        registry: data.registry.clone(),
        // Not a flag: the command line of a process is read by everybody on the machine.
        token: std::env::var("ROOH_TOKEN").ok().filter(|token| !token.is_empty()).map(Secret::new),
        wider: Wider { bind_any: options.bind_any, proxy: options.proxy },
        ..Config::new(&data.folder)
    };
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, error).about("the runtime does not start"))?;
    runtime.block_on(serve(config)).map_err(|error| {
        let exit = if error.kind() == ErrorKind::Config { Exit::Config } else { Exit::Failure };
        Failure::new(exit, error)
    })
}

async fn serve(config: Config) -> rooh_core::Result<()> {
    let server = Server::bind(config).await?;
    let mut stop = pin!(shutdown_signal());
    // Polled once before anybody hears that the server is there: whoever starts it may stop it at
    // once, and a signal that nobody waits for kills.
    tokio::select! {
        biased;
        () = &mut stop => return Ok(()),
        () = std::future::ready(()) => {}
    }
    // Nobody may read it, for example where a service manager closed the output: it serves all the
    // same.
    let _ = writeln!(io::stdout(), "Rooh listens. Open {}", server.url());
    server.run(stop).await;
    Ok(())
}
