"""Reads what a run of flexload left with readers that are not flexload's, and holds the figures against run.json.

    readers.py WHAT RUN TOLD

WHAT is one of the functions below, RUN the run's folder, TOLD the folder with what it told while it lasted:
`scrape-*.prom`, `push-*.json`. Ends with 1 and says why where something differs; prints how much was compared.
"""

import bisect
import json
import math
import re
import sys
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[3]
LONGEST_US = 3_600_000_000
DIGITS = 3
PERCENTILES = {"p50_ms": 50.0, "p95_ms": 95.0, "p99_ms": 99.0, "p99_9_ms": 99.9}


def close(one, two, ratio=0.001, apart=0.001):
    """Equal within the histograms' resolution: a thousandth, or a microsecond, in milliseconds."""
    return abs(one - two) <= max(abs(one) * ratio, apart)


def run_json(run):
    return json.loads((run / "run.json").read_text())


def histograms(run):
    """Every tag of the interval log with its histogram of the whole run, added by HdrHistogram's Python port."""
    from hdrh.histogram import HdrHistogram
    from hdrh.log import HistogramLogReader

    def empty():
        return HdrHistogram(1, LONGEST_US, DIGITS)

    reader = HistogramLogReader(str(run / "intervals.hlog"), empty())
    sums, lines = {}, 0
    while (interval := reader.get_next_interval_histogram()) is not None:
        sums.setdefault(interval.get_tag(), empty()).add(interval)
        lines += 1
    written = sum(line.startswith("Tag=") for line in (run / "intervals.hlog").read_text().splitlines())
    assert lines == written, f"{lines} intervals read of {written}"
    return sums


def count(sums, tag):
    return sums[tag].get_total_count() if tag in sums else 0


def rank(percentile, samples):
    """Which sample is the percentile: the first that so many are at or below. Some readers round instead.

    Files have twelve digits of a share, so the last of them says nothing of the sample.
    """
    return max(1, math.ceil(round(percentile / 100 * samples, 6)))


class Samples:
    """The values of a histogram in milliseconds, each as its bucket's upper end, by the number of the sample."""

    def __init__(self, histogram):
        items = [(item.total_count_to_this_value, item.value_iterated_to) for item in histogram.get_recorded_iterator()]
        self.below = [below for below, _ in items]
        self.values = [histogram.get_highest_equivalent_value(value) / 1000 for _, value in items]

    def __getitem__(self, nth):
        return self.values[bisect.bisect_left(self.below, nth)]


def hlog(run, _told):
    """Counts are those of run.json exactly, percentiles within the resolution, failures above every success."""
    report, sums = run_json(run), histograms(run)
    compared = 0
    for step in report["steps"]:
        tag = f"steady/{step['journey']}/{step['name']}"
        failed = count(sums, f"{tag}/failed")
        assert count(sums, f"{tag}/response") == step["ok"], tag
        assert count(sums, f"{tag}/lag") == step["sent"], tag
        assert failed == step["errors"] == step["response"]["failed"], tag
        for kind, among in ("service", step["service"]["failed"]), ("response", failed), ("lag", 0):
            times = step[kind]
            samples = Samples(sums[f"{tag}/{kind}"]) if f"{tag}/{kind}" in sums else None
            ok = count(sums, f"{tag}/{kind}")
            assert times["count"] == ok + among, f"{tag}/{kind}"
            for name, percentile in PERCENTILES.items():
                if times[name] is not None:
                    seen = samples[rank(percentile, times["count"])]
                    assert close(seen, times[name]), f"{tag}/{kind} {name}: {seen} for {times[name]}"
                    compared += 1
                elif name in times["among_failures"]:
                    assert rank(percentile, times["count"]) > ok, f"{tag}/{kind} {name}"
                    compared += 1
    for part in report["parts"]:
        kind = part["name"].split(".", 1)
        tag = f"steady/{part['journey']}/{kind[0]}/{kind[1]}" if part["journey"] else f"steady/run/{kind[0]}/wait"
        assert count(sums, tag) + count(sums, f"{tag}.failed") == part["times"]["count"], tag
        compared += 1
    assert any(step["errors"] for step in report["steps"]), "no step failed: nothing was shown of failures"
    return compared


