// Runs every body for one client and says what became of each cell.
import { after, before, describe, test } from 'node:test';
import { bodies } from '../bodies/index.js';
import { ran, skipped } from './cells.js';
import { hostOf } from './host.js';
import { startMock } from './mock.js';

/** How many bodies of a client are on at a time. */
const SIDE_BY_SIDE = 8;

/** No body needs longer, unless something hangs. */
const LIMIT_MS = 90_000;

/**
 * Defines the tests of `client`, an id of capabilities.toml. `open({ mock, host })` makes the place where its SDK
 * lives: `{ perform(index, prefix), close() }`, of which `perform` runs one body there.
 */
export function matrix(client, open) {
  let mock;
  let host;
  let place;
  before(async () => {
    mock = await startMock({ seed: 7 });
    host = hostOf(mock);
    place = await open({ mock, host });
  });
  after(async () => {
    await place?.close();
    await host?.close();
    await mock?.stop();
  });

  const cell = ({ capability, title }, index) => {
    const reason = skipped(client, capability);
    const named = `${capability}: ${title}`;
    if (reason) return test(named, { skip: reason }, () => {});
    return test(named, { timeout: LIMIT_MS }, async () => {
      let ok = false;
      try {
        await place.perform(index, `${client}-${index}`);
        ok = true;
      } finally {
        ran(client, capability, title, ok);
      }
    });
  };
  const those = (wanted) => bodies.forEach((body, index) => body.alone === wanted && cell(body, index));
  describe(`${client}, side by side`, { concurrency: SIDE_BY_SIDE }, () => those(false));
  describe(`${client}, one at a time`, { concurrency: 1 }, () => those(true));
}
