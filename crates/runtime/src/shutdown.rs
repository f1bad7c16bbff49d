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
    watch_for(Signals::install(true), trigger)
}

/// The same without SIGHUP, for a program that takes it for a wish to [reload](hangups).
pub fn signals_but_hangup(trigger: Trigger) -> impl Future<Output = ()> + Send + 'static {
    watch_for(Signals::install(false), trigger)
}

/// SIGHUP from now on: it stops nothing any more, it is heard here. For `main` only.
pub fn hangups() -> Hangups {
    let signal = signal(SignalKind::hangup());
    Hangups(signal.inspect_err(|error| tracing::error!(%error, "SIGHUP cannot be watched")).ok())
}

/// SIGHUPs that were sent.
#[derive(Debug)]
pub struct Hangups(Option<Signal>);

impl Hangups {
    /// Waits for the next one; several that came before it was asked are one.
    pub async fn next(&mut self) {
        let heard = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending().await
        }
    }
}

async fn watch_for(signals: io::Result<Signals>, trigger: Trigger) {
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

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Hangups>,
}

impl Signals {
    fn install(with_hangup: bool) -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let hangup = with_hangup.then(hangups);
        Ok(Signals { interrupt, terminate, hangup })
    }

    async fn next(&mut self) -> &'static str {
        let hangup = async {
            match &mut self.hangup {
                Some(hangups) => hangups.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            () = hangup => "SIGHUP",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task;
    use std::process::{Command, id};
    use std::time::Duration;
    use tokio::time::timeout;

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

    #[tokio::test]
    async fn a_hangup_is_heard_each_time_and_stops_nothing() {
        let (trigger, shutdown) = channel();
        let watching = task::spawn("signals", signals_but_hangup(trigger));
        let mut hangups = hangups();
        for _ in 0..2 {
            let sent = Command::new("kill").args(["-HUP", &id().to_string()]).status();
            assert!(sent.expect("kill runs").success());
            timeout(Duration::from_secs(20), hangups.next()).await.expect("heard");
        }
        assert!(!shutdown.is_requested());
        watching.abort();
    }
}
