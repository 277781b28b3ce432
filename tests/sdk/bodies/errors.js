// What goes wrong: refused at the door, sent away, refused inside the tunnel.
import { equal, ok, refused, same } from './expect.js';
import { capability } from './register.js';
import { until } from '../support/wait.js';

capability('error.init-401', 'a client whose token ended while its line was cut', async ({ customer, host, heard, relay }) => {
  const line = await relay();
  const client = await customer('outlived', { uri: line.uri, ttl: 600 });
  await client.getSubscribedChannels();
  await line.cut();
  await until('the loss to be noticed', () => client.connectionState !== 'connected');
  await host.advance(700);
  await line.mend();
  await until('the state denied', () => client.connectionState === 'denied', 30_000);
}, { alone: true });

capability('error.init-403', 'a token for a Chat service there is not', async ({ denial, host, name, silent }) => {
  const serviceSid = `IS${'0'.repeat(31)}9`;
  const told = await denial(await host.token(name('elsewhere'), { serviceSid }));
  if (!silent) equal(told.status, 403, 'the status');
});

/** A refusal of a request, as the SDK hands it on: `status` of the answer, Twilio's code in its body. */
const codeOf = ({ status, code, body }) => ({ status: status ?? code, code: body?.code });

capability('error.http', 'a channel there is not', async ({ customer }) => {
  const client = await customer('lost');
  const error = await refused(client.getChannelBySid(`CH${'0'.repeat(31)}9`), 'an unknown channel');
  equal(codeOf(error).status, 404, 'the status');
});

capability('error.http', 'a private channel of others', async ({ customer, rest }) => {
  const { sid } = await rest().post('/Channels', { Type: 'private' });
  const client = await customer('nosy');
  const error = await refused(client.getChannelBySid(sid), 'a private channel');
  equal(codeOf(error).status, 403, 'the status');
});

capability('error.http', 'to speak where one is no member', async ({ customer, rest, name }) => {
  await rest().post('/Channels', { Type: 'public', UniqueName: name('debate') });
  const client = await customer('heckler');
  const channel = await client.getChannelByUniqueName(name('debate'));
  const error = await refused(channel.sendMessage('hear, hear'), 'a message of a stranger');
  equal(codeOf(error).status, 403, 'the status');
});

capability('error.http', 'a body over the limit', async ({ chatting }) => {
  const { channel } = await chatting('novelist');
  const error = await refused(channel.sendMessage('x'.repeat(40_000)), 'a body of 40,000 bytes');
  ok(codeOf(error).status >= 400 && codeOf(error).status < 500, `the status ${codeOf(error).status}`);
  equal(await channel.sendMessage('short'), 0, 'the index of the next');
});

capability('error.http', 'what others wrote may not be deleted', async ({ chatting, heard }) => {
  const { channel, posted } = await chatting('censor');
  const pushed = heard(channel, 'messageAdded');
  await posted('of the agent');
  const message = await pushed;
  const error = await refused(message.remove(), 'the removal');
  equal(codeOf(error).status, 403, 'the status');
  same((await channel.getMessages()).items.map(({ sid }) => sid), [message.sid], 'the messages');
});
