//! Lists by pages: a page costs what it holds, never what the world holds.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use super::lock;

/// Where a page ends: the key of its last item. Opaque to clients, `PA` and 32 hex digits in page tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cursor(pub(crate) u128);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PA{:032x}", self.0)
    }
}

/// Some text was not a page token of this mock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let is_key =
            |digits: &&str| digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let digits = text.strip_prefix("PA").filter(is_key).ok_or(BadCursor)?;
        u128::from_str_radix(digits, 16).map(Self).map_err(|_| BadCursor)
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// At most so many items.
    pub size: usize,
    /// Only what comes after this point; from the start without.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The first `size` items.
    #[must_use]
    pub const fn first(size: usize) -> Self {
        Self { size, after: None }
    }
}

/// Part of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// Its items, in order.
    pub items: Vec<T>,
    /// Where the next page starts, if there is more.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts a page off `rest`, which starts behind the request's cursor.
    pub(crate) fn cut<K: Into<u128>, R>(
        size: usize,
        rest: impl IntoIterator<Item = (K, R)>,
        mut view: impl FnMut(R) -> T,
    ) -> Self {
        let mut rest = rest.into_iter();
        let mut items = Vec::new();
        let mut last = None;
        for (key, item) in rest.by_ref().take(size.max(1)) {
            last = Some(Cursor(key.into()));
            items.push(view(item));
        }
        let next = last.filter(|_| rest.next().is_some());
        Self { items, next }
    }

    /// The same page, each item seen through `view`.
    pub(crate) fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(view).collect(), next: self.next }
    }
}

/// Things in the order they were made, for listing; never touched by messages.
///
/// One lock: it is held for one insertion, one removal, or the cloning of one page of handles.
pub(crate) struct Ordered<T>(Mutex<BTreeMap<u64, Arc<T>>>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Ordered<T> {
    pub(crate) fn insert(&self, nth: u64, item: Arc<T>) {
        lock(&self.0).insert(nth, item);
    }

    pub(crate) fn remove(&self, nth: u64) {
        lock(&self.0).remove(&nth);
    }

    pub(crate) fn page(&self, request: PageRequest) -> Page<Arc<T>> {
        let all = lock(&self.0);
        let rest = all.range((after(request), Bound::Unbounded)).map(|(nth, item)| (*nth, item));
        Page::cut(request.size, rest, |item: &Arc<T>| item.clone())
    }
}

/// Two lists as one, in the order things were made.
pub(crate) fn merged<T>(one: &Ordered<T>, other: &Ordered<T>, request: PageRequest) -> Page<Arc<T>> {
    let (one, other) = (lock(&one.0), lock(&other.0));
    let range = (after(request), Bound::Unbounded);
    let mut left = one.range(range).peekable();
    let mut right = other.range(range).peekable();
    let both = std::iter::from_fn(|| match (left.peek(), right.peek()) {
        (Some((a, _)), Some((b, _))) if a < b => left.next(),
        (Some(_), None) => left.next(),
        _ => right.next(),
    });
    let both = both.map(|(nth, item)| (*nth, item));
    Page::cut(request.size, both, |item: &Arc<T>| item.clone())
}

fn after(request: PageRequest) -> Bound<u64> {
    match request.after {
        None => Bound::Unbounded,
        Some(Cursor(key)) => Bound::Excluded(u64::try_from(key).unwrap_or(u64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(pages: impl Fn(PageRequest) -> Page<Arc<u64>>) -> Vec<u64> {
        let mut seen = Vec::new();
        let mut request = PageRequest::first(3);
        loop {
            let page = pages(request);
            seen.extend(page.items.iter().map(|item| **item));
            match page.next {
                Some(next) => request.after = Some(next.to_string().parse().unwrap()),
                None => return seen,
            }
        }
    }

    #[test]
    fn pages_join_to_the_whole_list() {
        let list = Ordered::default();
        for nth in 0..10 {
            list.insert(nth, Arc::new(nth));
        }
        assert_eq!(walk(|request| list.page(request)), (0..10).collect::<Vec<_>>());
        assert_eq!(list.page(PageRequest::first(10)).next, None);
    }

    #[test]
    fn two_lists_are_read_as_one() {
        let (even, odd) = (Ordered::default(), Ordered::default());
        for nth in 0..11 {
            if nth % 2 == 0 { even.insert(nth, Arc::new(nth)) } else { odd.insert(nth, Arc::new(nth)) }
        }
        assert_eq!(walk(|request| merged(&even, &odd, request)), (0..11).collect::<Vec<_>>());
    }

    #[test]
    fn a_token_of_another_kind_is_refused() {
        assert_eq!("PB00".parse::<Cursor>(), Err(BadCursor));
        assert_eq!("PA+0000000000000000000000000000001".parse::<Cursor>(), Err(BadCursor));
    }
}
