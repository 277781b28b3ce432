//! Look-ups that do not wait for each other.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard};

use foldhash::quality::RandomState;

use super::lock;

/// Enough that a few threads seldom meet, few enough to cost nothing while empty.
const SHARDS: usize = 32;

/// A map cut into parts, each behind a lock of its own that is held for one look-up.
pub(crate) struct Sharded<K, V> {
    hasher: RandomState,
    shards: [Mutex<HashMap<K, V, RandomState>>; SHARDS],
}

impl<K, V> Default for Sharded<K, V> {
    fn default() -> Self {
        Self { hasher: RandomState::default(), shards: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl<K: Hash + Eq, V: Clone> Sharded<K, V> {
    /// The part that holds `key`, locked: for those who must look and insert in one go.
    pub(crate) fn shard<Q>(&self, key: &Q) -> MutexGuard<'_, HashMap<K, V, RandomState>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let shard = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or_default();
        lock(&self.shards[shard])
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shard(key).get(key).cloned()
    }

    /// All there is, a part at a time, so that none is locked while `look` is at work.
    pub(crate) fn each(&self, mut look: impl FnMut(V)) {
        for shard in &self.shards {
            let values: Vec<V> = lock(shard).values().cloned().collect();
            values.into_iter().for_each(&mut look);
        }
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        self.shard(&key).insert(key, value);
    }

    /// Takes out whatever is `unwanted`, and tells `gone` of each.
    pub(crate) fn remove_if(&self, unwanted: impl Fn(&V) -> bool, mut gone: impl FnMut(&V)) {
        for shard in &self.shards {
            lock(shard).retain(|_, value| {
                let goes = unwanted(value);
                if goes {
                    gone(value);
                }
                !goes
            });
        }
    }

    pub(crate) fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shard(key).remove(key)
    }
}
