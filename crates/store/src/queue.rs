//! The bounded line of jobs in front of the database threads.
//!
//! Past the bound a caller hears [`StoreError::Busy`] at once instead of waiting behind work that
//! cannot be done in time.

use std::sync::{PoisonError, RwLock};

use crossbeam_channel::{Receiver, Sender};

use crate::error::StoreError;
use crate::job::BoxJob;

/// A bounded queue that can be closed; what is in it then is still done.
pub(crate) struct Queue {
    sender: RwLock<Option<Sender<BoxJob>>>,
    bound: usize,
}

impl Queue {
    pub(crate) fn new(bound: usize) -> (Self, Receiver<BoxJob>) {
        // Lanes must be able to put their next batch in at any time, so the bound is kept here.
        let (sender, receiver) = crossbeam_channel::unbounded();
        (Self { sender: RwLock::new(Some(sender)), bound }, receiver)
    }

    /// Puts a job in unless the queue is full or closed.
    pub(crate) fn put(&self, job: BoxJob) -> Result<(), StoreError> {
        let sender = self.sender().ok_or_else(StoreError::dropped)?;
        // Callers racing each other may pass the bound by their own number, never by more.
        if sender.len() >= self.bound {
            return Err(StoreError::Busy);
        }
        sender.send(job).map_err(|_job| StoreError::dropped())
    }

    /// Jobs that wait now.
    pub(crate) fn depth(&self) -> usize {
        self.sender().map_or(0, |sender| sender.len())
    }

    /// A way in that ignores the bound and keeps the queue open as long as it lives: for lanes.
    pub(crate) fn sender(&self) -> Option<Sender<BoxJob>> {
        self.sender.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets nobody in any more; the threads leave once the queue is empty.
    pub(crate) fn close(&self) {
        self.sender.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}
