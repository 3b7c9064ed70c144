//! Who may use the API: tokens for programs, cookies for pages, and how often one may guess.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::limits::network;
use crate::private_file;

/// How long a page stays signed in.
pub(crate) const SIGNED_IN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How many pages stay signed in; the oldest is signed out for a new one.
const MOST_SIGNED_IN: usize = 64;

/// From how many addresses wrong tokens are counted; more than these share one count.
const MOST_ADDRESSES: usize = 10_000;

/// Wrong tokens are counted for this long.
const MINUTE: Duration = Duration::from_secs(60);

/// Tokens, cookies, and how often somebody was wrong.
pub(crate) struct Auth {
    file: PathBuf,
    /// What a token has to hash to: the kept one or the one that was given, and that of this start.
    tokens: Vec<Hash>,
    /// Whether the kept token is the one that counts, and is to be written with the cookies.
    kept: Option<Hash>,
    signed_in: Mutex<Vec<SignedIn>>,
    wrong: Mutex<HashMap<IpAddr, Wrong>>,
    wrong_per_minute: u32,
}

/// A SHA-256: of 32 random bytes there is nothing to guess, so nothing slower is needed.
#[derive(Clone, Copy, Eq, PartialEq)]
struct Hash([u8; 32]);

/// A page that is signed in.
#[derive(Clone, Serialize, Deserialize)]
struct SignedIn {
    cookie: Hash,
    /// Seconds since 1970.
    until: u64,
}

/// The file in the data directory.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    token: Option<Hash>,
    signed_in: Vec<SignedIn>,
}

#[derive(Clone, Copy)]
struct Wrong {
    count: u32,
    since: Instant,
}

impl Auth {
    /// Reads what is kept in the data directory, or makes it; returns the token to show.
    ///
    /// A token that was `given` is neither kept nor shown. Without one, a token is made at the
    /// first start and kept as a hash; since that cannot be shown again, every later start makes
    /// one more that is good until the server stops.
    ///
    /// # Errors
    ///
    /// The file is damaged, open to others, or cannot be written; the message says what to do.
    pub(crate) fn open(
        data_dir: &Path,
        given: Option<&Secret>,
        wrong_per_minute: u32,
    ) -> Result<(Self, Option<Secret>)> {
        let file = data_dir.join("server").join("auth.json");
        let kept = match private_file::read(&file)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                Error::new(ErrorKind::Config, "the file of the token is damaged")
                    .with("file", file.display())
                    .with("fix", "remove it; a new token is made then")
            })?,
            None => Kept { token: None, signed_in: Vec::new() },
        };
        let shown = match given {
            Some(_) => None,
            None => Some(random_token()?),
        };
        let fresh = shown.as_ref().map(|token| Hash::of(token.reveal()));
        let keep = kept.token.or(fresh);
        let tokens = match given {
            Some(token) => vec![Hash::of(token.reveal())],
            None => keep.into_iter().chain(fresh).collect(),
        };
        let auth = Self {
            file,
            tokens,
            kept: keep,
            signed_in: Mutex::new(kept.signed_in),
            wrong: Mutex::default(),
            wrong_per_minute,
        };
        if keep != kept.token {
            auth.keep(&lock(&auth.signed_in))?;
        }
        Ok((auth, shown))
    }

    /// Whether this is a token.
    pub(crate) fn knows_token(&self, token: &str) -> bool {
        let hash = Hash::of(token);
        // All of them are compared, so that time does not tell which one was nearly right.
        self.tokens.iter().fold(false, |known, token| known | bool::from(token.0.ct_eq(&hash.0)))
    }

    /// Whether a page with this cookie is signed in.
    pub(crate) fn knows_cookie(&self, cookie: &str) -> bool {
        let hash = Hash::of(cookie);
        let now = unix_now();
        lock(&self.signed_in).iter().fold(false, |known, page| {
            known | (bool::from(page.cookie.0.ct_eq(&hash.0)) & (now < page.until))
        })
    }

    /// Signs a page in, and returns its cookie.
    ///
    /// Writes a file: to be called off the runtime.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(crate) fn sign_in(&self) -> Result<Secret> {
        let cookie = random_token()?;
        let now = unix_now();
        let mut pages = lock(&self.signed_in);
        let mut changed = pages.clone();
        changed.retain(|page| now < page.until);
        let surplus = (changed.len() + 1).saturating_sub(MOST_SIGNED_IN);
        changed.drain(..surplus);
        changed.push(SignedIn { cookie: Hash::of(cookie.reveal()), until: now + SIGNED_IN.as_secs() });
        self.keep(&changed)?;
        *pages = changed;
        Ok(cookie)
    }

    /// Signs the page with this cookie out.
    ///
    /// Writes a file: to be called off the runtime.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(crate) fn sign_out(&self, cookie: &str) -> Result<()> {
        let hash = Hash::of(cookie);
        let mut pages = lock(&self.signed_in);
        pages.retain(|page| page.cookie != hash);
        self.keep(&pages)
    }

    fn keep(&self, signed_in: &[SignedIn]) -> Result<()> {
        let kept = Kept { token: self.kept, signed_in: signed_in.to_vec() };
        let bytes = serde_json::to_vec(&kept).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the file of the token cannot be made").caused_by(error)
        })?;
        private_file::write(&self.file, &bytes)
    }

    /// Counts a wrong token; returns how long to wait if there were too many.
    ///
    /// Whoever has the right token is let in all the same: nobody can lock another one out.
    pub(crate) fn count_wrong(&self, from: IpAddr) -> Option<Duration> {
        let now = Instant::now();
        let mut wrong = lock(&self.wrong);
        if wrong.len() >= MOST_ADDRESSES {
            wrong.retain(|_, wrong| now < wrong.since + MINUTE);
        }
        let full = wrong.len() >= MOST_ADDRESSES;
        let mut key = network(from);
        if full && !wrong.contains_key(&key) {
            key = IpAddr::from([0, 0, 0, 0]);
        }
        let entry = wrong.entry(key).or_insert(Wrong { count: 0, since: now });
        if now >= entry.since + MINUTE {
            *entry = Wrong { count: 0, since: now };
        }
        entry.count = entry.count.saturating_add(1);
        (entry.count > self.wrong_per_minute).then(|| (entry.since + MINUTE).saturating_duration_since(now))
    }
}

