// The real SDK 6.0.0 and flexload's customer live the same chat against one mock: what they send must not differ.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CHATS, cutTheLine, ourChat, realChat } from './support/chat.js';
import { startMock } from './support/mock.js';
import { recorder } from './support/recorder.js';
import { difference, transcript } from './support/transcript.js';

let mock;
let relay;
before(async () => {
  mock = await startMock({ seed: 4 });
  relay = await recorder(mock.socket);
});
after(async () => {
  await relay?.close();
  await mock?.stop();
});

let customers = 0;

/** The transcript of one chat of a customer who is new to the mock. */
async function recorded(chat, way) {
  customers += 1;
  const identity = `customer-${String(customers).padStart(3, '0')}`;
  const happening = [chat(mock, relay, identity, way)];
  if (way === 'line cut') happening.push(cutTheLine(mock, relay, identity));
  await Promise.all(happening);
  await relay.ended(identity);
  return transcript(relay.recording(identity), identity);
}

/** The difference of two clients' frames. */
const differenceOf = async (one, other, way) => difference(await recorded(one, way), await recorded(other, way));

for (const way of CHATS) {
  test(`a chat, ${way}, is the same whenever the real SDK lives it`, { timeout: 120_000 }, async () => {
    const found = await differenceOf(realChat, realChat, way);
    assert.deepEqual(found, []);
  });

  test(`a chat, ${way}, is the same when flexload lives it`, { timeout: 120_000 }, async () => {
    const found = await differenceOf(realChat, ourChat, way);
    assert.deepEqual(found, []);
  });
}
