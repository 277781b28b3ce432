// The real SDK 6.0.0 and flexload's customer live the same chat against one mock: what they send must not differ.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
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

async function recorded(chat, identity, way) {
  const happening = [chat(mock, relay, identity, way)];
  if (way === 'line cut') happening.push(cutTheLine(mock, relay, identity));
  await Promise.all(happening);
  await relay.ended(identity);
  return transcript(relay.recording(identity), identity);
}

for (const way of CHATS) {
  const slug = way.replace(' ', '-');
  describe(`a chat, ${way}`, { timeout: 120_000 }, () => {
    let real;
    test('is the same whenever the real SDK lives it', async () => {
      real = await recorded(realChat, `${slug}-one`, way);
      const again = await recorded(realChat, `${slug}-two`, way);
      assert.deepEqual(difference(real, again), []);
    });

    test('is the same when flexload lives it', async () => {
      const ours = await recorded(ourChat, `${slug}-our`, way);
      assert.deepEqual(difference(real, ours), []);
    });
  });
}
