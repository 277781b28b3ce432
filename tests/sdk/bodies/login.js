// Coming in: created, initialised, or refused.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';
import { pause, until } from '../support/wait.js';

capability('login.create', 'initialises, with the identity of the token', async ({ customer, name }) => {
  const client = await customer('alone');
  equal(client.user.identity, name('alone'), 'the identity');
  await until('the user to be online', () => client.user.online === true);
  equal((await client.getSubscribedChannels()).items.length, 0, 'channels of a new customer');
});

capability('login.create', 'finds the channel that was made before the login', async ({ customer, host, name }) => {
  const { sid } = await host.openChannel(name('before'), {
    chatFriendlyName: 'Made first',
    preEngagementData: '{"page":"/a"}',
  });
  const client = await customer('before');
  const channel = await client.getChannelBySid(sid);
  await until('the channel to be joined', () => channel.status === 'joined');
  equal(channel.friendlyName, 'Made first', 'its name');
  equal(channel.createdBy, 'system', 'who made it');
  const { status, channel_type: type, pre_engagement_data: data, from } = channel.attributes;
  same({ status, type, data, from }, { status: 'ACTIVE', type: 'custom', data: { page: '/a' }, from: name('before') });
  same(
    (await channel.getMembers()).map(({ identity }) => identity),
    [name('before')],
    'its members',
  );
});

capability(
  'login.create',
  'is told of the channel that is made after the login',
  async ({ customer, heard, host, name }) => {
    const client = await customer('after');
    await client.getSubscribedChannels();
    const added = heard(client, 'channelAdded');
    const joined = heard(client, 'channelJoined');
    const { sid } = await host.openChannel(name('after'));
    equal((await added).sid, sid, 'the channel added');
    const channel = await joined;
    equal(channel.sid, sid, 'the channel joined');
    equal(channel.status, 'joined', 'its status');
    equal(await channel.sendMessage('found it'), 0, 'the first index');
  },
);

capability(
  'login.create',
  'a second device of the same customer sees the same',
  async ({ chatting, customer, heard }) => {
    const { channel } = await chatting('twice');
    const second = await customer('twice');
    const other = await second.getChannelBySid(channel.sid);
    await other.getMessages();
    await pause(500); // two devices in one tab share their storage, and then only what comes later is heard of
    const there = heard(other, 'messageAdded');
    const here = heard(channel, 'messageAdded');
    await channel.sendMessage('to myself');
    equal((await there).sid, (await here).sid, 'the message');
    ok(second !== other, 'two clients');
  },
);

capability('login.denied', 'with a token signed by another secret', async ({ denial, host, name, silent }) => {
  const told = await denial(await host.token(name('forger'), { secret: 'x'.repeat(32) }));
  if (!silent) same(told, { status: 401, code: 20107 });
});

capability('login.denied', 'with a token that has ended', async ({ denial, host, name, silent }) => {
  const told = await denial(await host.token(name('late'), { ttl: -3600 }));
  if (!silent) same(told, { status: 401, code: 20104 });
});
