"""Hooks for schemathesis: valid requests to vary, and what Twilio's documents leave unsaid.

FLEXLOAD_SEEDS names a file of valid requests, `{operation: [{"path": {}, "form": {}}]}`, each of things made for it;
FLEXLOAD_ANSWERED one to which the statuses each operation answered with are written at the end.
"""

import atexit
import collections
import itertools
import json
import os
import re

import schemathesis
from schemathesis.core.parameters import ParameterLocation

with open(os.environ["FLEXLOAD_SEEDS"], encoding="utf-8") as file:
    SEEDS = json.load(file)

ANSWERED = collections.defaultdict(collections.Counter)

# What is put into a request, by turns: what its path names; all of a valid request's parameters too; nothing at all,
# so that it names what was generated, most often nothing that is there.
TURNS = collections.defaultdict(lambda: itertools.cycle(("path", "everything", "nothing")))
NEXT = {operation: itertools.cycle(seeds) for operation, seeds in SEEDS.items()}

# Constraints of the documents that are taken out, and why.
CLAMPED = "taken for the nearest that is allowed, since the helper libraries ask for up to 1000 anywhere"
TAKEN_OUT = {("PageSize", "minimum"): CLAMPED, ("PageSize", "maximum"): CLAMPED}
UNDECLARED = "the documents do not forbid parameters of other names, and Twilio ignores them"

ENVELOPE = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer", "minimum": 10000},
        "message": {"type": "string", "minLength": 1},
        "more_info": {"type": "string", "pattern": r"^https://www\.twilio\.com/docs/errors/\d+$"},
        "status": {"type": "integer", "minimum": 400, "maximum": 499},
        "detail": {"type": "string"},
        "details": {"type": "object"},
    },
}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The documents list no refusal: each operation may refuse, in Twilio's envelope."""
    for item in raw_schema["paths"].values():
        for operation in (item[method] for method in ("get", "post", "delete") if method in item):
            refusal = {"description": "A refusal", "content": {"application/json": {"schema": ENVELOPE}}}
            operation["responses"]["4XX"] = refusal
            for parameter in operation.get("parameters", ()):
                for name, constraint in TAKEN_OUT:
                    if parameter["name"] == name:
                        parameter["schema"].pop(constraint, None)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts what is there in the place of what was generated; what was made wrong on purpose stays wrong."""
    name = case.operation.definition.raw["operationId"]
    turn = next(TURNS[name])
    if turn == "nothing":
        return
    seed = next(NEXT[name])
    if is_valid(case, ParameterLocation.PATH):
        case.path_parameters = {**case.path_parameters, **seed["path"]}
    if isinstance(case.body, dict) and is_valid(case, ParameterLocation.BODY):
        form = seed["form"]
        case.body = {**case.body, **{key: form[key] for key in form if turn == "everything" or is_sid(key, case.body)}}


def is_valid(case, location):
    """Whether this part of the request was generated as the document has it."""
    component = case.meta.components.get(location) if case.meta else None
    return component is None or component.mode.is_positive


def is_sid(name, body):
    return name.endswith("Sid") and name in body


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Leaves out what is no mistake: a parameter that is UNDECLARED."""
    reasons = re.findall(r"violates (.+)", failure.message)
    return not reasons or any(reason != "`additionalProperties`" for reason in reasons)


@schemathesis.hook
def after_call(context, case, response):
    ANSWERED[case.operation.definition.raw["operationId"]][response.status_code] += 1


@schemathesis.check
def envelope_is_of_its_answer(ctx, response, case):
    """A refusal tells the status it is sent with, and the page of its own code."""
    if 400 <= response.status_code < 500:
        said = response.json()
        assert said["status"] == response.status_code, f"says {said['status']}"
        assert said["more_info"].endswith(f"/{said['code']}"), said["more_info"]


@atexit.register
def finish():
    for (name, constraint), reason in TAKEN_OUT.items():
        print(f"without the {constraint} of {name}: {reason}")
    print(f"without refusals of undeclared parameters: {UNDECLARED}")
    with open(os.environ["FLEXLOAD_ANSWERED"], "w", encoding="utf-8") as file:
        json.dump(ANSWERED, file)