def hgrm(run, _told):
    """The text of the plotter: its columns, its foot, and at each percentile the value of the interval log."""
    head = "       Value     Percentile TotalCount 1/(1-Percentile)"
    row = re.compile(r" *(\d+\.\d{3}) (\d\.\d{12}) +(\d+)(?: +(\d+\.\d{2}))?")
    foot = [
        r"#\[Mean    = +(\d+\.\d{3}), StdDeviation   = +\d+\.\d{3}\]",
        r"#\[Max     = +(\d+\.\d{3}), Total count    = +(\d+)\]",
        r"#\[Buckets = +\d+, SubBuckets     = +2048\]",
    ]
    sums, compared = histograms(run), 0
    for path in sorted(run.glob("steps/*.hgrm")):
        lines = path.read_text().splitlines()
        assert lines[:2] == [head, ""], path
        rows = [line for line in lines[2:] if not line.startswith("#")]
        last = lines[2 + len(rows) :]
        found = [re.fullmatch(form, line) for form, line in zip(foot, last)]
        assert all(found) and len(found) == 3, f"{path}: {last}"
        step, kind = path.name.removesuffix(".hgrm").rsplit(".", 1)
        (tag,) = [tag for tag in sums if re.fullmatch(rf"steady/[^/]+/{re.escape(step)}/{kind}", tag)]
        values = sums[tag]
        assert int(found[1][2]) == values.get_total_count(), path
        assert close(float(found[1][1]), values.get_max_value() / 1000), path
        assert close(float(found[0][1]), values.get_mean_value() / 1000), path
        failed = [int(line.split()[2].rstrip(",")) for line in last[3:] if line.startswith("#[Failed")]
        of_all, samples = values.get_total_count() + sum(failed), Samples(values)
        for line in rows:
            value, share, below, beyond = row.fullmatch(line).groups()
            for nth in rank(100 * float(share), of_all), int(below):
                assert close(samples[nth], float(value)), f"{path} {line}: sample {nth} is {samples[nth]}"
            assert (beyond is None) == (float(share) == 1.0), f"{path} {line}"
            compared += 1
    return compared


def families(path):
    """A page read by Prometheus's own Python library: the type and the samples of each metric."""
    from prometheus_client.parser import text_string_to_metric_families

    return {family.name: family for family in text_string_to_metric_families(path.read_text())}


def buckets(family):
    """Each histogram of a family by its labels: cumulative counts by bound, sum, count."""
    found = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        one = found.setdefault(tuple(sorted(labels.items())), {"bounds": []})
        if bound is None:
            one[sample.name.removeprefix(family.name)] = sample.value
        else:
            one["bounds"].append((float(bound), sample.value))
    return found


def counts_of(histogram, bounds):
    """How many values of a histogram are at or below each bound, as its Python port has them."""
    below = dict.fromkeys(bounds, 0)
    for item in histogram.get_recorded_iterator():
        lowest = histogram.get_lowest_equivalent_value(item.value_iterated_to)
        for bound in bounds:
            if lowest <= round(bound * 1e6):
                below[bound] += item.count_at_value_iterated_to
    return below