/// 32 random bytes in hexadecimal.
///
/// # Errors
///
/// The system has no randomness to give.
pub(crate) fn random_token() -> Result<Secret> {
    Ok(Secret::new(hex(&random::<32>()?)))
}

/// Random bytes of the system.
///
/// # Errors
///
/// The system has no randomness to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(ErrorKind::Unexpected, "the system gives no randomness").with("cause", error)
    })?;
    Ok(bytes)
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic happens under this lock")
}

impl Hash {
    fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut hash = [0; 32];
        let is_hash = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        if is_hash { Ok(Self(hash)) } else { Err(serde::de::Error::custom("not a SHA-256")) }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("file", &self.file).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_kept_as_a_hash_and_outlives_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let (first, shown) = Auth::open(folder.path(), None, 10).unwrap();
        let token = shown.unwrap();
        assert_eq!(token.reveal().len(), 64);
        assert!(first.knows_token(token.reveal()));
        let cookie = first.sign_in().unwrap();
        assert!(first.knows_cookie(cookie.reveal()) && !first.knows_cookie(token.reveal()));

        let (second, shown) = Auth::open(folder.path(), None, 10).unwrap();
        let another = shown.unwrap();
        assert!(second.knows_token(token.reveal()), "the kept one");
        assert!(second.knows_token(another.reveal()), "the one of this start");
        assert!(!first.knows_token(another.reveal()));
        assert!(second.knows_cookie(cookie.reveal()));
        let file = std::fs::read_to_string(folder.path().join("server/auth.json")).unwrap();
        for secret in [&token, &another, &cookie] {
            assert!(!file.contains(secret.reveal()));
        }

        second.sign_out(cookie.reveal()).unwrap();
        assert!(!second.knows_cookie(cookie.reveal()));
    }

    #[test]
    fn a_token_that_is_given_is_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let (_, shown) = Auth::open(folder.path(), None, 10).unwrap();
        let (auth, none) = Auth::open(folder.path(), Some(&Secret::new("given")), 10).unwrap();
        assert!(none.is_none());
        assert!(auth.knows_token("given"));
        assert!(!auth.knows_token(shown.unwrap().reveal()));
    }

    #[test]
    fn the_oldest_page_is_signed_out_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (auth, _) = Auth::open(folder.path(), None, 10).unwrap();
        let first = auth.sign_in().unwrap();
        for _ in 1..MOST_SIGNED_IN {
            auth.sign_in().unwrap();
        }
        assert!(auth.knows_cookie(first.reveal()));
        auth.sign_in().unwrap();
        assert!(!auth.knows_cookie(first.reveal()));
    }

    #[tokio::test(start_paused = true)]
    async fn ten_wrong_tokens_a_minute_are_enough() {
        let folder = tempfile::tempdir().unwrap();
        let (auth, _) = Auth::open(folder.path(), None, 10).unwrap();
        let guesser: IpAddr = "192.0.2.7".parse().unwrap();
        for _ in 0..10 {
            assert_eq!(auth.count_wrong(guesser), None);
        }
        assert_eq!(auth.count_wrong(guesser), Some(MINUTE));
        assert_eq!(auth.count_wrong("192.0.2.8".parse().unwrap()), None);
        tokio::time::advance(MINUTE).await;
        assert_eq!(auth.count_wrong(guesser), None);
    }
}
