// Users: who they are, what they say of themselves, whether they are there.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';
import { until } from '../support/wait.js';

capability('user.read', 'another one, and the list of those subscribed to', async ({ chatting, customer, name }) => {
  const { client } = await chatting('curious');
  await customer('famous');
  const user = await client.getUser(name('famous'));
  equal(user.identity, name('famous'), 'the identity');
  equal(user.isSubscribed, true, 'subscribed');
  const subscribed = await client.getSubscribedUsers();
  same(subscribed.map(({ identity }) => identity).sort(), [name('curious'), name('famous')], 'those subscribed to');
  await user.unsubscribe();
  await until('one fewer', async () => (await client.getSubscribedUsers()).length === 1);
});

capability('user.descriptors', 'of one user, and of those in a channel', async ({ together, rest, name }) => {
  await rest('/Users').post('', { Identity: name('known'), FriendlyName: 'Well known', Attributes: '{"fame":1}' });
  const [{ client, channel }] = await together('asker', 'known');
  const one = await client.getUserDescriptor(name('known'));
  equal(one.identity, name('known'), 'the identity');
  equal(one.friendlyName, 'Well known', 'the name');
  same(one.attributes, { fame: 1 }, 'the attributes');
  equal(one.online, true, 'online');
  const { items } = await channel.getUserDescriptors();
  same(items.map(({ identity }) => identity).sort(), [name('asker'), name('known')], 'those in the channel');
  equal((await one.subscribe()).friendlyName, 'Well known', 'the user of the descriptor');
});

capability(
  'user.attributes',
  'changed by oneself, seen by who subscribes',
  async ({ chatting, customer, rest, name }) => {
    const { client } = await chatting('artist');
    const fan = await customer('fan');
    const seen = await fan.getUser(name('artist'));
    await client.user.updateFriendlyName('The Artist');
    await until('the name', () => seen.friendlyName === 'The Artist');
    await client.user.updateAttributes({ style: 'cubism', years: [1907, 1914] });
    await until('the attributes', () => seen.attributes?.style === 'cubism');
    same(client.user.attributes, { style: 'cubism', years: [1907, 1914] }, 'the own attributes');
    const stored = await rest('/Users').get(`/${encodeURIComponent(name('artist'))}`);
    equal(stored.friendly_name, 'The Artist', 'the stored name');
    same(JSON.parse(stored.attributes), { style: 'cubism', years: [1907, 1914] }, 'the stored attributes');
  },
);

capability('user.attributes', 'changed over REST, told to oneself', async ({ chatting, heard, rest, name }) => {
  const { client } = await chatting('renamed');
  const told = heard(client, 'userUpdated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
  await rest('/Users').post(`/${encodeURIComponent(name('renamed'))}`, { FriendlyName: 'New name' });
  await told;
  equal(client.user.friendlyName, 'New name', 'the name');
});

capability('user.reachability', 'online while there, offline after', async ({ chatting, customer, name }) => {
  const { client } = await chatting('lighthouse');
  equal(client.reachabilityEnabled, true, 'reachability');
  const ship = await customer('ship');
  await ship.getSubscribedChannels();
  const seen = await client.getUser(name('ship'));
  await until('the ship to be seen', () => seen.online === true);
  ok(seen.notifiable === false, 'no push without a registration');
  await ship.shutdown();
  await until('the ship to be gone', () => seen.online === false);
});
