//! What the server is told from outside: where it listens, where its data lies, who may reach it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use rooh_core::options::Secret;
use rooh_core::registry::Registry;
use rooh_core::{Error, ErrorKind, Result};

use crate::hosts::is_host_name;
use crate::limits::Limits;

/// How the server is set up. Build it with `..Config::new(data_dir)`.
///
/// The flags and environment variables of `rooh serve` that fill it stand in
/// `docs/configuration.md`.
#[derive(Clone)]
pub struct Config {
    /// Where it listens. Anything but loopback needs [`wider`](Self::wider).
    pub address: SocketAddr,
    /// Where agents, secrets and the token's hash lie.
    pub data_dir: PathBuf,
    /// How much of everything it takes.
    pub limits: Limits,
    /// The providers that agents are made of.
    pub registry: Registry,
    /// The token; if there is none, one is made and only its hash is kept.
    pub token: Option<Secret>,
    /// What has to be said for others than this machine to reach it.
    pub wider: Wider,
}

/// What has to be said for others than this machine to reach the server: both, or neither.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wider {
    /// `--bind-any`: it may listen on addresses that other machines reach.
    pub bind_any: bool,
    /// `--proxy NAME`: the name under which a proxy that ends TLS serves it.
    pub proxy: Option<String>,
}

/// The shortest token that is taken, in characters.
const SHORTEST_TOKEN: usize = 32;

impl Config {
    /// The server on `127.0.0.1:8000`, with all providers that are linked.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            data_dir: data_dir.into(),
            limits: Limits::default(),
            registry: Registry::linked(),
            token: None,
            wider: Wider::default(),
        }
    }

    /// Whether the server may start like this.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with what is missing, in one sentence; a program exits with 78 then.
    pub fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::new(ErrorKind::Config, message));
        if let Some(token) = &self.token
            && (token.reveal().len() < SHORTEST_TOKEN
                || !token.reveal().bytes().all(|b| b.is_ascii_graphic()))
        {
            return wrong(format!(
                "ROOH_TOKEN needs at least {SHORTEST_TOKEN} characters, none of them a space; `openssl rand -hex 32` makes one"
            ));
        }
        if let Some(name) = self.wider.proxy.as_deref().filter(|name| !is_host_name(name)) {
            return wrong(format!(
                "--proxy takes the name of a host, such as talk.example.org, not {name:?}"
            ));
        }
        if is_loopback(self.address.ip()) {
            return Ok(());
        }
        let address = self.address;
        if !self.wider.bind_any {
            return wrong(format!("{address} can be reached from other machines, and that needs --bind-any"));
        }
        if self.token.is_none() {
            return wrong(format!(
                "{address} can be reached from other machines, and that needs a token of your own in ROOH_TOKEN"
            ));
        }
        if self.wider.proxy.is_none() {
            return wrong(format!(
                "{address} can be reached from other machines, and that needs --proxy NAME, the name of the proxy that ends TLS for it"
            ));
        }
        Ok(())
    }
}

/// Whether only this machine reaches an address.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("address", &self.address)
            .field("data_dir", &self.data_dir)
            .field("limits", &self.limits)
            .field("wider", &self.wider)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Config), missing: Option<&str>) {
        let mut config = Config { registry: Registry::empty(), ..Config::new("nowhere") };
        change(&mut config);
        let message = config.check().map_err(|error| (error.kind(), error.to_string()));
        match missing {
            None => assert_eq!(message, Ok(())),
            Some(missing) => {
                let (kind, message) = message.unwrap_err();
                assert_eq!(kind, ErrorKind::Config);
                assert!(message.contains(missing) && !message.contains('\n'), "{message}");
            }
        }
    }

    #[test]
    fn a_wider_bind_names_the_missing_flag_in_one_sentence() {
        let any: SocketAddr = "0.0.0.0:8000".parse().unwrap();
        let token = || Some(Secret::new("0123456789abcdef0123456789abcdef"));
        let wider = |bind_any, proxy: Option<&str>| Wider { bind_any, proxy: proxy.map(str::to_owned) };
        check(|_| {}, None);
        check(|config| config.address = "[::1]:0".parse().unwrap(), None);
        check(|config| config.address = any, Some("--bind-any"));
        check(|config| (config.address, config.wider) = (any, wider(true, None)), Some("ROOH_TOKEN"));
        check(
            |config| (config.address, config.wider, config.token) = (any, wider(true, None), token()),
            Some("--proxy"),
        );
        check(
            |config| {
                (config.address, config.wider, config.token) =
                    (any, wider(true, Some("talk.example.org")), token());
            },
            None,
        );
        check(|config| config.token = Some(Secret::new("short")), Some("ROOH_TOKEN"));
        check(|config| config.wider = wider(false, Some("https://x/")), Some("--proxy"));
    }
}
