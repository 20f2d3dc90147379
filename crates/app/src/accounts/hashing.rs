//! Argon2id on a bounded pool, behind everybody else: a wave of sign-ins cannot starve the rest; a long queue answers
//! "busy" (S03). Also what a new password must be (S01).

use super::Secret;
use crate::aside::{self, Standing};
use crate::{Error, FieldCode};
use identity::password::{self, Hasher, Refusal, Verdict};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

const LONGEST_QUEUE: usize = 256;

/// The pool.
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    queue: Arc<Queue>,
    begun: AtomicU64,
}

/// Who waits or is served, and what they are served with.
#[derive(Default)]
struct Queue {
    places: AtomicUsize,
    running: AtomicUsize,
    most_running: AtomicUsize,
    /// Kept from one hash to the next while anybody is in the queue, and no longer.
    hashers: Mutex<Vec<Hasher>>,
}

impl Default for Pool {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(most_at_once())), queue: Arc::default(), begun: AtomicU64::new(0) }
    }
}

/// Half of the cores: with one on every core, whoever wakes up finds none free and waits in line behind others.
fn most_at_once() -> usize {
    (std::thread::available_parallelism().map_or(1, NonZeroUsize::get) / 2).max(1)
}

impl Pool {
    /// Compares a password with a stored hash; without one the same work is done (S04).
    pub(super) async fn verify(&self, stored: Option<String>, password: Secret) -> Result<Verdict, Error> {
        self.run(move |hasher| match stored {
            Some(stored) => hasher.verify(&stored, password.reveal()),
            None => {
                hasher.dummy_verify(password.reveal());
                Verdict::NoMatch
            }
        })
        .await
    }

    /// Hashes a password that passed [`policy`].
    pub(super) async fn hash(&self, password: Secret) -> Result<String, Error> {
        let hashed = self.run(move |hasher| hasher.hash(password.reveal())).await?;
        Ok(secrecy::ExposeSecret::expose_secret(&hashed.map_err(Error::internal)?).to_owned())
    }

    /// Hashes computed or under way since the start; a comparison is one.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Hasher) -> T + Send + 'static) -> Result<T, Error> {
        let place = Place::take(&self.queue)?;
        self.begun.fetch_add(1, Ordering::Relaxed);
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        // Place and permit travel with the work: a caller that goes away does not free its core early.
        aside::run("hashing", Standing::Last, move || {
            let done = place.0.serve(work);
            drop(permit);
            drop(place);
            done
        })
        .await
    }
}

impl Queue {
    fn serve<T>(&self, work: impl FnOnce(&mut Hasher) -> T) -> T {
        self.most_running.fetch_max(self.running.fetch_add(1, Ordering::SeqCst).saturating_add(1), Ordering::SeqCst);
        let mut hasher = self.with_hashers(Vec::pop).unwrap_or_default();
        let done = work(&mut hasher);
        self.with_hashers(|hashers| hashers.push(hasher));
        self.running.fetch_sub(1, Ordering::SeqCst);
        done
    }

    fn with_hashers<T>(&self, work: impl FnOnce(&mut Vec<Hasher>) -> T) -> T {
        work(&mut self.hashers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place in the queue, given back on every way out; the last to go clears up.
struct Place(Arc<Queue>);

impl Place {
    fn take(queue: &Arc<Queue>) -> Result<Self, Error> {
        let place = Self(Arc::clone(queue));
        if queue.places.fetch_add(1, Ordering::SeqCst) >= LONGEST_QUEUE { Err(Error::Busy) } else { Ok(place) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.places.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.with_hashers(Vec::clear);
        }
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
    async fn never_more_hashes_run_than_half_of_the_cores() {
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
        let most = pool.queue.most_running.load(Ordering::SeqCst);
        assert!((1..=most_at_once()).contains(&most), "{most} of {}", most_at_once());
        assert_eq!(pool.queue.places.load(Ordering::SeqCst), 0);
        assert!(pool.queue.with_hashers(|hashers| hashers.is_empty()), "the memory is given back");
    }

    #[tokio::test]
    async fn a_queue_that_is_too_long_answers_busy_at_once() {
        let pool = Pool::default();
        pool.queue.places.store(LONGEST_QUEUE, Ordering::SeqCst);
        assert_eq!(pool.verify(None, Secret::new("fictional password")).await, Err(Error::Busy));
        assert_eq!(pool.queue.places.load(Ordering::SeqCst), LONGEST_QUEUE);
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
