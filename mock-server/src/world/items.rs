//! Which items of a Sync object are asked for, and the pages they come in.

use std::borrow::Cow;
use std::ops::Range;

/// Items in a page unless asked otherwise, and at most.
const PAGE: usize = 50;
const LARGEST_PAGE: usize = 100;

/// Which items are asked for.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(crate) struct ItemQuery<'a> {
    /// Just this one.
    pub(crate) key: Option<Cow<'a, str>>,
    /// This one and what comes after it.
    pub(crate) from: Option<Cow<'a, str>>,
    pub(crate) page_size: Option<usize>,
    pub(crate) descending: bool,
}

/// Where a key stands among the items.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// There.
    At(usize),
    /// Nowhere; so many come before it.
    Before(usize),
}

/// A page's first item in the order asked for, and how many the page may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) position: usize,
    pub(super) size: usize,
}

/// A part of the items, and the pages next to it on either side in the order asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    pub(super) next: Option<Start>,
    pub(super) previous: Option<Start>,
}

impl ItemQuery<'_> {
    /// The page a token stands for. A token says all there is to say: whoever follows one sends nothing else.
    pub(crate) fn of_token(token: &str) -> Option<Self> {
        let (how, from) = token.split_once('.')?;
        let descending = how.starts_with('d');
        let size = how.strip_prefix(['a', 'd'])?.parse().ok()?;
        let from = Some(Cow::Owned(from.to_owned()));
        Some(Self { key: None, from, page_size: Some(size), descending })
    }

    /// The token of the page of `size` items in this query's order that begins with `key`.
    pub(super) fn token(&self, size: usize, key: &str) -> String {
        format!("{}{size}.{key}", if self.descending { 'd' } else { 'a' })
    }

    pub(super) fn size(&self) -> usize {
        self.page_size.unwrap_or(PAGE).clamp(1, LARGEST_PAGE)
    }

    /// A page that ends after `count` items, because more would be too large.
    pub(super) fn cut_short(&self, cut: &mut Cut, count: usize) {
        let (range, size) = (&mut cut.range, self.size());
        if count >= range.len() {
            return;
        }
        let position = if self.descending {
            range.start = range.end - count;
            range.start - 1
        } else {
            range.end = range.start + count;
            range.end
        };
        cut.next = Some(Start { position, size });
    }

    /// The page asked for of `length` items.
    pub(super) fn cut(&self, length: usize, place: impl Fn(&str) -> Place) -> Cut {
        if let Some(key) = &self.key {
            let range = match place(key) {
                Place::At(position) => position..position + 1,
                Place::Before(_) => 0..0,
            };
            return Cut { range, next: None, previous: None };
        }
        let from = self.from.as_deref().map(place);
        if self.descending { self.cut_down(length, from) } else { self.cut_up(length, from) }
    }

    fn cut_up(&self, length: usize, from: Option<Place>) -> Cut {
        let start = match from {
            None => 0,
            Some(Place::At(position) | Place::Before(position)) => position,
        };
        let size = self.size();
        let end = length.min(start + size);
        let before = size.min(start);
        Cut {
            range: start..end,
            next: (end < length).then_some(Start { position: end, size }),
            previous: (before > 0).then(|| Start { position: start - before, size: before }),
        }
    }

    fn cut_down(&self, length: usize, from: Option<Place>) -> Cut {
        let end = match from {
            None => length,
            Some(Place::At(position)) => position + 1,
            Some(Place::Before(position)) => position,
        };
        let size = self.size();
        let start = end.saturating_sub(size);
        let above = size.min(length - end);
        Cut {
            range: start..end,
            next: start.checked_sub(1).map(|position| Start { position, size }),
            previous: (above > 0).then(|| Start { position: end + above - 1, size: above }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows tokens from the first page on, as a client does that knows nothing else.
    fn walk(length: usize, first: ItemQuery<'static>) -> Vec<Vec<usize>> {
        let place = |key: &str| Place::At(key.parse().unwrap());
        let mut pages = Vec::new();
        let mut query = first;
        loop {
            let cut = query.cut(length, place);
            let mut page: Vec<usize> = cut.range.clone().collect();
            if query.descending {
                page.reverse();
            }
            pages.push(page);
            let Some(next) = cut.next else { break };
            let token = query.token(next.size, &next.position.to_string());
            query = ItemQuery::of_token(&token).unwrap();
            let back = query.cut(length, place).previous.unwrap();
            let before = pages.last().unwrap();
            assert_eq!((back.position, back.size), (before[0], before.len()), "the way back from {token}");
        }
        pages
    }

    #[test]
    fn tokens_keep_order_and_size() {
        let up = ItemQuery { page_size: Some(3), ..ItemQuery::default() };
        assert_eq!(walk(7, up.clone()), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        assert_eq!(walk(7, ItemQuery { descending: true, ..up }), [vec![6, 5, 4], vec![3, 2, 1], vec![0]]);
        assert_eq!(walk(0, ItemQuery::default()), [Vec::<usize>::new()]);
        assert_eq!(walk(50, ItemQuery::default()).len(), 1);
        assert_eq!(walk(51, ItemQuery::default()).len(), 2);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for wrong in ["", "7", "d.7", "x3.7", "dd3.7", "a-1.7"] {
            assert_eq!(ItemQuery::of_token(wrong), None, "{wrong}");
        }
    }
}
