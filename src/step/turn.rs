//! One step's turn: what it is given besides the customer.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use crate::actor::backend::Pooled;
use crate::actor::customer::Customer;
use crate::record::{PartId, Recorder};
use crate::value::{Columns, JsonTemplate, Scope, Template};

/// How a customer's messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over the Chat SDK's wire, from a device of the customer's own.
    Sdk,
    /// Through the backend, which asks for replies this often; `None`: never.
    Backend {
        /// How long after one answer it asks again.
        poll: Option<Duration>,
    },
}

/// What a step is given besides the customer.
pub struct Turn<'a> {
    /// When it was due.
    pub due: Instant,
    /// When it counts as timed out.
    pub deadline: Instant,
    /// Where its single values are recorded, in the order the metric catalogue names them.
    pub parts: &'a [PartId],
    /// How messages travel in this journey.
    pub way: Way,
    /// The customer's row, when the customers come from a file.
    pub row: Option<&'a dyn Columns>,
    /// Which customer's turn it is.
    pub customer: u32,
    /// The round of the innermost `repeat`, from 1.
    pub round: u32,
    /// How long it has waited for connections of the backend's pool so far.
    pub pool_wait: Cell<Duration>,
    /// What of it is over, in case that it never comes to its end.
    pub over: &'a PartsOver,
}

/// The most parts a step has: `connect`.
const MOST_PARTS: usize = 5;

/// How long those parts of a step took that were over before the step was.
#[derive(Debug, Default)]
pub struct PartsOver(Cell<[Option<Duration>; MOST_PARTS]>);

impl PartsOver {
    /// A part is over; `None`: it is not, after all, but begun anew.
    pub fn note(&self, index: usize, took: Option<Duration>) {
        let mut over = self.0.get();
        if let Some(part) = over.get_mut(index) {
            *part = took;
        }
        self.0.set(over);
    }

    /// Records the parts of a step that was given up `at_least` after it was due: what was over took as long as it
    /// took, the one it was given up in and those it never came to failed with it.
    pub fn give_up(&self, parts: &[PartId], due: Instant, at_least: Duration, recorder: &mut Recorder) {
        let over = self.0.get();
        for (index, part) in parts.iter().enumerate() {
            match over.get(index).copied().flatten() {
                Some(took) => recorder.part(*part, due, took),
                None => recorder.part_failed(*part, due, at_least),
            }
        }
    }
}

/// A part of a step that has begun. Waits for the backend's pool are no time of the target's, so they are not its.
pub(super) struct Begun<'a> {
    began: Instant,
    waited: Duration,
    pool_wait: &'a Cell<Duration>,
}

impl Begun<'_> {
    /// How long it took, if it is over now.
    pub(super) fn took(&self) -> Duration {
        self.took_until(Instant::now())
    }

    /// How long it took, if it was over `at` that moment.
    pub(super) fn took_until(&self, at: Instant) -> Duration {
        let waited = self.pool_wait.get().saturating_sub(self.waited);
        at.saturating_duration_since(self.began).saturating_sub(waited)
    }
}

impl Turn<'_> {
    /// What a call of the backend is given that needs a connection of its pool.
    pub(super) fn pooled(&self) -> Pooled<'_> {
        Pooled { due: self.due, deadline: self.deadline, waited: &self.pool_wait }
    }

    /// A part begins.
    pub(super) fn begin(&self) -> Begun<'_> {
        Begun { began: Instant::now(), waited: self.pool_wait.get(), pool_wait: &self.pool_wait }
    }

    /// The template's text for this customer at this step.
    pub(super) fn text(&self, template: &Template, customer: &Customer) -> String {
        self.with_scope(customer, |scope, out| template.render(scope, out))
    }

    /// The JSON text for this customer at this step.
    pub(super) fn json(&self, template: &JsonTemplate, customer: &Customer) -> String {
        self.with_scope(customer, |scope, out| template.render(scope, out))
    }

    /// Records the step's single values when it failed: those that were over, and those that failed with it.
    pub(super) fn give_up(&self, customer: &Customer) {
        let mut recorder = customer.context().recorder.borrow_mut();
        self.over.give_up(self.parts, self.due, self.due.elapsed(), &mut recorder);
    }

    fn with_scope(&self, customer: &Customer, render: impl FnOnce(&Scope<'_>, &mut String)) -> String {
        let scope = Scope {
            customer_index: u64::from(self.customer),
            identity: customer.identity(),
            row: self.row,
            loop_index: self.round,
            run_id: &customer.context().run_id,
            vars: &customer.context().vars,
        };
        let mut text = String::new();
        render(&scope, &mut text);
        text
    }

    /// Records one of the step's single values.
    pub(super) fn part(&self, customer: &Customer, index: usize, took: Duration) {
        if let Some(part) = self.parts.get(index) {
            customer.context().recorder.borrow_mut().part(*part, self.due, took);
        }
    }

    /// Records that one of the step's single values was given up.
    pub(super) fn part_failed(&self, customer: &Customer, index: usize, at_least: Duration) {
        if let Some(part) = self.parts.get(index) {
            customer.context().recorder.borrow_mut().part_failed(*part, self.due, at_least);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::{Catalog, Collector, Observed, Phase, Timeline};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_was_over_when_a_step_was_given_up_keeps_its_time_and_the_rest_failed() {
        let mut catalog = Catalog::new();
        let connect = catalog.step("main", "connect");
        let parts = ["dns", "tcp", "tls", "init", "ready"].map(|part| catalog.part(connect, part));
        let (due, catalog) = (Instant::now(), Arc::new(catalog));
        let timeline = Timeline::new(due, [(Phase::Steady, SECOND)]);
        let mut recorder = Recorder::new(Arc::clone(&catalog), timeline);
        let over = PartsOver::default();
        [0, 1, 2, 3].into_iter().for_each(|part| over.note(part, Some(SECOND)));
        // The connection was lost, the next one came as far as TLS.
        over.note(3, None);
        // As often as a median needs.
        (0..5).for_each(|_| over.give_up(&parts, due, SECOND * 9, &mut recorder));
        let (hlog, seconds) = (Box::new(std::io::sink()), Box::new(std::io::sink()));
        let mut collector = Collector::new(catalog, Duration::ZERO, hlog, seconds);
        collector.merge(&mut recorder.snapshot());
        let summary = collector.finish(SECOND);
        let failed = ["dns", "tcp", "tls", "init", "ready"]
            .map(|part| summary.metric(&format!("connect.{part}.p50")) == Some(Observed::Failed));
        assert_eq!(failed, [false, false, false, true, true]);
        let Some(Observed::Time(tcp)) = summary.metric("connect.tcp.p50") else { panic!("no time") };
        assert!(tcp < SECOND * 2, "{tcp:?}");
    }

    #[test]
    fn the_wait_for_the_pool_is_no_part_of_a_part() {
        let pool_wait = Cell::new(SECOND);
        let began = Instant::now();
        let begun = Begun { began, waited: pool_wait.get(), pool_wait: &pool_wait };
        assert_eq!(begun.took_until(began + SECOND * 5), SECOND * 5);
        pool_wait.set(SECOND * 3);
        assert_eq!(begun.took_until(began + SECOND * 5), SECOND * 3);
        assert_eq!(begun.took_until(began), Duration::ZERO);
    }
}
