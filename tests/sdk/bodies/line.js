// The line: cut and mended, shut down, and the push registration that goes over it.
import { equal, same } from './expect.js';
import { capability } from './register.js';
import { pause, until } from '../support/wait.js';

capability('line.reconnect', 'cut and mended, misses nothing', async ({ chatting, heard, relay, name }) => {
  const line = await relay();
  const { client, channel, rest, posted } = await chatting('cut', { uri: line.uri });
  const seen = [];
  channel.on('messageAdded', ({ index, body }) => seen.push(`${index} ${body}`));
  const { sid } = await posted('before');
  const doomed = await posted('doomed');
  const early = await rest.post('/Members', { Identity: name('early') });
  await until('the messages before', () => seen.length === 2);
  await until('the member before', async () => (await channel.getMembers()).length === 2);

  await line.cut();
  await until('the loss to be noticed', () => client.connectionState !== 'connected');
  await posted('during 1');
  await posted('during 2');
  await rest.post(`/Messages/${sid}`, { Body: 'before, edited' });
  await rest.remove(`/Messages/${doomed.sid}`);
  await rest.remove(`/Members/${early.sid}`);
  await rest.post('/Members', { Identity: name('late') });
  const told = Promise.all([
    heard(channel, 'messageUpdated', ({ message }) => message.body === 'before, edited', 30_000),
    heard(channel, 'messageRemoved', (message) => message.sid === doomed.sid, 30_000),
    heard(channel, 'memberJoined', ({ identity }) => identity === name('late'), 30_000),
    heard(channel, 'memberLeft', ({ identity }) => identity === name('early'), 30_000),
  ]);
  await line.mend();
  await told;
  await until('the reconnection', () => client.connectionState === 'connected', 30_000);
  await until('the missed messages', () => seen.length === 4, 30_000);
  await posted('after');
  await until('the message after', () => seen.length === 5);
  await pause(300);
  same(seen, ['0 before', '1 doomed', '2 during 1', '3 during 2', '4 after'], 'each once, in order');
  equal(await channel.sendMessage('mine'), 5, 'the index');
});

capability('line.reconnect', 'a channel opened meanwhile is there', async ({ customer, heard, host, relay, name }) => {
  const line = await relay();
  const client = await customer('away', { uri: line.uri });
  await client.getSubscribedChannels();
  await line.cut();
  await until('the loss to be noticed', () => client.connectionState !== 'connected');
  const { sid } = await host.openChannel(name('away'));
  const joined = heard(client, 'channelJoined', (channel) => channel.sid === sid, 30_000);
  await line.mend();
  equal((await joined).sid, sid, 'the channel');
});

capability('line.shutdown', 'ends the connection, and the user is offline', async ({ customer, rest, name }) => {
  const client = await customer('closer');
  await client.getSubscribedChannels();
  await client.shutdown();
  await until('the state disconnected', () => client.connectionState === 'disconnected');
  const user = await until('the user to be offline', async () => {
    const fetched = await rest('/Users').get(`/${encodeURIComponent(name('closer'))}`);
    return fetched.is_online === true ? null : fetched;
  });
  equal(user.identity, name('closer'), 'the user');
});

capability('push.register', 'a registration is taken and taken back', async ({ chatting }) => {
  const { client, channel } = await chatting('pushed');
  await client.setPushRegistrationId('fcm', 'a-registration-id');
  await client.unsetPushRegistrationId('fcm');
  equal(await channel.sendMessage('as before'), 0, 'the index');
});
