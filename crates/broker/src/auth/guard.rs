//! Who may come in now, and who has to leave: the keys that are in use.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use oriel_runtime::metrics::Metrics;
use oriel_runtime::serve::Peer;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::sync::watch;
use tokio::time::sleep;

use super::credential;
use super::guesses::Guesses;
use super::{Denied, Grant, Keys};
use crate::hub::now;
use oriel_runtime::faults::Faults;

/// The clock may be set, so the end of a token is looked at again at least that often.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The keys in use, and what has been tried. Clones share them.
#[derive(Clone, Debug)]
pub struct Auth(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: Option<PathBuf>,
    keys: watch::Sender<Arc<Keys>>,
    guesses: Mutex<Guesses>,
    denied: Family<Labels, Counter>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Labels {
    reason: &'static str,
}

/// Why a connection has lost what it was granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// Its token's time is over.
    Expired,
    /// The file of tokens was read again and says something else.
    Changed,
}

impl Lost {
    /// What its client is told.
    pub fn as_str(self) -> &'static str {
        match self {
            Lost::Expired => "the token has expired",
            Lost::Changed => "the token's rights have changed",
        }
    }
}

impl Auth {
    /// Without tokens: everybody may do everything.
    pub fn open() -> Self {
        Auth::new(None, Keys::open())
    }

    /// With the tokens of a file.
    ///
    /// # Errors
    /// All that is wrong with the file.
    pub fn load(file: &Path) -> Result<Self, Faults> {
        let keys = read(file)?;
        Ok(Auth::new(Some(file.to_owned()), keys))
    }

    fn new(file: Option<PathBuf>, keys: Keys) -> Self {
        let keys = watch::Sender::new(Arc::new(keys));
        Auth(Arc::new(Inner { file, keys, guesses: Mutex::new(Guesses::new()), denied: Family::default() }))
    }

    /// Reads the file again. Who has a token whose rights are the same stays, everybody else
    /// [has to leave](Auth::lost). If anything is wrong with the file nothing changes.
    ///
    /// # Errors
    /// All that is wrong with the file.
    pub fn reload(&self) -> Result<(), Faults> {
        if let Some(file) = &self.0.file {
            self.0.keys.send_replace(Arc::new(read(file)?));
        }
        Ok(())
    }

    /// The keys in use.
    pub fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.0.keys.borrow())
    }

    /// Adds `PREFIX_denied_requests_total` to the metrics.
    pub fn export(&self, prefix: &str, metrics: &Metrics) {
        let name = format!("{prefix}_denied_requests");
        metrics.register(&name, "Requests without the rights for them, by reason", self.0.denied.clone());
    }

    /// What a request may do, by the token that it brings.
    pub fn admit(&self, from: Option<IpAddr>, uri: &Uri, headers: &HeaderMap) -> Result<Grant, Denied> {
        let judged = self.judge(from, uri, headers);
        judged.inspect_err(|denied| self.count(*denied))
    }

    fn judge(&self, from: Option<IpAddr>, uri: &Uri, headers: &HeaderMap) -> Result<Grant, Denied> {
        let token = credential::read(uri, headers)?;
        let from = from.filter(|_| token.is_some());
        if let Some(wait) = from.and_then(|from| self.guesses().wait(from, Instant::now())) {
            return Err(Denied::Guessing(wait.as_secs() + 1));
        }
        let judged = self.current().admit(token, now());
        if let (Err(denied), Some(from)) = (&judged, from)
            && denied.is_guess()
        {
            self.guesses().wrong(from, Instant::now());
        }
        judged
    }

    /// Returns when the grant is worth nothing any more; never where there are no tokens.
    pub async fn lost(&self, grant: &Grant) -> Lost {
        if grant.is_open() {
            return std::future::pending().await;
        }
        let mut keys = self.0.keys.subscribe();
        loop {
            if !keys.borrow_and_update().still(grant) {
                return Lost::Changed;
            }
            let Some(end) = grant.expires() else {
                // The sender is in `self`.
                let _ = keys.changed().await;
                continue;
            };
            let left = end.millis().saturating_sub(now().millis());
            let Ok(left @ 1..) = u64::try_from(left) else { return Lost::Expired };
            tokio::select! {
                _ = keys.changed() => {}
                () = sleep(Duration::from_millis(left).min(LOOK_AGAIN)) => {}
            }
        }
    }

    fn count(&self, denied: Denied) {
        self.0.denied.get_or_create(&Labels { reason: denied.reason() }).inc();
    }

    fn guesses(&self) -> MutexGuard<'_, Guesses> {
        self.0.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Auth {
    fn default() -> Self {
        Auth::open()
    }
}

/// The middleware that lets nobody in without a token, where there are tokens, and puts the
/// [`Grant`] among the request's extensions:
/// `router.layer(axum::middleware::from_fn_with_state(auth, auth::guard))`.
pub async fn guard(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let from = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    match auth.admit(from, request.uri(), request.headers()) {
        Ok(grant) => {
            request.extensions_mut().insert(grant);
            next.run(request).await
        }
        Err(denied) => {
            tracing::debug!(reason = denied.reason(), "request denied");
            denied.into_response()
        }
    }
}

/// The middleware below [`guard`] that lets only operators in.
pub async fn admin(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let grant = request.extensions().get::<Grant>();
    if grant.is_some_and(|grant| grant.rights().is_admin()) {
        return next.run(request).await;
    }
    auth.count(Denied::Admin);
    Denied::Admin.into_response()
}

/// Reads the file, and the files that it names, which stand beside it.
fn read(path: &Path) -> Result<Keys, Faults> {
    let name = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Faults::whole(format!("cannot read it: {error}")).of(&name))?;
    let read = |named: &Path| std::fs::read(folder.join(named));
    let keys = Keys::parse(&text, read).map_err(|faults| faults.of(&name))?;
    match keys.counts() {
        (0, 0) => tracing::warn!("the file of tokens is empty: nobody may connect"),
        (tokens, keys) => tracing::info!(tokens, keys, "tokens read"),
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
