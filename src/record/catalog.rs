//! The names a run measures, turned into small integers once.

/// A step of a journey: the address of its three histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub(super) u32);

/// A single value with a histogram of its own: a part of a step, or a wait of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub(super) u32);

impl StepId {
    /// Its place in the catalogue.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl PartId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a step is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepName {
    /// The journey it is part of.
    pub journey: String,
    /// Its `id`, or the step's own name.
    pub step: String,
}

/// What a part is called, and the step it is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartName {
    /// The step, or `None` for a value of the whole run such as `pool_wait`.
    pub step: Option<StepId>,
    /// Its own name.
    pub part: String,
}

/// All steps and parts of one run, built from the scenario before the first sample.
///
/// Asking twice for the same name gives the same id, so that a step written twice in a journey is measured
/// as one.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    steps: Vec<StepName>,
    parts: Vec<PartName>,
}

impl Catalog {
    /// A catalogue without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of a step, made when it is new.
    pub fn step(&mut self, journey: &str, step: &str) -> StepId {
        let found = self.steps.iter().position(|name| name.journey == journey && name.step == step);
        let index = found.unwrap_or_else(|| {
            self.steps.push(StepName { journey: journey.to_owned(), step: step.to_owned() });
            self.steps.len() - 1
        });
        StepId(index_of(index))
    }

    /// The id of a part of a step (`connect.tls`), made when it is new.
    pub fn part(&mut self, step: StepId, part: &str) -> PartId {
        self.part_of(Some(step), part)
    }

    /// The id of a value of the whole run (`agent_wait`), made when it is new.
    pub fn wait(&mut self, name: &str) -> PartId {
        self.part_of(None, name)
    }

    fn part_of(&mut self, step: Option<StepId>, part: &str) -> PartId {
        let found = self.parts.iter().position(|name| name.step == step && name.part == part);
        let index = found.unwrap_or_else(|| {
            self.parts.push(PartName { step, part: part.to_owned() });
            self.parts.len() - 1
        });
        PartId(index_of(index))
    }

    /// Every step in the order it was named.
    pub fn steps(&self) -> impl Iterator<Item = (StepId, &StepName)> {
        self.steps.iter().enumerate().map(|(index, name)| (StepId(index_of(index)), name))
    }

    /// Every part in the order it was named.
    pub fn parts(&self) -> impl Iterator<Item = (PartId, &PartName)> {
        self.parts.iter().enumerate().map(|(index, name)| (PartId(index_of(index)), name))
    }

    /// A step's names; `None` for an id of another catalogue.
    pub fn step_name(&self, step: StepId) -> Option<&StepName> {
        self.steps.get(step.index())
    }

    /// A step's own name, with its journey in front where another journey has a step of that name.
    pub fn unambiguous_name(&self, step: StepId) -> String {
        let Some(StepName { journey, step: name }) = self.step_name(step) else { return String::new() };
        if self.steps.iter().any(|other| other.step == *name && other.journey != *journey) {
            format!("{journey}/{name}")
        } else {
            name.clone()
        }
    }

    /// A part's names; `None` for an id of another catalogue.
    pub(super) fn part_name(&self, part: PartId) -> Option<&PartName> {
        self.parts.get(part.index())
    }

    pub(super) fn step_count(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn part_count(&self) -> usize {
        self.parts.len()
    }
}

/// A scenario file is at most 1 MiB, so its names never come near this bound.
fn index_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_id() {
        let mut catalog = Catalog::new();
        let send = catalog.step("main", "send_message");
        assert_eq!(catalog.step("main", "send_message"), send);
        assert_ne!(catalog.step("vip", "send_message"), send);
        let echo = catalog.part(send, "echo");
        assert_eq!(catalog.part(send, "echo"), echo);
        assert_ne!(catalog.wait("echo"), echo);
        assert_eq!(catalog.steps().count(), 2);
        assert_eq!(catalog.parts().count(), 2);
    }
}
