//! Who polls hyper's own futures. A connection that one slot has to itself is polled by that slot, so that an answer
//! needs one wake-up and not three; connections that slots share are tasks of their own.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

type Future = Pin<Box<dyn std::future::Future<Output = ()>>>;

/// Futures of a connection that its slot polls.
#[derive(Default)]
pub(super) struct Tasks(RefCell<Vec<Future>>);

impl Tasks {
    /// Polls all, also those that come while it does.
    fn poll(&self, cx: &mut Context<'_>) {
        let mut all = std::mem::take(&mut *self.0.borrow_mut());
        all.retain_mut(|task| task.as_mut().poll(cx).is_pending());
        loop {
            let mut new = std::mem::take(&mut *self.0.borrow_mut());
            if new.is_empty() {
                break;
            }
            new.retain_mut(|task| task.as_mut().poll(cx).is_pending());
            all.append(&mut new);
        }
        *self.0.borrow_mut() = all;
    }
}

/// Where hyper puts its futures.
#[derive(Clone)]
pub(super) enum Home {
    /// Tasks of the thread.
    Shared,
    /// The slot's own.
    Own(Rc<Tasks>),
}

impl Home {
    /// Puts a future before all others.
    pub(super) fn first(&self, task: impl std::future::Future<Output = ()> + 'static) {
        match self {
            Self::Shared => drop(tokio::task::spawn_local(task)),
            Self::Own(tasks) => tasks.0.borrow_mut().insert(0, Box::pin(task)),
        }
    }
}

impl<F: std::future::Future<Output = ()> + 'static> hyper::rt::Executor<F> for Home {
    fn execute(&self, task: F) {
        match self {
            Self::Shared => drop(tokio::task::spawn_local(task)),
            Self::Own(tasks) => tasks.0.borrow_mut().push(Box::pin(task)),
        }
    }
}

/// The slot's hold on the futures of its connection; they end with it.
pub(super) struct Driver(pub(super) Option<Rc<Tasks>>);

impl Driver {
    /// Waits for a future and polls the connection meanwhile.
    pub(super) async fn with<F: std::future::Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            // First the future, as it may have something to send; then again, as something may have come for it.
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            match &self.0 {
                None => Poll::Pending,
                Some(tasks) => {
                    tasks.poll(cx);
                    future.as_mut().poll(cx)
                }
            }
        })
        .await
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The futures hold the list that holds them.
        if let Some(tasks) = &self.0 {
            let ended = std::mem::take(&mut *tasks.0.borrow_mut());
            drop(ended);
        }
    }
}
