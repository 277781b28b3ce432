// The mock against Twilio's own OpenAPI documents: what is covered is printed, and what is not fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CASES, check } from './openapi/check.js';
import { readExclusions, table } from './openapi/coverage.js';
import { operationsInScope, readScope } from './openapi/documents.js';
import { startMock } from './support/mock.js';

let mock;
before(async () => {
  mock = await startMock({ seed: 11 });
});
after(() => mock?.stop());

test('the scope names each operation of both documents once', () => {
  const operations = operationsInScope();
  const out = Object.values(readScope()).flatMap((document) => document.out.flatMap((group) => group.operations));
  console.log(`operations in scope: ${operations.length}; out, with a reason: ${out.length}`);
  assert.deepEqual(Object.keys(CASES).sort(), operations.map(({ id }) => id).sort());
});

test('the mock answers as the documents have it', { timeout: 300_000 }, async () => {
  const { counts, failures } = (await check(mock)).result(readExclusions());
  console.log(table(counts).join('\n'));
  assert.deepEqual(failures, []);
});
