//! The server of Rooh within a program that has pages of its own.
//!
//! `cargo run -p embed -- --port 8001` prints where to go. An accept loop of one's own keeps all
//! limits of Rooh but those on connections and heads; `rooh_server::serve` keeps these too.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::routing::get;
use rooh::{Error, ErrorKind, Result};
use rooh_server::Config;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let port = words.windows(2).find(|pair| pair[0] == "--port").and_then(|pair| pair[1].parse().ok());
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or(8001)));
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| failed(error, address))?;
    // With port 0 the system chooses one.
    let address = listener.local_addr().map_err(|error| failed(error, address))?;

    let data_dir = std::env::temp_dir().join("rooh-embed");
    let config = Config { address, registry: rooh::registry(), ..Config::new(data_dir) };
    let (rooh, token) = rooh_server::router(config)?;
    let app = Router::new().route("/hello", get(|| async { "a page of one's own" })).merge(rooh);

    println!("a page of one's own: http://{address}/hello");
    let token = token.as_ref().map_or("", |token| token.reveal());
    println!("to talk:             http://{address}/#token={token}");
    axum::serve(listener, app).await.map_err(|error| failed(error, address))
}

fn failed(error: std::io::Error, address: SocketAddr) -> Error {
    Error::new(ErrorKind::Config, "cannot listen").with("address", address).caused_by(error)
}
