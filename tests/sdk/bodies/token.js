// Tokens: renewed, about to end, ended.
import { equal, refused } from './expect.js';
import { capability } from './register.js';
import { until } from '../support/wait.js';

capability('token.update', 'a new one is taken, and the line stays', async ({ chatting, host, name }) => {
  const { client, channel } = await chatting('renewed');
  await client.updateToken(await host.token(name('renewed'), { ttl: 80_000 }));
  equal(client.connectionState, 'connected', 'the state');
  equal(await channel.sendMessage('still here'), 0, 'the index');
});

capability('token.update', 'one of somebody else is refused', async ({ customer, host, name }) => {
  const client = await customer('myself');
  await client.getSubscribedChannels();
  await refused(client.updateToken(await host.token(name('stranger'))), 'another identity');
  await until('the state denied', () => client.connectionState === 'denied');
});

capability(
  'token.about-to-expire',
  'is told before the end, and a new token saves the line',
  async ({ chatting, heard, host, name }) => {
    const { client, channel } = await chatting('prudent', { ttl: 3600 });
    const warned = heard(client, 'tokenAboutToExpire');
    await host.advance(3500);
    await warned;
    await client.updateToken(await host.token(name('prudent'), { ttl: 3600 }));
    await host.advance(200);
    equal(client.connectionState, 'connected', 'the state after the old end');
    equal(await channel.sendMessage('still here'), 0, 'the index');
  },
  { apart: true },
);

capability(
  'token.expired',
  'is told at the end, and the line is closed',
  async ({ chatting, heard, host }) => {
    const { client } = await chatting('careless', { ttl: 600 });
    const expired = heard(client, 'tokenExpired');
    await host.advance(700);
    await expired;
    await until('the state disconnected', () => client.connectionState === 'disconnected', 15_000);
  },
  { apart: true },
);
