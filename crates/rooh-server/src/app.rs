//! What all requests share, and the router that serves them.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use rooh_agents::{AgentStore, Host, Secrets};
use rooh_core::Result;
use rooh_core::options::Secret;
use tokio::sync::{Semaphore, watch};

use crate::auth::Auth;
use crate::config::Config;
use crate::hosts::Hosts;
use crate::limits::Connections;
use crate::live::LiveAgents;
use crate::phase::{Phase, Phases};
use crate::sessions::Sessions;
use crate::tickets::Tickets;
use crate::{api, assets, guard};

/// What all requests share.
pub(crate) struct App {
    pub(crate) agents: Arc<LiveAgents>,
    pub(crate) auth: Arc<Auth>,
    pub(crate) config: Config,
    pub(crate) connections: Arc<Connections>,
    pub(crate) hosts: Hosts,
    pub(crate) phases: Phases,
    pub(crate) previews: Arc<Semaphore>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) tickets: Tickets,
}

/// What handlers get.
pub(crate) type Shared = Arc<App>;

/// What is to be known once, at the start.
pub(crate) struct Opened {
    pub(crate) app: Shared,
    pub(crate) phase: watch::Sender<Phase>,
    /// The token to show, if it is not one that was given.
    pub(crate) token: Option<Secret>,
}

impl App {
    /// Opens the data directory; nothing is loaded yet.
    ///
    /// # Errors
    ///
    /// The data directory is open to others, damaged or not to be written; the message says what
    /// to do.
    pub(crate) fn open(config: Config) -> Result<Opened> {
        config.check()?;
        let store = AgentStore::open(&config.data_dir)?;
        store.ensure_default()?;
        let secrets = Secrets::open(&config.data_dir)?;
        let (auth, token) = Auth::open(&config.data_dir, config.token.as_ref(), config.limits.wrong_tokens)?;
        let host = Host::new(&config.data_dir);
        let (phase, phases) = Phases::new();
        let app = Self {
            agents: Arc::new(LiveAgents::new(store, secrets, config.registry.clone(), host)),
            auth: Arc::new(auth),
            connections: Arc::default(),
            hosts: Hosts::new(config.address, config.wider.proxy.as_deref()),
            phases,
            previews: Arc::new(Semaphore::new(config.limits.previews)),
            sessions: Arc::default(),
            tickets: Tickets::default(),
            config,
        };
        Ok(Opened { app: Arc::new(app), phase, token })
    }

    /// The name of the cookie: servers on other ports of this host have others.
    pub(crate) fn cookie_name(&self) -> String {
        format!("rooh_{}", self.config.address.port())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The whole server as a router, for a program that has an accept loop of its own.
///
/// The limits on connections, heads and their time are those of that loop; all others are kept.
/// Returns the token to show, unless the configuration gives one.
///
/// # Errors
///
/// As for [`Server::bind`](crate::Server::bind).
pub fn router(config: Config) -> Result<(Router, Option<Secret>)> {
    let Opened { app, phase, token } = App::open(config)?;
    // The server is over when nobody holds its phase any more: here, with the last router.
    Ok((routes(app).layer(axum::Extension(Arc::new(phase))), token))
}

/// Everything that is served, behind the guard.
pub(crate) fn routes(app: Shared) -> Router {
    api::router()
        .fallback(assets::serve)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}
