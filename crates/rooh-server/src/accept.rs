//! The accept loop: who gets a connection, how long it may take, and how the server stops.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::app::{App, Opened, Shared, routes};
use crate::config::Config;
use crate::connection::Connection;
use crate::guard::Peer;
use crate::limits::Place;
use crate::phase::{Phase, Phases};

/// How long closing may take once the last session has ended.
const CLOSING_TIME: Duration = Duration::from_secs(3);

/// How many clients are told at the same time that there is no room for them.
const MOST_TURNED_AWAY: usize = 64;

/// The answer to a client for whom there is no room.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 117\r\n\r\n{\"error\":{\"code\":\"too_many_connections\",\"message\":\"there are too many connections; try again later\",\"request_id\":\"\"}}";

/// The answer to a client that does not finish its request's head.
const SLOW: &str = "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 95\r\n\r\n{\"error\":{\"code\":\"too_slow\",\"message\":\"the head of the request took too long\",\"request_id\":\"\"}}";

/// A server that listens; [`run`](Self::run) serves.
pub struct Server {
    listener: TcpListener,
    app: Shared,
    phase: watch::Sender<Phase>,
    token: Option<Secret>,
}

impl Server {
    /// Opens the data directory and listens; connections wait until [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with what is missing or in the way, and what to do; a program exits
    /// with 78 then.
    pub async fn bind(mut config: Config) -> Result<Self> {
        config.check()?;
        let listener = TcpListener::bind(config.address).await.map_err(|error| {
            let what = if error.kind() == std::io::ErrorKind::AddrInUse {
                "another program listens there already; choose another port with --port"
            } else {
                "the server cannot listen there"
            };
            Error::new(ErrorKind::Config, what).with("address", config.address).caused_by(error)
        })?;
        // With port 0 the system has chosen one.
        config.address = listener.local_addr().map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the system does not say where the server listens")
                .caused_by(error)
        })?;
        let Opened { app, phase, token } = crate::live::off_runtime(move || App::open(config)).await?;
        Ok(Self { listener, app, phase, token })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.app.config.address
    }

    /// The address to open in a browser; it signs the page in, so it is for one pair of eyes.
    ///
    /// The token stands behind `#`, which browsers send to nobody. A token that was given in the
    /// configuration is left out.
    pub fn url(&self) -> String {
        let address = self.address();
        let base = match &self.app.config.wider.proxy {
            Some(proxy) => format!("https://{proxy}/"),
            None => format!("http://{address}/"),
        };
        match &self.token {
            Some(token) => format!("{base}#token={}", token.reveal()),
            None => base,
        }
    }

    /// The token that was made at this start, unless one was given.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// Serves until `stop` is ready and the sessions have ended, or their time is up.
    ///
    /// From the moment that `stop` is ready, `/healthz` answers 503 and no session begins.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes all connections at once; sessions end with them.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, app, phase, .. } = self;
        let limits = app.config.limits;
        let router = routes(Arc::clone(&app));
        let turned_away = Arc::new(Semaphore::new(MOST_TURNED_AWAY));
        let mut connections = JoinSet::new();
        connections.spawn(warm_up(Arc::clone(&app)));
        let mut ending = pin!(async {
            stop.await;
            tracing::info!("stopping: no new sessions");
            phase.send_replace(Phase::Draining);
            if timeout(limits.drain, app.sessions.none_left()).await.is_err() {
                tracing::warn!("sessions go on; ending them");
                app.sessions.end_all();
                let _ = timeout(CLOSING_TIME, app.sessions.none_left()).await;
            }
            phase.send_replace(Phase::Closing);
        });
        loop {
            tokio::select! {
                () = &mut ending => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        // Frames of sound are small and must not wait for one another.
                        let _ = stream.set_nodelay(true);
                        match app.connections.enter(peer.ip(), &app.connection_limits()) {
                            Some(place) => {
                                connections.spawn(serve_one(stream, peer, place, router.clone(), app.phases.clone(), limits));
                            }
                            None => {
                                if let Ok(permit) = Arc::clone(&turned_away).try_acquire_owned() {
                                    connections.spawn(async move {
                                        last_words(stream, FULL).await;
                                        drop(permit);
                                    });
                                }
                            }
                        }
                    }
                    // Out of descriptors or memory: those who have a connection go on, and the
                    // next try comes when there may be room.
                    Err(error) => {
                        tracing::warn!(%error, "a connection cannot be accepted");
                        sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        }
        drop(listener);
        let all_closed = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(CLOSING_TIME, all_closed).await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("app", &self.app).finish_non_exhaustive()
    }
}

impl App {
    /// Behind a proxy all clients come from one address, and counting them is its business.
    fn connection_limits(&self) -> crate::Limits {
        let mut limits = self.config.limits;
        if self.config.wider.proxy.is_some() {
            limits.connections_per_address = limits.connections;
        }
        limits
    }
}

/// Builds the agent that most will ask for and loads what it needs, while the server answers.
async fn warm_up(app: Shared) {
    let store = app.agents.store.clone();
    let warmed = match crate::live::off_runtime(move || store.default_agent()).await {
        Ok(spec) => app.agents.get(&spec.name).await.map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = warmed {
        tracing::info!(error = ?error.to_string(), "no agent is ready in advance");
    }
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: Router,
    mut phases: Phases,
    limits: crate::Limits,
) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head)
        // Room for the longest head and the beginning of what comes behind it.
        .max_buf_size(limits.head.max(8 * 1024) * 2)
        .serve_connection(TokioIo::new(Connection::new(stream, place)), service)
        .with_upgrades();
    let served = tokio::select! {
        served = &mut connection => served,
        () = phases.reached(Phase::Closing) => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = served else { return };
    tracing::debug!(%peer, %error, "a connection broke");
    // Who sent nothing is waiting for nothing; who sent a part of a head is told.
    if let Some(parts) =
        connection.into_parts().filter(|parts| error.is_timeout() && !parts.read_buf.is_empty())
    {
        last_words(parts.io.into_inner(), SLOW).await;
    }
}

/// Tells a client why it is not served, and closes in a way that lets it read that.
async fn last_words(mut stream: impl AsyncRead + AsyncWrite + Unpin, words: &str) {
    let farewell = async {
        stream.write_all(words.as_bytes()).await?;
        stream.shutdown().await?;
        let mut scrap = [0; 1024];
        for _ in 0..64 {
            if stream.read(&mut scrap).await? == 0 {
                break;
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let _ = timeout(Duration::from_secs(1), farewell).await;
}

/// Listens and serves until the process is told to stop; see [`Server`] for the steps.
///
/// `ready` gets the server once it listens, to say where.
///
/// # Errors
///
/// As for [`Server::bind`].
pub async fn serve(config: Config, ready: impl FnOnce(&Server)) -> Result<()> {
    let server = Server::bind(config).await?;
    ready(&server);
    server.run(shutdown_signal()).await;
    Ok(())
}

/// Waits for the signals that ask a program to stop: an interrupt, or a termination.
pub async fn shutdown_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nobody can ask in this way; somebody may in the other.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_answers_are_as_long_as_they_say() {
        for answer in [FULL, SLOW] {
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            assert!(json["error"]["code"].is_string());
        }
    }
}
