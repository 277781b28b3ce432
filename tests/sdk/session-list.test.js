// What only the Chat SDKs 3.x and 4.x do: give commands through a Sync list of their own, and make another when it is gone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import sdk3 from 'twilio-chat-3';
import sdk4 from 'twilio-chat-4';
import { hostOf, withAccount } from './support/host.js';
import { startMock } from './support/mock.js';

let mock;
before(async () => (mock = await startMock({ seed: 9 })));
after(() => mock?.stop());

/** Does `act` with somebody's own channel, in an account of its own. */
const speaking = ({ Client }, act) =>
  withAccount(mock, async (account) => {
    const host = hostOf(account);
    const { sid } = await host.openChannel('speaker');
    const client = await Client.create(await host.token('speaker'), { Twilsock: { uri: account.socket } });
    try {
      await act({ host, channel: await client.getChannelBySid(sid) });
      await client.getSubscribedChannels();
    } finally {
      await client.shutdown();
    }
  });

for (const sdk of [sdk4, sdk3]) {
  describe(`twilio-chat ${sdk.Client.version}`, () => {
    for (const [status, code] of [[404, 54150], [403, 54007]]) {
      test(`makes another list when a command is refused with ${code}, and gives it again`, () =>
        speaking(sdk, async ({ host, channel }) => {
          await host.plant([{ status: { operation: 'send_command', status, code, every: 2 } }]);
          assert.equal(await channel.sendMessage('taken at once'), 0);
          assert.equal(await channel.sendMessage('given twice'), 1);
          assert.deepEqual(await host.struck(), [1]);
          await host.plant([]);
          assert.equal(await channel.sendMessage('on the new list'), 2);
          const { items } = await channel.getMessages();
          assert.deepEqual(
            items.map(({ body }) => body),
            ['taken at once', 'given twice', 'on the new list'],
          );
        }));
    }

    test('tells when a command is refused in any other way', () =>
      speaking(sdk, async ({ host, channel }) => {
        await host.plant([{ status: { operation: 'send_command', status: 429 } }]);
        await assert.rejects(channel.sendMessage('too many'), /Can't add command/);
        await host.plant([]);
        assert.equal(await channel.sendMessage('later'), 0);
      }));
  });
}
