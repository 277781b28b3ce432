"""Drives PyPI's `twilio`, unmodified, for the tests of the helper libraries.

Reads requests as lines of JSON from standard input and answers each with a line of JSON. What the library raises is
answered as what it says of itself: the tests judge it.
"""

import datetime
import json
import re
import sys
import traceback
import types

import twilio
from twilio.base.exceptions import TwilioRestException
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import ChatGrant
from twilio.rest import Client

METHODS = ("create", "fetch", "update", "delete", "list", "stream", "page", "get_page")
VARIANTS = ("_with_http_info", "_async")


class Driver:
    """Answers requests; keeps the one connected client."""

    def connect(self, url, user, password, account):
        self.client = connected(url, user, password, account)

    def surface(self):
        found = []
        client = Client("AC" + "0" * 32, "x")
        for product, version in (("chat", client.chat.v2), ("flex", client.flex_api.v1)):
            for name in resources_of(version):
                walk(getattr(version, name), product, [name], found)
        return {"version": twilio.__version__, "operations": found}

    def call(self, operation, path, parameters, schema):
        resource = self.resource(operation, path)
        value = getattr(resource, operation["method"])(**{name: given(of) for name, of in parameters.items()})
        if operation["method"].endswith("_with_http_info"):
            value = value.data
        response = self.last("response")
        return {
            "value": value if operation["method"].startswith("delete") else fields(value, schema),
            "status": response.status_code,
            "text": response.text,
            "sent": sent(self.last("request")),
        }

    def items(self, operation, path, way, options):
        return sids(getattr(self.resource(operation, path), way)(**options))

    def pages(self, operation, path, page_size):
        resource = self.resource(operation, path)
        page = resource.page(page_size=page_size)
        url = page.next_page_url
        forward, back = [sids(page)], None
        while (page := page.next_page()) is not None:
            forward.append(sids(page))
            back = back or sids(page.previous_page())
        return {"forward": forward, "back": back, "jumped": sids(resource.get_page(url))}

    def mint(self, account, key, secret, service, identity):
        token = AccessToken(account, key, secret, identity=identity)
        token.add_grant(ChatGrant(service_sid=service))
        return token.to_jwt()

    def resource(self, operation, path):
        at = self.client.chat.v2 if operation["product"] == "chat" else self.client.flex_api.v1
        values = list(path)
        for step in operation["steps"]:
            if step is not None:
                at = getattr(at, step)
            else:
                at = at(values.pop(0)) if values else at()
        return at

    def last(self, what):
        """The last request or response of the HTTP client, which the releases name differently."""
        http = self.client.http_client
        return getattr(http, "_test_only_last_" + what, None) or getattr(http, "last_" + what)


def connected(url, user, password, account):
    client = Client(user, password, account)
    client.flex_api.base_url = url
    client.chat.base_url = url
    return client


def resources_of(value):
    names = [name for name in dir(value) if not name.startswith("_") and name not in ("domain", "exception")]
    return [name for name in names if is_resource(getattr(value, name))]


def is_resource(value):
    return type(value).__name__.endswith("List")


def walk(resource, product, steps, found):
    offer(resource, product, steps, found)
    if not callable(resource):
        return
    try:
        one = resource("x1")
    except TypeError:
        # The one resource that stands alone is called without a SID; one that is out of scope has two.
        try:
            one = resource()
        except TypeError:
            one = resource("x1", "x1")
    within = [*steps, None]
    offer(one, product, within, found)
    for name in resources_of(one):
        walk(getattr(one, name), product, [*within, name], found)


def offer(resource, product, steps, found):
    for name in dir(resource):
        if name.startswith("_") or name == "get" or is_resource(getattr(resource, name)):
            continue
        plain = name
        for variant in VARIANTS:
            plain = plain.replace(variant, "")
        if plain not in METHODS:
            raise ValueError(f"{resource._uri} has a method of no known kind: {name}")
        # What awaits needs an asyncio client and sends the same: the plain call stands for it.
        if not name.endswith("_async"):
            found.append({"product": product, "steps": steps, "method": name, "uri": resource._uri})


def given(value):
    """Moments are given as people give them, as datetimes; JSON as release 9 wants it, by `to_dict`."""
    if isinstance(value, dict):
        return types.SimpleNamespace(to_dict=lambda: value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", value):
        return datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    return value


def fields(value, names):
    """The named properties of an instance."""
    return {name: plain(getattr(value, attribute(value, name))) for name in names}


def attribute(value, name):
    """`from` is a word of Python's own: release 7 has it as `from_`, release 9 as `_from`."""
    if name == "from":
        return "from_" if hasattr(value, "from_") else "_from"
    return name


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def sids(instances):
    """A user's channels have no SID of their own."""
    return [getattr(one, "sid", None) or one.channel_sid for one in instances]


def sent(request):
    return [name for part in (request.params, request.data, request.headers) if isinstance(part, dict) for name in part]


def refusal(error):
    said = {name: getattr(error, name) for name in ("status", "code", "uri", "method")}
    return {"type": type(error).__name__, "message": error.msg, **said}


def main():
    driver = Driver()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"value": getattr(driver, request.pop("do"))(**request)}
        except TwilioRestException as error:
            answer = {"refused": refusal(error)}
        except Exception:  # whatever the library does wrong is for the tests to say, not the end of them
            answer = {"broke": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
