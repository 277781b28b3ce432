//! Accounts: each has credentials, a world, limits, faults, a clock and a journal of its own.
//!
//! A mock begins with one, and most never have another. So whoever is asked for it first costs nothing: a header or
//! a token that is the first account's is recognised without a lock; the register of the others is looked into for
//! the rest.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use http::HeaderMap;
use wire::sid::AccountSid;
use wire::token;

use crate::auth::{self, Auth, Pair, With};
use crate::basis::Refused;
use crate::clock::{Clock, TooFar};
use crate::config::{Config, Credentials};
use crate::fault::{Fault, Planted};
use crate::guard::Guard;
use crate::journal::Journal;
use crate::state::{State, StateError};
use crate::world::World;
use crate::world::connection::Order;

/// Accounts a mock may have.
pub const MOST: usize = 1_000;

/// One account, isolated from all others.
pub struct Account {
    credentials: Credentials,
    seed: u64,
    base: String,
    config: Arc<Config>,
    auth: Auth,
    journal: Arc<Journal>,
    room: RwLock<Arc<Room>>,
    /// What it begins anew with, if that is something.
    start: RwLock<Option<Arc<State>>>,
}

/// What an account holds. Replaced as a whole when the account begins anew.
pub struct Room {
    pub(crate) world: Arc<World>,
    pub(crate) guard: Arc<Guard>,
    /// Its own: one that begins anew shows real time, however far the one before was ahead.
    pub(crate) clock: Clock,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("sid", &self.credentials.account_sid).finish_non_exhaustive()
    }
}

impl Account {
    /// The account of this seed in a mock that is reached at `base`.
    #[must_use]
    pub fn new(seed: u64, base: String, config: Arc<Config>) -> Self {
        let credentials = Credentials::of_seed(seed).with_flows(&config.flows);
        let room = RwLock::new(Arc::new(Room::new(&credentials, seed, &base, &config)));
        let start = RwLock::default();
        let auth = Auth::new(&credentials);
        Self { credentials, seed, base, config, auth, journal: Arc::default(), room, start }
    }

    /// What its clients need to know.
    #[must_use]
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What links in its answers begin with.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Its clock. To put it ahead, see [`Self::advance`].
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.room().clock.clone()
    }

    /// What was asked of it lately.
    #[must_use]
    pub const fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// What it holds now.
    pub(crate) fn room(&self) -> Arc<Room> {
        self.room.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets time pass for it. Its clients notice at once.
    ///
    /// # Errors
    /// If the clock would be too far ahead.
    pub fn advance(&self, by: Duration) -> Result<(), TooFar> {
        let room = self.room();
        room.clock.advance(by)?;
        room.world.order(Order::LookAtClock);
        Ok(())
    }

    /// Puts these faults in the place of those there were; they count anew. Returns what those have done.
    pub fn plant(&self, faults: &[Fault]) -> Vec<Planted> {
        self.room().world.plant(faults)
    }

    /// Begins anew: as it was at its start, the clock and the journal included. Its clients are sent away.
    pub fn reset(&self) {
        let start = self.start.read().unwrap_or_else(PoisonError::into_inner).clone();
        // A state that was good once is good again.
        if start.is_none_or(|state| self.restore(&state).is_err()) {
            self.move_to(self.fresh());
        }
    }

    /// Begins anew with a state.
    ///
    /// # Errors
    /// If no world can be made of it; nothing is changed then.
    pub fn restore(&self, state: &State) -> Result<(), StateError> {
        let room = self.fresh();
        room.world.load(state, &self.credentials)?;
        self.move_to(room);
        Ok(())
    }

    /// Begins anew with a state, now and after each reset.
    ///
    /// # Errors
    /// If no world can be made of it; nothing is changed then.
    pub fn begin_with(&self, state: Arc<State>) -> Result<(), StateError> {
        self.restore(&state)?;
        *self.start.write().unwrap_or_else(PoisonError::into_inner) = Some(state);
        Ok(())
    }

    /// What it holds, as a document: to go back to.
    #[must_use]
    pub fn snapshot(&self) -> State {
        self.room().world.save()
    }

    fn fresh(&self) -> Room {
        Room::new(&self.credentials, self.seed, &self.base, &self.config)
    }

    fn move_to(&self, fresh: Room) {
        let old = {
            let mut room = self.room.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *room, Arc::new(fresh))
        };
        old.world.close();
        self.journal.clear();
    }
}

