//! One step's turn: what it is given besides the customer.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use crate::actor::backend::Pooled;
use crate::actor::customer::Customer;
use crate::record::PartId;
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
}

impl Turn<'_> {
    /// What a call of the backend is given that needs a connection of its pool.
    pub(super) fn pooled(&self) -> Pooled<'_> {
        Pooled { due: self.due, deadline: self.deadline, waited: &self.pool_wait }
    }

    /// The template's text for this customer at this step.
    pub(super) fn text(&self, template: &Template, customer: &Customer) -> String {
        self.with_scope(customer, |scope, out| template.render(scope, out))
    }

    /// The JSON text for this customer at this step.
    pub(super) fn json(&self, template: &JsonTemplate, customer: &Customer) -> String {
        self.with_scope(customer, |scope, out| template.render(scope, out))
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
