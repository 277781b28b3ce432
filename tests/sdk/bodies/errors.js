// What goes wrong: refused at the door, sent away, refused inside the tunnel.
import { equal, ok, refused, same } from './expect.js';
import { capability } from './register.js';
import { pause, until } from '../support/wait.js';

/**
 * Fails unless a refusal tells this HTTP status or Twilio's code, or both, and nothing else. The older SDKs hand on the
 * code of a refused command, the newer ones the status and the body.
 */
function tells({ status, code, body }, expected) {
  const told = [status, code, body?.code].filter((number) => typeof number === 'number');
  ok(told.length > 0 && told.every((number) => expected.includes(number)), `told ${told}, expected ${expected}`);
}

capability(
  'error.init-401',
  'a client whose token ended while its line was cut',
  async ({ customer, host, heard, relay }) => {
    const line = await relay();
    const client = await customer('outlived', { uri: line.uri, ttl: 600 });
    await client.getSubscribedChannels();
    await line.cut();
    await until('the loss to be noticed', () => client.connectionState !== 'connected');
    await host.advance(700);
    await line.mend();
    await until('the state denied', () => client.connectionState === 'denied', 30_000);
  },
  { apart: true },
);

capability('error.init-403', 'a token for a Chat service there is not', async ({ denial, host, name, silent }) => {
  const serviceSid = `IS${'0'.repeat(31)}9`;
  const told = await denial(await host.token(name('elsewhere'), { serviceSid }));
  if (!silent) equal(told.status, 403, 'the status');
});

capability(
  'error.init-429',
  'a client that is asked to wait comes back later',
  async ({ chatting, heard, host, relay, name }) => {
    const line = await relay();
    const { client, channel, posted } = await chatting('asked to wait', { uri: line.uri });
    await host.plant([{ refuse_login: { status: 429, backoff: '1s', first: 2, identity: name('asked to wait') } }]);
    const missed = heard(channel, 'messageAdded', undefined, 40_000);
    await line.cut();
    await until('the loss to be noticed', () => client.connectionState !== 'connected');
    await posted('while away');
    await line.mend();
    await until('the reconnection', () => client.connectionState === 'connected', 40_000);
    equal((await missed).body, 'while away', 'the message missed');
    same(await host.struck(), [2], 'refusals');
  },
  { apart: true },
);

capability(
  'error.close-308',
  'a client that is sent elsewhere comes back, and misses nothing',
  async ({ chatting, heard, host, name }) => {
    const { client, channel, posted } = await chatting('sent away');
    await host.plant([{ close: { code: 308, backoff: '1s', first: 1, identity: name('sent away') } }]);
    await until('the line to end', () => client.connectionState !== 'connected');
    const missed = heard(channel, 'messageAdded', undefined, 40_000);
    await posted('while away');
    await until('the reconnection', () => client.connectionState === 'connected', 40_000);
    equal((await missed).body, 'while away', 'the message missed');
    same(await host.struck(), [1], 'closed');
  },
  { apart: true },
);

capability(
  'error.close-410',
  'a client whose token is said to have ended stays away',
  async ({ chatting, heard, host, name }) => {
    const { client } = await chatting('over');
    const expired = heard(client, 'tokenExpired');
    await host.plant([{ close: { code: 410, first: 1, identity: name('over') } }]);
    await expired;
    await until('the state disconnected', () => client.connectionState === 'disconnected', 15_000);
    await pause(2_000);
    equal(client.connectionState, 'disconnected', 'the state a while later');
  },
  { apart: true },
);

capability(
  'error.http',
  'a message refused with 429 is refused at once, once',
  async ({ chatting, host }) => {
    const { channel } = await chatting('hasty');
    await host.plant([{ status: { operation: 'send_message', status: 429, first: 1 } }]);
    tells(await refused(channel.sendMessage('too soon'), 'the message'), [429, 20429]);
    same(await host.struck(), [1], 'refusals');
    equal(await channel.sendMessage('later'), 0, 'the index of the next');
  },
  { apart: true },
);

capability(
  'error.http',
  'a read refused with 503 is tried again',
  async ({ chatting, host }) => {
    const { channel } = await chatting('persistent');
    await pause(1_100); // the SDK keeps an answer for a second
    await host.plant([{ status: { operation: 'fetch_channel', status: 503, first: 2, via: 'socket' } }]);
    equal(await channel.getMessagesCount(), 0, 'the count');
    same(await host.struck(), [2], 'refusals');
  },
  { apart: true },
);

capability('error.http', 'a channel there is not', async ({ customer }) => {
  const client = await customer('lost');
  const error = await refused(client.getChannelBySid(`CH${'0'.repeat(31)}9`), 'an unknown channel');
  tells(error, [404, 50300]);
});

capability('error.http', 'a private channel of others', async ({ customer, rest }) => {
  const { sid } = await rest().post('/Channels', { Type: 'private' });
  const client = await customer('nosy');
  const error = await refused(client.getChannelBySid(sid), 'a private channel');
  tells(error, [403, 50400]);
});

capability('error.http', 'to speak where one is no member', async ({ customer, rest }) => {
  const { sid } = await rest().post('/Channels', { Type: 'public' });
  const client = await customer('heckler');
  const channel = await client.getChannelBySid(sid);
  const error = await refused(channel.sendMessage('hear, hear'), 'a message of a stranger');
  tells(error, [403, 50400]);
});

capability('error.http', 'a body over the limit', async ({ chatting }) => {
  const { channel } = await chatting('novelist');
  const error = await refused(channel.sendMessage('x'.repeat(40_000)), 'a body of 40,000 bytes');
  tells(error, [400, 50504]);
  equal(await channel.sendMessage('short'), 0, 'the index of the next');
});

capability('error.http', 'what others wrote may not be deleted', async ({ chatting, heard }) => {
  const { channel, posted } = await chatting('censor');
  const pushed = heard(channel, 'messageAdded');
  await posted('of the agent');
  const message = await pushed;
  const error = await refused(message.remove(), 'the removal');
  tells(error, [403, 50107]);
  same(
    (await channel.getMessages()).items.map(({ sid }) => sid),
    [message.sid],
    'the messages',
  );
});
