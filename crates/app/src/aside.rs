//! Long work that gives way to the people: on a thread of its own, behind all others.

use crate::Error;

/// How much a thread gives way.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing {
    /// About a tenth of a processor that others want too.
    Behind,
    /// Only what nobody else wants.
    Last,
}

/// Runs long work on a thread that gives way. On Linux each thread has a standing of its own; elsewhere it runs like
/// everything else.
pub(crate) async fn run<T: Send + 'static>(
    name: &'static str,
    standing: Standing,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (answer, waiting) = tokio::sync::oneshot::channel();
    let run = move || {
        give_way(name, standing);
        // Nobody waits any more when the service stops.
        let _gone = answer.send(work());
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Error::internal)?;
    waiting.await.map_err(Error::internal)
}

#[cfg(target_os = "linux")]
fn give_way(name: &str, standing: Standing) {
    use thread_priority::{
        NormalThreadSchedulePolicy::{Idle, Other},
        ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
    };
    let (priority, policy) = match standing {
        // A niceness of 9.
        Standing::Behind => (25_u8.try_into().map_or(ThreadPriority::Min, ThreadPriority::Crossplatform), Other),
        Standing::Last => (ThreadPriority::Min, Idle),
    };
    let done = set_thread_priority_and_policy(thread_native_id(), priority, ThreadSchedulePolicy::Normal(policy));
    if let Err(error) = done {
        tracing::debug!(?error, name, "This thread runs like everything else");
    }
    // Whoever came to this processor before would otherwise wait for the next tick.
    std::thread::yield_now();
}

#[cfg(not(target_os = "linux"))]
fn give_way(_name: &str, _standing: Standing) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Policy and niceness of this thread, as `/proc/thread-self/stat` tells them.
    fn of_this_thread() -> Option<(String, String)> {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
        // The second field, the name, may hold spaces.
        let (_, fields) = stat.rsplit_once(')')?;
        let field = |number: usize| Some(fields.split_whitespace().nth(number.checked_sub(3)?)?.to_owned());
        Some((field(41)?, field(19)?))
    }

    #[tokio::test]
    async fn a_thread_aside_gives_way_and_no_other_does() {
        let before = of_this_thread();
        let aside = async |standing| run("aside", standing, of_this_thread).await.unwrap().unwrap();
        // SCHED_IDLE is 5, SCHED_OTHER 0.
        assert_eq!(aside(Standing::Last).await.0, "5");
        assert_eq!(aside(Standing::Behind).await, ("0".to_owned(), "9".to_owned()));
        assert_eq!(of_this_thread(), before);
    }
}
