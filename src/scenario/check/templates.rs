//! Every variable that a template names must be there.

use super::super::Journey;
use super::super::customers::People;
use super::super::file::File;
use super::{Findings, each_step, helped};
use crate::step::Step;
use crate::value::template::Use;
use crate::value::{JsonTemplate, Template, Variable, Vars, suggest};

/// What there is where a template stands.
#[derive(Clone, Copy)]
struct There<'a> {
    vars: &'a Vars,
    /// The columns of the customers' file; `None` when there is no file.
    columns: Option<&'a [Box<str>]>,
    /// Inside a `repeat`.
    in_loop: bool,
    /// The identity is known.
    identity: bool,
}

pub(super) fn check(
    file: &File,
    people: Option<&People>,
    journeys: &[Journey],
    roots: &[String],
    findings: &mut Findings<'_>,
) {
    let columns = people.and_then(|people| people.file.as_ref()).map(|file| &*file.columns);
    let there = There { vars: &file.vars, columns, in_loop: false, identity: true };
    if let Some(identity) = &file.customers.identity {
        template(identity, "customers.identity", There { identity: false, ..there }, findings);
    }
    for (journey, root) in journeys.iter().zip(roots) {
        each_step(&journey.steps, root, &mut |step, path| {
            let there = There { in_loop: path.contains(".repeat."), ..there };
            self::step(step, &format!("{path}.{}", step.kind()), there, findings);
        });
    }
}

fn step(step: &Step, path: &str, there: There<'_>, findings: &mut Findings<'_>) {
    let mut text = |field: &str, written: Option<&Template>| {
        if let Some(written) = written {
            template(written, &format!("{path}.{field}"), there, findings);
        }
    };
    match step {
        Step::MintToken(mint) => text("from.url", mint.from.as_ref().map(|from| &from.url)),
        Step::OpenChannel(open) => {
            text("friendly_name", open.friendly_name.as_ref());
            text("user_friendly_name", open.user_friendly_name.as_ref());
            text("target", open.target.as_ref());
            text("unique_name", open.unique_name.as_ref());
            text("from.url", open.from.as_ref().map(|from| &from.url));
            json(open.pre_engagement.as_ref(), &format!("{path}.pre_engagement"), there, findings);
            json(open.task_attributes.as_ref(), &format!("{path}.task_attributes"), there, findings);
        }
        Step::SendMessage(send) => {
            text("body", send.body.as_ref());
            json(send.attributes.as_ref(), &format!("{path}.attributes"), there, findings);
        }
        _ => {}
    }
}

fn template(written: &Template, path: &str, there: There<'_>, findings: &mut Findings<'_>) {
    for used in written.variables() {
        if let Some((message, help)) = missing(used, there) {
            let diagnostic = findings.source.at_part(path, written.source(), &used.at, message);
            findings.error(helped(diagnostic, help));
        }
    }
}

fn json(written: Option<&JsonTemplate>, path: &str, there: There<'_>, findings: &mut Findings<'_>) {
    for used in written.into_iter().flat_map(JsonTemplate::variables) {
        if let Some((message, help)) = missing(used, there) {
            findings.at(path, message, help);
        }
    }
}

fn missing(used: &Use, there: There<'_>) -> Option<(String, String)> {
    let variable = &used.variable;
    let undefined = format!("undefined variable `{variable}`");
    let nearest = |name: &str, known: Vec<&str>, prefix: &str, what: &str| {
        let help = match suggest::nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{prefix}{meant}`?"),
            None => format!("{what} {}", suggest::list(known)),
        };
        Some((undefined.clone(), help))
    };
    match variable {
        Variable::Var(name) if !there.vars.contains_key(&**name) => {
            nearest(name, there.vars.keys().map(String::as_str).collect(), "vars.", "`vars` has")
        }
        Variable::CustomerRow(column) => match there.columns {
            None => Some((
                undefined,
                "customers come from no file: add `from: FILE.csv` to `customers`".to_owned(),
            )),
            Some(columns) if columns.iter().all(|known| known != column) => nearest(
                column,
                columns.iter().map(|c| &**c).collect(),
                "customer.row.",
                "the file has the columns",
            ),
            Some(_) => None,
        },
        Variable::LoopIndex if !there.in_loop => {
            Some((undefined, "`loop.index` is there inside a `repeat` only".to_owned()))
        }
        Variable::CustomerIdentity if !there.identity => {
            Some((undefined, "the identity cannot name itself; did you mean `customer.index`?".to_owned()))
        }
        Variable::Var(_)
        | Variable::LoopIndex
        | Variable::CustomerIdentity
        | Variable::CustomerIndex
        | Variable::RunId => None,
    }
}
