//! A request to stop, and those who wait for it.

use std::future::Future;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Asks for the stop. Dropping it asks for nothing.
#[derive(Clone, Debug)]
pub struct Trigger(watch::Sender<bool>);

/// Waits for the stop.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// A trigger and what waits for it.
pub fn channel() -> (Trigger, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Trigger(sender), Shutdown(receiver))
}

impl Trigger {
    /// Asks everything that waits to stop; once is enough.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Returns when the stop is asked for; never if the trigger is gone before that.
    pub fn requested(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut receiver = self.0.clone();
        async move {
            if receiver.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// The stop was asked for.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}

/// Triggers on SIGINT, SIGTERM and SIGHUP (a closed terminal); a second one ends the
/// process at once. The handlers are in place when this returns, the future has to be
/// [spawned](crate::task::spawn). For `main` only.
pub fn signals(trigger: Trigger) -> impl Future<Output = ()> + Send + 'static {
    let signals = Signals::install();
    async move {
        let mut signals = match signals {
            Ok(signals) => signals,
            Err(error) => return tracing::error!(%error, "signals cannot be watched"),
        };
        let name = signals.next().await;
        tracing::info!(signal = name, "stopping");
        trigger.trigger();
        let name = signals.next().await;
        tracing::warn!(signal = name, "again: stopping at once");
        #[allow(clippy::exit, reason = "the user has asked twice")]
        std::process::exit(130);
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn install() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Signals { interrupt, terminate, hangup: signal(SignalKind::hangup())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_waiter_hears_of_it_early_or_late() {
        let (trigger, shutdown) = channel();
        assert!(!shutdown.is_requested());
        let early = shutdown.requested();
        trigger.trigger();
        trigger.trigger();
        early.await;
        shutdown.clone().requested().await;
        assert!(shutdown.is_requested());
    }
}