def prometheus(run, told):
    """Every page is whole; that of the end has the counts of run.json and the buckets of the interval log."""
    report, sums, compared = run_json(run), histograms(run), 0
    pages = sorted(told.glob("scrape-*.prom"), key=lambda path: int(path.stem.split("-")[1]))
    assert len(pages) > 1, "the run was not scraped while it lasted"
    sent = []
    for page in [*pages, run / "metrics.prom"]:
        for family in (read := families(page)).values():
            assert family.type in ("counter", "gauge", "histogram") and family.documentation, family
            for labels, one in buckets(family).items() if family.type == "histogram" else ():
                values = [value for _, value in one["bounds"]]
                assert values == sorted(values) and one["bounds"][-1][0] == float("inf"), (family.name, labels)
                assert values[-1] == one["_count"] and one["_sum"] >= 0, (family.name, labels)
        sent.append(read["flexload_messages_sent"].samples[0].value)
    assert sent == sorted(sent) and 0 < sent[-2], f"messages sent: {sent}"

    for name, total in {
        "customers_due": "due",
        "customers_started": "customers",
        "customers_finished": "finished",
        "customers_completed": "completed",
        "customers_dropped": "dropped",
        "messages_sent": "sent",
        "messages_acknowledged": "acknowledged",
        "messages_pushed": "pushed",
        "messages_replied": "replied",
        "retries": "retries",
        "reconnects": "reconnects",
    }.items():
        (sample,) = read[f"flexload_{name}"].samples
        assert sample.value == report["totals"][total], name
        compared += 1
    errors = {tuple(s.labels[k] for k in ("step", "kind")): s.value for s in read["flexload_errors"].samples}
    assert errors == {(row["step"], row["kind"]): row["count"] for row in report["errors"]}, errors
    # Every step from the first scrape on, each with all its failures at the end.
    by_step = {}
    for row in report["errors"]:
        by_step[row["step"] or ""] = by_step.get(row["step"] or "", 0) + row["count"]
    for step in ("", *(row["name"] for row in report["steps"])):
        first, last = (
            [sample.value for sample in page["flexload_step_errors"].samples if sample.labels.get("step", "") == step]
            for page in (families(pages[0]), read)
        )
        assert len(first) == 1 and last == [by_step.get(step, 0)], (step, first, last)
    assert not [name for name in read if name.startswith("process_")], "names of node_exporter's own"
    (info,) = read["flexload_run_info"].samples
    assert info.labels["run_id"] == report["run_id"] and info.labels["label_team"] == report["labels"]["team"]

    for step in report["steps"]:
        for kind in "service", "response", "lag":
            labels = {"journey": step["journey"], "step": step["name"], "phase": "steady"}
            one = buckets(read[f"flexload_step_{kind}_seconds"])[tuple(sorted(labels.items()))]
            assert one["_count"] == step[kind]["count"], (step["name"], kind)
            tag = f"steady/{step['journey']}/{step['name']}/{kind}"
            if tag in sums:
                finite = one["bounds"][:-1]
                assert finite[-1] == (LONGEST_US / 1e6, count(sums, tag)), f"{tag}: a success above every bound"
                assert dict(finite) == counts_of(sums[tag], [bound for bound, _ in finite]), tag
                compared += len(finite)
    return compared


def without_defaults(value):
    """JSON as protobuf's library writes it back: what is false, empty, or a count of none is left out."""
    if isinstance(value, dict):
        cleaned = {key: without_defaults(one) for key, one in value.items()}
        kept = {key: one for key, one in cleaned.items() if one is not False and one not in ("", [], {})}
        return {key: one for key, one in kept.items() if (key, one) != ("count", "0")}
    if isinstance(value, list):
        return [without_defaults(one) for one in value]
    return value


