// Runs every body for one client and says what became of each cell.
import { after, before, describe, test } from 'node:test';
import { bodies } from '../bodies/index.js';
import { ran, skipped } from './cells.js';
import { hostOf, withAccount } from './host.js';
import { startMock } from './mock.js';

/** How many bodies of a client are on at a time. */
const SIDE_BY_SIDE = 8;

/** No body needs longer, unless something hangs. */
const LIMIT_MS = 90_000;

/**
 * Defines the tests of `client`, an id of capabilities.toml. `open()` makes the place where its SDK lives:
 * `{ perform(index, prefix, account, host), close() }`, of which `perform` runs one body there.
 */
export function matrix(client, open) {
  let mock;
  let common;
  let place;
  before(async () => {
    mock = await startMock({ seed: 7 });
    common = hostOf(mock);
    place = await open();
  });
  after(async () => {
    await common?.close();
    await place?.close();
    await mock?.stop();
  });

  async function perform({ apart }, index) {
    const prefix = `${client}-${index}`;
    if (!apart) return place.perform(index, prefix, mock, common);
    return withAccount(mock, async (own) => {
      const host = hostOf(own);
      try {
        await place.perform(index, prefix, own, host);
      } finally {
        await host.close();
      }
    });
  }

  const cell = (body, index) => {
    const { capability, title } = body;
    const reason = skipped(client, capability);
    const named = `${capability}: ${title}`;
    if (reason) return test(named, { skip: reason }, () => {});
    return test(named, { timeout: LIMIT_MS }, async () => {
      let ok = false;
      try {
        await perform(body, index);
        ok = true;
      } finally {
        ran(client, capability, title, ok);
      }
    });
  };
  describe(client, { concurrency: SIDE_BY_SIDE }, () => bodies.forEach(cell));
}
