//! The reader threads: each job sees one consistent snapshot and cannot write.
//!
//! A reader answers as soon as its job is done, before it closes the snapshot: nothing that happens
//! afterwards could change what was read.

use crossbeam_channel::Receiver;

use crate::dialect;
use crate::error::StoreError;
use crate::job::{BoxJob, Outcome};
use crate::link::{Link, roll_back_to};

/// How often a read is repeated when the connection turns out to be dead or a standby cancels it.
const REPEATS: u32 = 2;

/// Serves read jobs until the queue is closed and empty.
pub(crate) fn serve(mut link: Link, inbox: &Receiver<BoxJob>) {
    link.settle();
    for job in inbox {
        if job.is_wanted() {
            read(&mut link, job);
        }
    }
}

fn read(link: &mut Link, mut job: BoxJob) {
    let mut last = StoreError::dropped();
    for _ in 0..=REPEATS {
        let fence = job.fence();
        let db = match link.open() {
            Ok(db) => db,
            Err(error) => return job.fail(error),
        };
        if let Err(error) = dialect::begin_read(db, &fence) {
            last = StoreError::unavailable(error);
            link.discard();
            continue;
        }
        if job.run(db) == Outcome::Done {
            job.answer();
            if roll_back_to(db, 0).is_err() {
                link.discard();
            }
            return;
        }
        let closed = roll_back_to(db, 0);
        match closed {
            Ok(()) if !link.seen().repeat() => {
                job.answer();
                return link.discard_if_troubled();
            }
            Ok(()) => last = StoreError::Conflict,
            Err(error) => {
                last = StoreError::unavailable(error);
                link.discard();
            }
        }
    }
    job.fail(last);
}
