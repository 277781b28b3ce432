//! The scenario's journeys with the address of every histogram filled in: made once, shared by all workers.

use std::sync::Arc;
use std::time::Duration;

use crate::actor::AgentSteps;
use crate::record::{Catalog, Milestone, Milestones, PartId, StepId};
use crate::scenario::{Poll, Scenario, Transport, metric};
use crate::step::{OnError, Step, Way};
use crate::value::Distribution;

/// The journey agents' own steps are filed under.
const AGENTS: &str = "agents";

/// Everything a run measures and does.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) journeys: Vec<Journey>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) agents: AgentSteps,
    pub(super) agent_wait: PartId,
    pub(super) pool_wait: PartId,
}

/// One way through a chat.
#[derive(Debug)]
pub(super) struct Journey {
    pub(super) way: Way,
    pub(super) nodes: Vec<Node>,
    /// What a customer who is turned away failed at: its first measured step.
    pub(super) first: Option<StepId>,
    /// How far it leads.
    pub(super) milestones: Milestones,
}

/// A step, or a pause, or steps within a step.
#[derive(Debug)]
pub(super) enum Node {
    Do(Box<Measured>),
    Think(Distribution),
    Pace(Duration),
    Repeat { times: u32, nodes: Vec<Node> },
    OneOf { weights: Vec<u32>, branches: Vec<Vec<Node>> },
}

/// A step that is measured.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) step: Step,
    pub(super) id: StepId,
    pub(super) parts: Arc<[PartId]>,
    pub(super) timeout: Duration,
    pub(super) on_error: OnError,
}

impl Program {
    /// Gives every step and part of the scenario its id.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut catalog = Catalog::new();
        let has_agents = scenario.agents.as_ref().is_some_and(|agents| agents.count > 0);
        let journeys = scenario
            .journeys
            .iter()
            .map(|journey| {
                let mut compiler = Compiler {
                    catalog: &mut catalog,
                    journey: journey.name.as_str(),
                    transport: &journey.transport,
                    agents: scenario.agents.is_some(),
                };
                let nodes = compiler.nodes(&journey.steps);
                let mut milestones = Milestones::default();
                note_milestones(&nodes, has_agents, &mut milestones);
                Journey { way: way(&journey.transport), first: first(&nodes), milestones, nodes }
            })
            .collect();
        let [join, reply, wrap_up] = metric::AGENT_STEPS.map(|step| catalog.step(AGENTS, step));
        let agents = AgentSteps { join, reply, wrap_up };
        let (agent_wait, pool_wait) = (catalog.wait(metric::AGENT_WAIT), catalog.wait(metric::POOL_WAIT));
        Self { journeys, catalog: Arc::new(catalog), agents, agent_wait, pool_wait }
    }
}

struct Compiler<'a> {
    catalog: &'a mut Catalog,
    journey: &'a str,
    transport: &'a Transport,
    /// Whether agents of ours answer.
    agents: bool,
}

impl Compiler<'_> {
    fn nodes(&mut self, steps: &[Step]) -> Vec<Node> {
        steps.iter().map(|step| self.node(step)).collect()
    }

    fn node(&mut self, step: &Step) -> Node {
        match step {
            Step::Think(think) => Node::Think(think.0.clone()),
            Step::Pace(pace) => Node::Pace(pace.every.duration()),
            Step::Repeat(repeat) => Node::Repeat { times: repeat.times, nodes: self.nodes(&repeat.steps) },
            Step::OneOf(one_of) => Node::OneOf {
                weights: one_of.0.iter().map(|branch| branch.weight).collect(),
                branches: one_of.0.iter().map(|branch| self.nodes(&branch.steps)).collect(),
            },
            Step::MintToken(_)
            | Step::Connect(_)
            | Step::OpenChannel(_)
            | Step::History(_)
            | Step::SendMessage(_)
            | Step::AwaitReply(_)
            | Step::Typing(_)
            | Step::MarkRead(_)
            | Step::Disconnect(_)
            | Step::Reconnect(_)
            | Step::Leave(_) => self.measured(step),
        }
    }

    fn measured(&mut self, step: &Step) -> Node {
        let id = self.catalog.step(self.journey, step.name().unwrap_or(step.kind()));
        let parts = metric::parts(step, self.transport, self.agents)
            .into_iter()
            .map(|part| self.catalog.part(id, part))
            .collect();
        let (timeout, on_error) =
            step.options().map_or((crate::step::options::DEFAULT_TIMEOUT, OnError::default()), |options| {
                (options.timeout, options.on_error)
            });
        Node::Do(Box::new(Measured { step: step.clone(), id, parts, timeout: timeout.duration(), on_error }))
    }
}

fn way(transport: &Transport) -> Way {
    match transport {
        Transport::Sdk => Way::Sdk,
        Transport::Backend(backend) => Way::Backend {
            poll: match backend.poll {
                Poll::Every(every) => Some(every.duration()),
                Poll::Off => None,
            },
        },
    }
}

/// Notes what a customer comes to on its way through the nodes, on all branches.
fn note_milestones(nodes: &[Node], has_agents: bool, on_the_way: &mut Milestones) {
    for node in nodes {
        match node {
            Node::Do(measured) => {
                let milestone = match &measured.step {
                    Step::MintToken(_) => Milestone::Token,
                    Step::Connect(_) => Milestone::Login,
                    Step::OpenChannel(_) => Milestone::Channel,
                    Step::SendMessage(_) => Milestone::FirstMessage,
                    Step::AwaitReply(_) => Milestone::FirstReply,
                    _ => continue,
                };
                on_the_way.insert(milestone);
                if milestone == Milestone::Channel && has_agents {
                    on_the_way.insert(Milestone::Agent);
                }
            }
            Node::Repeat { nodes, .. } => note_milestones(nodes, has_agents, on_the_way),
            Node::OneOf { branches, .. } => {
                branches.iter().for_each(|nodes| note_milestones(nodes, has_agents, on_the_way));
            }
            Node::Think(_) | Node::Pace(_) => {}
        }
    }
}

/// The first measured step on any way through the nodes.
fn first(nodes: &[Node]) -> Option<StepId> {
    nodes.iter().find_map(|node| match node {
        Node::Do(measured) => Some(measured.id),
        Node::Repeat { nodes, .. } => first(nodes),
        Node::OneOf { branches, .. } => branches.iter().find_map(|nodes| first(nodes)),
        Node::Think(_) | Node::Pace(_) => None,
    })
}
