//! Named tasks: the only place that spawns. A panic is told with the task's name.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

/// Spawns a task whose log lines carry its name. Keep the handle, and join it.
#[allow(clippy::disallowed_methods, reason = "this is the one helper that may")]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(named(name, future))
}

/// Tasks of one kind that come and go, and are waited for together. Clones share them.
#[derive(Clone, Debug)]
pub struct Group {
    name: &'static str,
    tasks: Arc<Mutex<JoinSet<()>>>,
}

impl Group {
    /// No tasks yet.
    pub fn new(name: &'static str) -> Self {
        Group { name, tasks: Arc::default() }
    }

    /// Spawns a task into the group.
    #[allow(clippy::disallowed_methods, reason = "this is the one helper that may")]
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.lock();
        // Forget those that have ended, so that the set is never larger than its peak.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(named(self.name, task));
    }

    /// Waits until no task is left or the time is up, then cuts the rest; says
    /// how many it cut.
    pub async fn drain(&self, limit: Duration) -> usize {
        let deadline = Instant::now() + limit;
        loop {
            let mut tasks = std::mem::take(&mut *self.lock());
            if tasks.is_empty() {
                return 0;
            }
            let all = async { while tasks.join_next().await.is_some() {} };
            if timeout_at(deadline, all).await.is_err() {
                while tasks.try_join_next().is_some() {}
                let cut = tasks.len();
                tasks.shutdown().await;
                return cut;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The span is of level debug: entering it at every poll would cost a busy connection
/// more than its name is worth in everyday logs.
fn named<F: Future>(name: &'static str, task: F) -> impl Future<Output = F::Output> {
    // What is wrapped in an async block would be in it twice, as captured and as awaited.
    let task = Box::pin(task);
    let told = async move {
        let _told = TellPanic(name);
        task.await
    };
    told.instrument(tracing::debug_span!("task", name).or_current())
}

/// Dropped while its task panics, it says whose panic it is.
struct TellPanic(&'static str);

impl Drop for TellPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.0, "task panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_gives_its_result() {
        assert_eq!(spawn("sum", async { 1 + 2 }).await.expect("joined"), 3);
    }

    #[tokio::test]
    async fn a_group_waits_for_its_tasks_and_cuts_those_that_never_end() {
        let group = Group::new("test");
        group.spawn(async {});
        assert_eq!(group.drain(Duration::from_secs(60)).await, 0);
        group.spawn(std::future::pending());
        group.clone().spawn(std::future::pending());
        group.spawn(async {});
        assert_eq!(group.drain(Duration::from_millis(10)).await, 2);
        assert_eq!(group.drain(Duration::ZERO).await, 0);
    }
}