impl Room {
    fn new(credentials: &Credentials, seed: u64, base: &str, config: &Config) -> Self {
        let clock = Clock::start();
        let world = World::new(credentials, seed, base.to_owned(), clock.clone(), config.caps);
        for flow in config.flows.iter().cloned() {
            world.adopt_flow(flow, credentials);
        }
        world.plant(&config.faults);
        let guard = Guard::new(config, clock.clone(), world.faults().clone());
        Self { world: Arc::new(world), guard: Arc::new(guard), clock }
    }
}

/// Whose request it is.
pub(crate) struct Caller {
    pub(crate) account: Arc<Account>,
    with: With,
}

impl Caller {
    /// The SID that was given as the user: the account's or its key's.
    pub(crate) fn who(&self) -> &str {
        self.account.auth.user(self.with)
    }
}

/// Why there is no further account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAccount {
    /// One with this seed is there.
    Known(AccountSid),
    /// There are as many as may be.
    Full,
}

impl fmt::Display for NoAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(sid) => write!(f, "the account of this seed, {sid}, is there already"),
            Self::Full => write!(f, "the mock has {MOST} accounts and may have no more"),
        }
    }
}

impl std::error::Error for NoAccount {}

/// All accounts of a mock.
pub struct Accounts {
    first: Arc<Account>,
    others: RwLock<Others>,
}

#[derive(Default)]
struct Others {
    /// By the SID of the account and by that of its key.
    by_user: HashMap<String, Arc<Account>>,
    /// How many were ever made.
    made: u64,
}

impl Accounts {
    pub(crate) fn new(config: Arc<Config>, base: String) -> Self {
        let first = Arc::new(Account::new(config.seed, base, config));
        Self { first, others: RwLock::default() }
    }

    /// The one a mock begins with.
    #[must_use]
    pub const fn first(&self) -> &Arc<Account> {
        &self.first
    }

    fn read(&self) -> RwLockReadGuard<'_, Others> {
        self.others.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Others> {
        self.others.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose credentials a request carries.
    ///
    /// # Errors
    /// 401 if nobody's.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<Caller, Refused> {
        let given = auth::given(headers).ok_or_else(auth::refused)?;
        if let Some(with) = self.first.auth.knows(given) {
            return Ok(Caller { account: self.first.clone(), with });
        }
        let pair = Pair::of(given).ok_or_else(auth::refused)?;
        let named = pair.user().and_then(|user| self.read().by_user.get(user).cloned());
        let account = named.unwrap_or_else(|| self.first.clone());
        let with = account.auth.knows_pair(&pair).ok_or_else(auth::refused)?;
        Ok(Caller { account, with })
    }

    /// What is wrong with the credentials of a request that nobody admitted.
    pub(crate) fn why_not(&self, headers: &HeaderMap) -> String {
        let Credentials { account_sid, api_key_sid, .. } = &self.first.credentials;
        let Some(given) = auth::given(headers) else {
            return format!(
                "no credentials: send Basic ones, {account_sid} and the auth token, or an API key"
            );
        };
        let pair = Pair::of(given);
        let Some(user) = pair.as_ref().and_then(Pair::user) else {
            return "the credentials are no Basic ones".to_owned();
        };
        let known = [account_sid.to_string(), api_key_sid.to_string()].iter().any(|known| known == user);
        if !known && !self.read().by_user.contains_key(user) {
            // It may be a password in the wrong place: only what looks like a SID is told.
            let shown = wire::sid::prefix_of(user)
                .filter(|_| user.len() == wire::sid::LENGTH)
                .map_or("that", |_| user);
            return format!(
                "the mock has no account or key {shown}; it has {account_sid} with {api_key_sid}"
            );
        }
        let needs = if user.starts_with("AC") { "the account's auth token" } else { "the key's own secret" };
        format!("the password is wrong: {user} goes with {needs}")
    }

    /// Whose token it claims to be: to be verified there. The first account's if nobody's.
    pub(crate) fn of_token(&self, jwt: &str) -> Arc<Account> {
        let others = self.read();
        if others.by_user.is_empty() {
            return self.first.clone();
        }
        let known = |user: &str| others.by_user.get(user).cloned();
        let named = token::claimed_by(jwt).and_then(|who| known(&who.subject).or_else(|| known(&who.issuer)));
        named.unwrap_or_else(|| self.first.clone())
    }

    /// The account with this SID.
    #[must_use]
    pub fn find(&self, sid: AccountSid) -> Option<Arc<Account>> {
        if self.first.credentials.account_sid == sid {
            return Some(self.first.clone());
        }
        self.read().by_user.get(&*sid.text()).cloned()
    }

