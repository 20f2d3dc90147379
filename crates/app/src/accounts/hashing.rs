//! Argon2id on a bounded pool: at most one hash per core at a time, so that a wave of sign-ins
//! cannot starve the rest; a long queue answers "busy" (S03). Also what a new password must be (S01).

use super::Secret;
use crate::{Error, FieldCode};
use identity::password::{self, Refusal, Verdict};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::Semaphore;

const LONGEST_QUEUE: usize = 256;

/// The pool.
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    running: Arc<AtomicUsize>,
    most_running: Arc<AtomicUsize>,
    begun: AtomicU64,
}

impl Default for Pool {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            permits: Arc::new(Semaphore::new(cores)),
            waiting: AtomicUsize::new(0),
            running: Arc::default(),
            most_running: Arc::default(),
            begun: AtomicU64::new(0),
        }
    }
}

impl Pool {
    /// Compares a password with a stored hash; without one the same work is done (S04).
    pub(super) async fn verify(&self, stored: Option<String>, password: Secret) -> Result<Verdict, Error> {
        self.run(move || match stored {
            Some(stored) => password::verify(&stored, password.reveal()),
            None => {
                password::dummy_verify(password.reveal());
                Verdict::NoMatch
            }
        })
        .await
    }

    /// Hashes a password that passed [`policy`].
    pub(super) async fn hash(&self, password: Secret) -> Result<String, Error> {
        let hashed = self.run(move || password::hash(password.reveal())).await?;
        Ok(secrecy::ExposeSecret::expose_secret(&hashed.map_err(Error::internal)?).to_owned())
    }

    /// Hashes computed or under way since the start; a comparison is one.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = Place::take(&self.waiting)?;
        self.begun.fetch_add(1, Ordering::Relaxed);
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let (running, most) = (Arc::clone(&self.running), Arc::clone(&self.most_running));
        // The permit travels with the work: a caller that goes away does not free its core early.
        tokio::task::spawn_blocking(move || {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst).saturating_add(1), Ordering::SeqCst);
            let done = work();
            running.fetch_sub(1, Ordering::SeqCst);
            drop(permit);
            done
        })
        .await
        .map_err(Error::internal)
    }
}

/// A place in the queue, given back on every way out.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self, Error> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::SeqCst) >= LONGEST_QUEUE { Err(Error::Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Judges a new password; `context` are the words that it may not contain.
pub(super) fn policy(pointer: &str, password: &Secret, context: &[String]) -> Result<(), Error> {
    let words: Vec<&str> = context.iter().map(String::as_str).chain(["yui", "結サービス"]).collect();
    password::check_policy(password.reveal(), &words).map_err(|refusal| {
        let sentence = match refusal {
            Refusal::TooShort => "パスワードは12文字以上で入力してください。15文字以上をお勧めします。",
            Refusal::TooLong => "パスワードは1,024バイト以内で入力してください。",
            Refusal::ContainsContext => {
                "氏名、メールアドレス、団体名、サービス名を含むパスワードは使えません。ほかの言葉を選んでください。"
            }
            Refusal::Weak => "推測されやすいパスワードです。関係のない言葉をいくつか組み合わせてください。",
        };
        Error::field(pointer, FieldCode::Refused { sentence })
    })
}

/// The words about a person that a password may not contain; a name of a place counts without its suffix too.
pub(super) fn context(email: &str, display_name: &str, kana: &str, places: &[String]) -> Vec<String> {
    let local = email.split('@').next().unwrap_or(email);
    let mut words = vec![email.to_owned(), local.to_owned(), display_name.to_owned(), kana.to_owned()];
    words.extend(display_name.split_whitespace().chain(kana.split_whitespace()).map(str::to_owned));
    for place in places {
        let bare = place.strip_suffix(['都', '道', '府', '県', '市', '区', '町', '村']).unwrap_or(place);
        words.extend([place.clone(), bare.to_owned()]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn never_more_hashes_run_than_there_are_cores() {
        let pool = Arc::new(Pool::default());
        let tries: Vec<_> = (0..12)
            .map(|_| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.verify(None, Secret::new("fictional password")).await })
            })
            .collect();
        for each in tries {
            assert_eq!(each.await.unwrap(), Ok(Verdict::NoMatch));
        }
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let most = pool.most_running.load(Ordering::SeqCst);
        assert!((1..=cores).contains(&most), "{most} of {cores}");
        assert_eq!(pool.waiting.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_queue_that_is_too_long_answers_busy_at_once() {
        let pool = Pool::default();
        pool.waiting.store(LONGEST_QUEUE, Ordering::SeqCst);
        assert_eq!(pool.verify(None, Secret::new("fictional password")).await, Err(Error::Busy));
        assert_eq!(pool.waiting.load(Ordering::SeqCst), LONGEST_QUEUE);
    }

    #[test]
    fn a_password_may_not_name_the_person_the_town_or_the_service() {
        let context = context(
            "hanako@nakai.example",
            "山田 花子",
            "やまだ はなこ",
            &["中井町".to_owned(), "神奈川県".to_owned()],
        );
        for password in [
            "青い中井の海で泳ぐ夏の日",
            "神奈川を走る夜行列車の旅",
            "hanako-x9Q2v-mKw",
            "花子は朝に庭の水をまいた",
            "Yui-x9Q2v-mKw7",
        ] {
            assert!(policy("/password", &Secret::new(password), &context).is_err(), "{password}");
        }
        assert_eq!(policy("/password", &Secret::new("静かな雪の朝に鳴く鳥の声"), &context), Ok(()));
    }
}
