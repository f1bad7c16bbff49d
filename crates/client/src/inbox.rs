//! Where the updates of one subscription wait for whoever takes them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::core::Backlog;
use crate::update::Update;

#[derive(Debug)]
pub(crate) struct Inbox(Mutex<State>);

#[derive(Debug)]
struct State {
    backlog: Backlog,
    ended: bool,
    waiting: Option<Waker>,
}

impl Inbox {
    pub(crate) fn new(room: usize) -> Self {
        Inbox(Mutex::new(State { backlog: Backlog::new(room), ended: false, waiting: None }))
    }

    /// Adds an update; says how many were left out for it.
    pub(crate) fn push(&self, update: Update) -> u64 {
        let mut state = self.lock();
        let left_out = state.backlog.push(update);
        state.wake();
        left_out
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.wake();
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Update>> {
        let mut state = self.lock();
        let update = state.backlog.pop();
        if update.is_some() || state.ended {
            return Poll::Ready(update);
        }
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}
