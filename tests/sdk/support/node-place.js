// Where an SDK for Node lives: in this process.
import assert from 'node:assert/strict';
import { bodies } from '../bodies/index.js';
import { scene } from '../bodies/scene.js';

/**
 * A place for the SDK that bodies/scene.js describes. Its `unheard` are patterns of the rejections that it leaves to
 * nobody itself, for all else that nobody hears fails the tests.
 */
export const inNode = (sdk) => async () => {
  const unexpected = [];
  // node:test would fail whichever test is running, and which one that is nobody can say with several at once.
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => {
    const told = String(reason?.stack ?? reason);
    if (!(sdk.unheard ?? []).some((pattern) => pattern.test(told))) unexpected.push(told);
  });
  return {
    async perform(index, prefix, { socket }, host) {
      const set = scene(sdk, host, socket, prefix);
      try {
        await bodies[index].body(set);
      } finally {
        await set.close();
      }
    },
    async close() {
      assert.deepEqual(unexpected, [], 'rejections that nobody heard');
    },
  };
};
