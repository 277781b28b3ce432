// The table of cells: whatever is wrong with a run must be seen in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groups } from './support/cells.js';
import { table } from './support/table.js';

const FILE = `
[[group]]
name = "SDKs"
[group.clients]
old = { label = "1.0", is = "the old one" }
new = { label = "2.0", is = "the new one" }
[group.capabilities]
send = "send"
media = "media"
[[group.skip]]
clients = ["old"]
capabilities = ["media"]
reason = "it has no such call"
`;
const cell = (client, capability, ok = true) => ({ client, capability, test: 'a test', ok });
const WHOLE = [cell('old', 'send'), cell('new', 'send'), cell('new', 'send'), cell('new', 'media')];

test('a whole run has no faults, counts its tests, and says why cells were skipped', () => {
  const { lines, faults } = table(groups(FILE), WHOLE);
  assert.deepEqual(faults, []);
  const text = lines.join('\n');
  assert.match(text, /^SDKs +1\.0 +2\.0$/m);
  assert.match(text, /^send +1 +2$/m);
  assert.match(text, /^media +– +1$/m);
  assert.match(text, /^passed +1 +3$/m);
  assert.match(text, /^skipped +1 +0$/m);
  assert.match(text, /1\.0: media\n +it has no such call/);
});

const faultsOf = (results) => table(groups(FILE), results).faults;

test('a cell that was neither run nor skipped is a fault', () => {
  assert.deepEqual(faultsOf(WHOLE.slice(1)), ['old × send did not run']);
});

test('a cell that failed is a fault', () => {
  assert.deepEqual(faultsOf([...WHOLE, cell('old', 'send', false)]), ['old × send failed: a test']);
});

test('a cell that is skipped in the file and ran is a fault', () => {
  const [fault] = faultsOf([...WHOLE, cell('old', 'media')]);
  assert.match(fault, /old × media is skipped .* and ran/);
});

test('a cell that the file does not know is a fault', () => {
  const strange = [cell('new', 'teleport'), cell('newest', 'send')];
  assert.deepEqual(faultsOf([...WHOLE, ...strange]).length, 2);
});

test('a skip without a reason, or of no cell, is refused', () => {
  assert.throws(() => groups(FILE.replace('it has no such call', '')), /gives no reason/);
  assert.throws(() => groups(FILE.replace('["media"]', '["fax"]')), /old × fax/);
});

test('the table fits a terminal of 120 columns', () => {
  const widths = table(groups(), [])
    .lines.flatMap((line) => line.split('\n'))
    .map((line) => line.length);
  assert.ok(Math.max(...widths) <= 120, `${Math.max(...widths)} columns`);
});
