// Channels: found, listed, made, changed, deleted.
import { equal, ok, refused, same } from './expect.js';
import { capability } from './register.js';
import { whole } from './scene.js';
import { until } from '../support/wait.js';

const sids = ({ items }) => items.map(({ sid }) => sid);

capability('channel.by-sid', 'of one joined and of a public one', async ({ chatting, customer, rest, name }) => {
  const { client, channel } = await chatting('finder');
  equal(await client.getChannelBySid(channel.sid), channel, 'the same object again');
  const { sid } = await rest().post('/Channels', { Type: 'public', FriendlyName: 'Open to all' });
  const found = await client.getChannelBySid(sid);
  equal(found.friendlyName, 'Open to all', 'the name of the public one');
  ok(found.status !== 'joined', 'not joined');
});

capability('channel.by-name', 'in a unique name that needs escaping', async ({ customer, rest, name }) => {
  const unique = `${name('room')} & 50% é`;
  const { sid } = await rest().post('/Channels', { Type: 'public', UniqueName: unique });
  await rest().post(`/Channels/${sid}/Members`, { Identity: name('namer') });
  const client = await customer('namer');
  const channel = await client.getChannelByUniqueName(unique);
  equal(channel.sid, sid, 'the SID');
  equal(channel.uniqueName, unique, 'the unique name');
});

capability('channel.subscribed', 'the own ones and no others, page by page', async ({ customer, rest, host, name }) => {
  const client = await customer('joiner');
  const own = [];
  for (let i = 0; i < 3; i += 1) {
    const { sid } = await rest().post('/Channels', { FriendlyName: `own ${i}` });
    await rest().post(`/Channels/${sid}/Members`, { Identity: name('joiner') });
    own.push(sid);
  }
  await rest().post('/Channels', { FriendlyName: 'not own' });
  const listed = await until('three channels', async () => {
    const found = sids(await client.getSubscribedChannels());
    return found.length === 3 && found;
  });
  same([...listed].sort(), [...own].sort(), 'the subscribed channels');
});

capability('channel.public-descriptors', 'of public channels only', async ({ customer, rest, name }) => {
  const made = await rest().post('/Channels', {
    Type: 'public',
    UniqueName: name('forum'),
    Attributes: '{"topic":"tea"}',
  });
  const hidden = await rest().post('/Channels', { Type: 'private', UniqueName: name('secret') });
  await rest().post(`/Channels/${made.sid}/Messages`, { From: 'host', Body: 'welcome' });
  const client = await customer('browser');
  const all = await every(await client.getPublicChannelDescriptors());
  const found = all.find(({ sid }) => sid === made.sid);
  ok(found, 'the public channel is listed');
  ok(!all.some(({ sid }) => sid === hidden.sid), 'the private channel is not listed');
  equal(found.uniqueName, name('forum'), 'its unique name');
  same(found.attributes, { topic: 'tea' }, 'its attributes');
  equal(found.messagesCount, 1, 'its messages');
  equal(found.membersCount, 0, 'its members');
  equal((await found.getChannel()).sid, made.sid, 'the channel of the descriptor');
});

/** The items of all pages. */
async function every(page) {
  const items = [...page.items];
  let at = page;
  while (at.hasNextPage) {
    at = await at.nextPage();
    items.push(...at.items);
  }
  return items;
}

capability('channel.user-descriptors', 'of the channels one is in', async ({ chatting, rest, name }) => {
  const { client, channel, posted } = await chatting('member');
  await posted('one');
  await posted('two');
  await rest().post('/Channels', { Type: 'public', UniqueName: name('elsewhere') });
  // The SDK keeps such an answer for a second.
  const all = await until('both messages', async () => {
    const found = await every(await client.getUserChannelDescriptors());
    return found[0]?.messagesCount === 2 && found;
  });
  same(
    all.map(({ sid }) => sid),
    [channel.sid],
    'the own channels',
  );
  equal(all[0].status, 'joined', 'the status');
  equal(all[0].membersCount, 1, 'its members');
});

capability('channel.create', 'with all that can be said of it', async ({ customer, rest, name }) => {
  const client = await customer('founder');
  const channel = await client.createChannel({
    uniqueName: name('club'),
    friendlyName: 'The club',
    isPrivate: true,
    attributes: { colour: 'blue' },
  });
  equal(channel.uniqueName, name('club'), 'the unique name');
  equal(channel.friendlyName, 'The club', 'the name');
  same(channel.attributes, { colour: 'blue' }, 'the attributes');
  equal(channel.createdBy, name('founder'), 'who made it');
  ok(channel.dateCreated instanceof Date, 'when');
  const stored = await rest().get(`/Channels/${channel.sid}`);
  equal(stored.unique_name, name('club'), 'the stored unique name');
  equal(stored.type, 'private', 'the stored type');
  equal(stored.created_by, name('founder'), 'the stored maker');
});

capability('channel.create', 'a second one of the same unique name is refused', async ({ customer, name }) => {
  const client = await customer('twin');
  await client.createChannel({ uniqueName: name('unique'), isPrivate: false });
  await refused(client.createChannel({ uniqueName: name('unique'), isPrivate: false }), 'the second create');
});

capability('channel.update', 'names and attributes, told to the others', async ({ together, heard, name }) => {
  const [{ channel, rest }, { channel: seen }] = await together('painter', 'onlooker');
  const told = heard(seen, 'updated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
  await channel.updateFriendlyName('Repainted');
  await told;
  equal(seen.friendlyName, 'Repainted', 'the name the other sees');
  await channel.updateUniqueName(name('painted'));
  await channel.updateAttributes({ ...channel.attributes, colour: ['red', { dark: true }] });
  await until('the attributes', () => seen.attributes.colour?.[1]?.dark === true);
  await until('the unique name', () => seen.uniqueName === name('painted'));
  const stored = await rest.get();
  same(JSON.parse(stored.attributes), seen.attributes, 'the stored attributes');
  equal(stored.unique_name, name('painted'), 'the stored unique name');
});

capability(
  'channel.update',
  'wrapped up over REST, its new attributes are told',
  async ({ chatting, heard, host, name }) => {
    const { client, channel, rest } = await chatting('wrapped');
    const updated = heard(channel, 'updated', ({ updateReasons }) => updateReasons.includes('attributes'));
    const { attributes } = await rest.get();
    await rest.post('', { Attributes: JSON.stringify({ ...JSON.parse(attributes), status: 'INACTIVE' }) });
    await updated;
    equal(channel.attributes.status, 'INACTIVE', 'the status');
    const next = await host.openChannel(name('wrapped'));
    ok(next.sid !== channel.sid, 'an INACTIVE channel is not given back');
    await whole(await client.getChannelBySid(next.sid));
  },
);

capability('channel.delete', 'by who made it', async ({ customer, heard, rest }) => {
  const client = await customer('closer');
  const channel = await client.createChannel({ friendlyName: 'short-lived', isPrivate: false });
  await channel.join();
  await until('the channel to be joined', () => channel.status === 'joined');
  await whole(channel);
  const removed = heard(client, 'channelRemoved');
  await channel.delete();
  equal((await removed).sid, channel.sid, 'the channel removed');
  await refused(rest().get(`/Channels/${channel.sid}`), 'reading what is deleted');
});

capability('channel.delete', 'over REST, told to its members', async ({ chatting, heard }) => {
  const { client, channel, rest } = await chatting('evicted');
  const removed = heard(client, 'channelRemoved');
  await rest.remove();
  equal((await removed).sid, channel.sid, 'the channel removed');
});