    /// All of them, the first one first, the others in the order of their SIDs.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Account>> {
        let mut others: Vec<_> = {
            let others = self.read();
            others.by_user.iter().filter(|(user, _)| user.starts_with("AC")).map(|(_, a)| a.clone()).collect()
        };
        others.sort_unstable_by_key(|account| account.credentials.account_sid);
        [vec![self.first.clone()], others].concat()
    }

    /// Makes another account: of this seed, or of the next one that the first account's seed leads to.
    ///
    /// # Errors
    /// If there is one of this seed, or there are as many as may be.
    pub fn add(&self, seed: Option<u64>) -> Result<Arc<Account>, NoAccount> {
        let Account { base, config, .. } = &*self.first;
        let mut others = self.write();
        if others.by_user.len() / 2 + 1 >= MOST {
            return Err(NoAccount::Full);
        }
        let seed = seed.unwrap_or_else(|| {
            others.made += 1;
            seed_of(config.seed, others.made)
        });
        let account = Arc::new(Account::new(seed, base.clone(), config.clone()));
        let Credentials { account_sid, api_key_sid, .. } = account.credentials;
        if account_sid == self.first.credentials.account_sid
            || others.by_user.contains_key(&*account_sid.text())
        {
            return Err(NoAccount::Known(account_sid));
        }
        for user in [account_sid.to_string(), api_key_sid.to_string()] {
            others.by_user.insert(user, account.clone());
        }
        Ok(account)
    }

    /// Takes an account away; its clients are sent away. `false` if there is none, or it is the first.
    pub fn remove(&self, sid: AccountSid) -> bool {
        let removed = {
            let mut others = self.write();
            let removed = others.by_user.remove(&*sid.text());
            removed.inspect(|account| {
                others.by_user.remove(&*account.credentials.api_key_sid.text());
            })
        };
        if let Some(account) = &removed {
            account.room().world.close();
        }
        removed.is_some()
    }
}

/// The seed of the `nth` account made in a mock of this seed: a SID's digits look random and do not repeat.
fn seed_of(seed: u64, nth: u64) -> u64 {
    let bytes = AccountSid::mock(seed, nth).bytes();
    bytes[8..].iter().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::AUTHORIZATION;
    use wire::secret::Secret;

    use super::*;

    fn accounts() -> Accounts {
        Accounts::new(Arc::new(Config::default()), "http://127.0.0.1:1".to_owned())
    }

    fn admitted(accounts: &Accounts, user: &str, password: &Secret) -> Option<AccountSid> {
        use base64::Engine as _;
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{}", password.expose()));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Basic {pair}")).unwrap());
        accounts.admit(&headers).ok().map(|caller| caller.account.credentials.account_sid)
    }

    #[test]
    fn each_account_is_known_by_its_own_credentials_alone() {
        let accounts = accounts();
        let other = accounts.add(None).unwrap();
        for account in [accounts.first(), &other] {
            let of = account.credentials();
            let sid = Some(of.account_sid);
            assert_eq!(admitted(&accounts, &of.account_sid.text(), &of.auth_token), sid);
            assert_eq!(admitted(&accounts, &of.api_key_sid.text(), &of.api_key_secret), sid);
            assert_eq!(admitted(&accounts, &of.api_key_sid.text(), &of.auth_token), None);
        }
        let (first, other) = (accounts.first().credentials(), other.credentials());
        assert_eq!(admitted(&accounts, &first.account_sid.text(), &other.auth_token), None);
        assert_eq!(admitted(&accounts, &other.account_sid.text(), &first.auth_token), None);
    }

    #[test]
    fn an_account_that_was_taken_away_is_known_no_longer() {
        let accounts = accounts();
        let other = accounts.add(Some(77)).unwrap();
        let of = other.credentials().clone();
        assert_eq!(accounts.add(Some(77)).unwrap_err(), NoAccount::Known(of.account_sid));
        assert_eq!(accounts.all().len(), 2);
        assert!(accounts.remove(of.account_sid));
        assert!(!accounts.remove(of.account_sid));
        assert!(!accounts.remove(accounts.first().credentials().account_sid));
        assert_eq!(admitted(&accounts, &of.api_key_sid.text(), &of.api_key_secret), None);
        assert_eq!(accounts.all().len(), 1);
    }

    #[test]
    fn there_are_only_so_many() {
        let accounts = accounts();
        let made = (0..MOST + 5).take_while(|_| accounts.add(None).is_ok()).count();
        assert_eq!((made, accounts.all().len()), (MOST - 1, MOST));
    }
}
