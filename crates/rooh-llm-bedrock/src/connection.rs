//! The client of the SDK: who asks, where, and over what.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use aws_sdk_bedrockruntime::config::{
    Builder, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig, Token,
};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use rooh_core::Result;
use rooh_net::BaseUrl;
use tracing::instrument::WithSubscriber;

use crate::options::{AuthMode, BedrockOptions, no_region};

/// How long a connection may take; a fallback has to be asked within 3 s.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept: balancers close theirs after a minute.
const KEEP: Duration = Duration::from_secs(50);
/// What the SDK of AWS is known to do, as of this version of it.
const BEHAVIOR: fn() -> BehaviorVersion = BehaviorVersion::latest;

/// A client for these options; asks nobody but those who know the region of the environment.
pub(crate) async fn connect(options: &BedrockOptions, base: Option<&BaseUrl>) -> Result<Client> {
    quiet(client(options, base)).await
}

async fn client(options: &BedrockOptions, base: Option<&BaseUrl>) -> Result<Client> {
    let http = http(base.is_some_and(BaseUrl::is_loopback));
    let region = Some(&options.region).filter(|region| !region.is_empty());
    let region = region.map(|region| Region::new(region.clone()));
    let mut builder = match options.auth_mode {
        AuthMode::Environment => {
            let environment = environment(options, region, http.clone()).await;
            if environment.region().is_none() {
                return Err(no_region());
            }
            Builder::from(&environment)
        }
        _ => Builder::new().behavior_version(BEHAVIOR()).region(region),
    };
    let key = options.api_key.reveal();
    match options.auth_mode {
        AuthMode::AccessKeys => {
            let token = Some(options.session_token.reveal()).filter(|token| !token.is_empty());
            let (id, secret) = (options.access_key_id.reveal(), options.secret_access_key.reveal());
            let token = token.map(str::to_owned);
            builder = builder.credentials_provider(Credentials::new(id, secret, token, None, "options"));
        }
        AuthMode::ApiKey | AuthMode::Environment if !key.is_empty() => {
            builder = builder.bearer_token(Token::new(key, None));
        }
        _ => {}
    }
    if let Some(base) = base {
        builder = builder.endpoint_url(base.to_string());
    }
    let config = builder
        .http_client(http)
        // The layers of rooh-core try again, and ask others; two that do so are one too many.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
        // A model that thinks says nothing for a while; the deadline for that is an option.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Ok(Client::from_conf(config))
}

/// Runs `work` of the SDK without its logs: at the level of traces they show keys.
pub(crate) fn quiet<F: Future>(work: F) -> impl Future<Output = F::Output> {
    work.with_subscriber(tracing::Dispatch::none())
}

async fn environment(options: &BedrockOptions, region: Option<Region>, http: SharedHttpClient) -> SdkConfig {
    let mut loader = aws_config::defaults(BEHAVIOR()).http_client(http);
    if let Some(region) = region {
        loader = loader.region(region);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// TLS by rustls with ring, as everywhere in Rooh; the SDK would bring another one.
fn http(is_loopback: bool) -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector =
            Connector::builder().pool_idle_timeout(KEEP).tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        let proxy = if is_loopback { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        connector.proxy_config(proxy).build()
    })
}