def otlp(run, told):
    """Every push is a request of OTLP to the letter; the last one has the counts of run.json."""
    from google.protobuf.json_format import MessageToDict, Parse
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    report, compared = run_json(run), 0
    pushes = sorted(told.glob("push-*.json"), key=lambda path: int(path.stem.split("-")[1]))
    assert len(pushes) > 1, "there was no push at the end"
    for path in pushes:
        request = Parse(path.read_text(), ExportMetricsServiceRequest(), ignore_unknown_fields=False)
        # Names, numbers as text and enumerations as numbers: written back, it is the same.
        again = MessageToDict(request, use_integers_for_enums=True)
        assert again == without_defaults(json.loads(path.read_text())), path
        (of,) = request.resource_metrics
        resource = {one.key: one.value.string_value for one in of.resource.attributes}
        assert resource["service.name"] == "flexload" and resource["service.version"] == report["flexload"]
        assert resource["flexload.run.id"] == report["run_id"]
        assert resource["flexload.label.team"] == report["labels"]["team"]
        metrics = {metric.name: metric for metric in of.scope_metrics[0].metrics}
        for metric in metrics.values():
            data = getattr(metric, metric.WhichOneof("data"))
            assert metric.description and len(data.data_points) > 0, metric.name
            for point in data.data_points:
                assert 0 < point.start_time_unix_nano <= point.time_unix_nano, metric.name
            if metric.WhichOneof("data") != "gauge":
                assert data.aggregation_temporality == 2, metric.name
            if metric.WhichOneof("data") == "histogram":
                assert metric.unit == "s"
                for point in data.data_points:
                    assert sum(point.bucket_counts) == point.count, metric.name
                    assert len(point.bucket_counts) == len(point.explicit_bounds) + 1, metric.name
                    assert list(point.explicit_bounds) == sorted(set(point.explicit_bounds)), metric.name
    sent = metrics["flexload.messages.sent"]
    assert sent.unit == "{message}" and sent.sum.is_monotonic
    assert sent.sum.data_points[0].as_int == report["totals"]["sent"]
    for step in report["steps"]:
        wanted = {"journey": step["journey"], "step": step["name"], "phase": "steady"}
        for kind in "service", "response", "lag":
            points = metrics[f"flexload.step.{kind}"].histogram.data_points
            labels = [{one.key: one.value.string_value for one in point.attributes} for point in points]
            assert points[labels.index(wanted)].count == step[kind]["count"], (step["name"], kind)
            compared += 1
    failed = metrics["flexload.errors"].sum.data_points
    assert sum(point.as_int for point in failed) == report["totals"]["errors"]
    assert all("error.type" in [one.key for one in point.attributes] for point in failed)
    return compared


def junit(run, _told):
    """Each threshold is a test, with the outcome that run.json gives it."""
    from junitparser import Error, Failure, JUnitXml, Skipped

    report = run_json(run)
    cases = {case.name: case for suite in JUnitXml.fromfile(str(run / "junit.xml")) for case in suite}
    kinds = {"held": (), "missed": (Failure,), "unknown": (Skipped, Error)}
    for row in report["thresholds"]:
        (case,) = [case for name, case in cases.items() if row["text"] in name]
        results, wanted = case.result, kinds[row["outcome"]]
        assert (len(results) == 1 and isinstance(results[0], wanted)) if wanted else not results, (row, results)
    suites = JUnitXml.fromfile(str(run / "junit.xml"))
    of = [case.result[0] for case in cases.values() if case.result]
    assert suites.tests == len(cases) > len(report["thresholds"])
    assert suites.failures == sum(isinstance(one, Failure) for one in of) > 0
    assert suites.errors == sum(isinstance(one, Error) for one in of)
    return len(cases)


def schemas(run, _told):
    """run.json and every scenario fit their published schemas, and a mistake in either does not."""
    from jsonschema import Draft202012Validator
    from ruamel.yaml import YAML

    def validator(path):
        schema = json.loads((WORKSPACE / path).read_text())
        assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"], path
        Draft202012Validator.check_schema(schema)
        return Draft202012Validator(schema)

    of_runs, of_scenarios = validator("reports/run.schema.json"), validator("scenarios/scenario.schema.json")
    report = run_json(run)
    of_runs.validate(report)
    assert not of_runs.is_valid(report | {"totals": report["totals"] | {"sent": "many"}})
    scenarios = sorted((WORKSPACE / "scenarios").glob("*.yaml"))
    for path in [*scenarios, run / "effective.yaml"]:
        scenario = YAML(typ="safe", pure=True).load(path.read_text())
        errors = [f"{path.name}: {error.json_path}: {error.message}" for error in of_scenarios.iter_errors(scenario)]
        assert not errors, errors
        assert not of_scenarios.is_valid(scenario | {"stepps": []}), path
    assert scenarios
    return len(scenarios) + 2


READERS = {reader.__name__: reader for reader in (hlog, hgrm, prometheus, otlp, junit, schemas)}

if __name__ == "__main__":
    what, run, told = sys.argv[1:]
    compared = READERS[what](Path(run), Path(told))
    assert compared > 0, "nothing was compared"
    print(compared)
