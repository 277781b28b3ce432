// schemathesis over Twilio's OpenAPI documents: generated requests, right and wrong, on top of things that are there.
//
// What it checks: no server error; statuses, content types, headers and bodies as the documents have them; Twilio's
// envelope on each refusal; what the documents forbid is refused; a method that is not theirs is 405; nothing without
// credentials. And here: each operation in scope succeeded at least once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CASES } from './openapi/check.js';
import { documentPath, operationsInScope, readScope } from './openapi/documents.js';
import { Resources } from './openapi/resources.js';
import { startMock } from './support/mock.js';

const SEED = 20261122;
/** Generated requests of each operation and phase, at most. */
const EXAMPLES = 20;
/** Things that are there for an operation's requests; a delete needs a new one each time. */
const SEEDS = { DELETE: 20, GET: 2, POST: 4 };
const EXCLUDED = {
  positive_data_acceptance:
    'the documents do not say which parameters need which others, nor what must be there already',
};

const python = (file) => fileURLToPath(new URL(`python/${file}`, import.meta.url));

let mock;
let folder;
before(async () => {
  mock = await startMock({ seed: 16 });
  folder = await mkdtemp(path.join(tmpdir(), 'flexload-fuzz-'));
});
after(async () => {
  await mock?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Valid requests of each operation, by its name. */
async function seedsOf(operations) {
  const resources = new Resources(mock);
  const seeds = {};
  for (const { id, operation, method } of operations) {
    seeds[operation] = [];
    for (let nth = 0; nth < SEEDS[method]; nth += 1) {
      const { path = {}, form = {} } = await CASES[id].base(resources);
      seeds[operation].push({ path, form });
    }
  }
  return seeds;
}

/** Runs schemathesis; answers its exit code, what it printed, and how often each operation answered what. */
async function fuzz(document, operations) {
  const seeds = path.join(folder, `${document}.json`);
  const answered = path.join(folder, `${document}-answered.json`);
  await writeFile(seeds, JSON.stringify(await seedsOf(operations)));
  const args = [
    ...['--config-file', python('schemathesis.toml'), '--no-color', 'run', documentPath(document), '--url', mock.url],
    ...['--auth', `${mock.api_key_sid}:${mock.api_key_secret}`, '--workers', '1'],
    ...['--seed', String(SEED), '--max-examples', String(EXAMPLES), '--phases', 'examples,coverage,fuzzing'],
    ...['--checks', 'all', '--exclude-checks', Object.keys(EXCLUDED).join(',')],
    ...operations.flatMap(({ operation }) => ['--include-operation-id', operation]),
  ];
  const env = { ...process.env, SCHEMATHESIS_HOOKS: 'fuzz', PYTHONPATH: python('.') };
  Object.assign(env, { FLEXLOAD_SEEDS: seeds, FLEXLOAD_ANSWERED: answered, PYTHONDONTWRITEBYTECODE: '1' });
  const child = spawn(python('schemathesis/bin/schemathesis'), args, { cwd: folder, env, timeout: 180_000 });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { code, printed, answered: JSON.parse(await readFile(answered, 'utf8')) };
}

for (const [check, reason] of Object.entries(EXCLUDED)) console.log(`without ${check}: ${reason}`);

for (const document of Object.keys(readScope())) {
  test(`generated requests to ${document} are answered as it has them`, { timeout: 300_000 }, async () => {
    const operations = operationsInScope().filter((operation) => operation.document === document);
    const { code, printed, answered } = await fuzz(document, operations);
    console.log(code === 0 ? printed.slice(printed.indexOf('= SUMMARY =')) : printed);
    assert.equal(code, 0, 'schemathesis found something');
    const succeeded = ({ operation }) =>
      Object.keys(answered[operation] ?? {}).some((status) => status.startsWith('2'));
    const never = operations.filter((operation) => !succeeded(operation)).map(({ id }) => id);
    console.log(
      `${document}: ${operations.length - never.length} of ${operations.length} operations succeeded at least once`,
    );
    assert.deepEqual(never, []);
  });
}
