// The files of a run, and what it tells while it lasts, read by readers that are not ours: python/readers.py.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { flexload } from './support/mock.js';
import { within } from './support/wait.js';

const python = (file) => fileURLToPath(new URL(`python/${file}`, import.meta.url));

const dashboard = new URL('../../reports/grafana-dashboard.json', import.meta.url);

/** Warm-up and failures, a percentile that needs a thousand samples, and one that has too few. */
const SCENARIO = `
version: 1
name: readers
customers: { count: 120, identity: "c-{{ customer.index }}" }
agents: { count: 6, chats_each: 20, reply_after: 5ms }
load:
  phases:
    - hold: { rate: 20/s, for: 1s, warmup: true }
    - hold: { rate: 20/s, for: 5s }
mock: { limits: off, faults: [{ status: { operation: send_message, status: 503, every: 90 } }] }
steps:
  - mint_token
  - connect
  - open_channel
  - repeat:
      times: 12
      steps:
        - send_message: { id: greet, body: hello, on_error: continue }
        - think: 40ms
  - send_message: { body: bye, on_error: continue }
  - await_reply: { within: 5s, on_error: continue }
  - leave
thresholds:
  - open_channel.response.p95 < 30s
  - errors.rate < 0.1%
  - connect.response.p99.9 < 1s
`;

/** A collector that keeps what it is sent. */
async function collector(folder) {
  let pushes = 0;
  const server = createServer(async (request, answer) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const fits = request.method === 'POST' && request.url === '/v1/metrics' && request.headers['content-type'] === 'application/json';
    if (fits) writeFileSync(path.join(folder, `push-${++pushes}.json`), Buffer.concat(parts));
    answer.writeHead(fits ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** Scrapes once a second, until the run is over. */
async function scrape(url, folder, over) {
  for (let nth = 1; !over(); nth++) {
    const page = await fetch(url).catch(() => undefined);
    if (page?.ok) {
      assert.equal(page.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
      writeFileSync(path.join(folder, `scrape-${nth}.prom`), await page.text().catch(() => ''));
    }
    await sleep(1_000);
  }
}

/** What a machine may not tell, and is absent then; that there are such metrics a test of the program's own knows. */
const MAY_BE_UNTOLD = /^(flexload_(machine|generator|mock|connections)_|process_)/;

/** The names of all samples of a page, each with the names of its labels. */
function samples(page) {
  const found = new Map();
  for (const [, name, labels = ''] of page.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const names = [...labels.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label);
    found.set(name, new Set([...(found.get(name) ?? []), ...names]));
  }
  return found;
}

/** What a query names, as Prometheus's own grammar reads it: metrics, and all labels. */
function named(query) {
  const found = { metrics: [], labels: [] };
  parser.parse(query).iterate({
    enter({ type, from, to, node }) {
      const text = query.slice(from, to);
      assert.ok(!type.isError, `no query: ${query.slice(0, from)}>>>${query.slice(from)}`);
      if (type.name === 'Identifier' && node.parent.name === 'VectorSelector') found.metrics.push(text);
      if (type.name === 'LabelName') found.labels.push(text);
    },
  });
  return found;
}

describe('the files of a run, read by others', () => {
  const out = mkdtempSync(path.join(tmpdir(), 'flexload-readers-'));
  const told = mkdtempSync(path.join(tmpdir(), 'flexload-told-'));
  let run;
  before(async () => {
    const { url, stop } = await collector(told);
    const scenario = path.join(told, 'readers.yaml');
    writeFileSync(scenario, SCENARIO);
    const reports = ['junit', 'prometheus'].flatMap((report) => ['--report', report]);
    const args = ['run', scenario, '--metrics', '127.0.0.1:0', '--otlp', url, '--label', 'team=a "b" <c>', '--out', out, ...reports];
    const child = spawn(flexload(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    let metrics;
    const known = new Promise((resolve) => {
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
        metrics ??= /metrics at (http\S+)/.exec(stderr)?.[1];
        if (metrics) resolve();
      });
    });
    let code;
    const ended = new Promise((resolve) => child.once('close', (status) => resolve((code = status))));
    await within(20_000, 'the address of the metrics', Promise.race([known, ended]));
    await within(120_000, 'the run to end', Promise.all([ended, scrape(metrics, told, () => code !== undefined)]));
    stop();
    run = path.join(out, readdirSync(out)[0]);
    const report = JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8'));
    assert.equal(code, report.exit_code, stderr);
    assert.doesNotMatch(stderr, /--otlp/);
  });
  after(() => [out, told].forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  for (const [what, reader] of Object.entries({
    hlog: 'intervals.hlog by HdrHistogram of PyPI: counts and percentiles are those of run.json',
    hgrm: "steps/*.hgrm are the plotter's, and the interval log as HdrHistogram reads it",
    prometheus: "scrapes and metrics.prom by Prometheus's own parser",
    otlp: "pushes by protobuf's JSON mapping and the published messages of OTLP",
    junit: 'junit.xml by junitparser',
    schemas: 'run.json and every scenario by jsonschema',
  })) {
    test(reader, () => {
      const read = spawnSync(python('readers/bin/python'), [python('readers.py'), what, run, told], { encoding: 'utf8' });
      assert.equal(read.status, 0, `${read.error ?? ''}${read.stderr}`);
      assert.match(read.stdout, /^[1-9][0-9]*\n$/);
    });
  }

  test("every query of Grafana's dashboard by Prometheus's own grammar: what it names was scraped", () => {
    const pages = readdirSync(told).filter((name) => name.startsWith('scrape-'));
    const known = samples(pages.map((name) => readFileSync(path.join(told, name), 'utf8')).join(''));
    const { panels, templating } = JSON.parse(readFileSync(dashboard, 'utf8'));
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')));
    for (const query of queries) {
      const { metrics, labels } = named(query);
      assert.equal(metrics.length, 1, query);
      const of = known.get(metrics[0]);
      if (!of && MAY_BE_UNTOLD.test(metrics[0])) continue;
      assert.ok(of, `${metrics[0]} was not scraped: ${query}`);
      // Prometheus itself adds the instance.
      for (const label of labels) assert.ok(label === 'instance' || of.has(label), `${label}: ${query}`);
    }
    const ids = panels.map(({ id }) => id);
    assert.deepEqual([...new Set(ids)], ids);
    assert.deepEqual(templating.list.map(({ name }) => name), ['datasource', 'instance']);
    assert.throws(() => named('rate(x[5m]'), /no query/);
  });
});
