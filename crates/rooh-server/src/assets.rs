//! The browser UI, embedded in the program; a debug build reads it from disk.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::api::{Access, access};
use crate::auth::hex;
use crate::error::Failure;

#[derive(Embed)]
#[folder = "ui/"]
struct Ui;

/// Serves a file of the UI, or says that there is none.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if access(path) != Access::Page {
        return Failure::not_found("there is nothing at this address").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return crate::api::method_not_allowed().await.into_response();
    }
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    // Names of embedded files have no escapes and no way up; anything else is not there.
    let Some(file) = Ui::get(name) else {
        return Failure::not_found("there is nothing at this address").into_response();
    };
    answer(&request, file)
}

fn answer(request: &Request, file: EmbeddedFile) -> Response {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let caching = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let mut kind = file.metadata.mimetype().to_owned();
    if kind.starts_with("text/") && !kind.contains("charset") {
        kind.push_str("; charset=utf-8");
    }
    (caching, [(header::CONTENT_TYPE, kind)], file.data).into_response()
}
