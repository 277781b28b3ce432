// What has been read, what has not, and whether one wants to hear of it.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';
import { until } from '../support/wait.js';

/** A customer in a channel with three messages of an agent. */
async function unread({ chatting }, who) {
  const chat = await chatting(who);
  for (const body of ['a', 'b', 'c']) await chat.posted(body);
  await until('three messages', () => chat.channel.lastMessage?.index === 2);
  return chat;
}

capability('horizon.move', 'it is moved, and told', async (scene) => {
  const { channel, rest } = await unread(scene, 'consumer');
  equal(await channel.updateLastConsumedMessageIndex(0), 2, 'unread after the first');
  await until('the own horizon', () => channel.lastConsumedMessageIndex === 0);
  const moved = scene.heard(channel, 'memberUpdated', ({ member }) => member.lastConsumedMessageIndex === 2);
  equal(await channel.setAllMessagesConsumed(), 0, 'unread after all');
  const { member } = await moved;
  equal(member.identity, scene.name('consumer'), 'whose horizon');
  await until('the own horizon', () => channel.lastConsumedMessageIndex === 2);
  const [stored] = (await rest.get('/Members')).members;
  equal(stored.last_consumed_message_index, 2, 'the stored horizon');
  ok(Math.abs(Date.parse(stored.last_consumption_timestamp) - Date.parse(stored.date_updated)) < 60_000, 'when');
});

capability('horizon.move', 'the other members see how far one has read', async ({ together, heard, name }) => {
  const [{ channel, posted }, { channel: other }] = await together('slow', 'sender');
  for (const body of ['a', 'b']) await posted(body);
  await until('two messages', () => channel.lastMessage?.index === 1);
  const told = heard(other, 'memberUpdated', ({ member }) => member.lastConsumedMessageIndex === 1);
  await channel.updateLastConsumedMessageIndex(1);
  equal((await told).member.identity, name('slow'), 'whose horizon');
});

capability('horizon.move', 'advance does not go back, update does', async (scene) => {
  const { channel } = await unread(scene, 'wavering');
  await channel.advanceLastConsumedMessageIndex(1);
  await until('the horizon', () => channel.lastConsumedMessageIndex === 1);
  await channel.advanceLastConsumedMessageIndex(0);
  equal(channel.lastConsumedMessageIndex, 1, 'the horizon that does not go back');
  await channel.updateLastConsumedMessageIndex(0);
  await until('the horizon to go back', () => channel.lastConsumedMessageIndex === 0);
});

capability('horizon.unread', 'counts what is after the horizon', async (scene) => {
  const { channel, posted } = await unread(scene, 'counter');
  equal(await channel.getUnconsumedMessagesCount(), null, 'unread before a first horizon');
  await channel.updateLastConsumedMessageIndex(1);
  await until('one unread', async () => (await channel.getUnconsumedMessagesCount()) === 1);
  await posted('d');
  await until('two unread', async () => (await channel.getUnconsumedMessagesCount()) === 2);
  await channel.setAllMessagesConsumed();
  await until('none unread', async () => (await channel.getUnconsumedMessagesCount()) === 0);
});

capability('horizon.unread', 'and can be taken back altogether', async (scene) => {
  const { channel } = await unread(scene, 'forgetful');
  await channel.setAllMessagesConsumed();
  await until('the horizon', () => channel.lastConsumedMessageIndex === 2);
  await channel.setNoMessagesConsumed();
  await until('no horizon', () => channel.lastConsumedMessageIndex === null);
  await until('no count', async () => (await channel.getUnconsumedMessagesCount()) === null);
});

capability('channel.notification-level', 'is muted and unmuted', async ({ chatting, heard, rest: service, name }) => {
  const { client, channel } = await chatting('quiet');
  equal(channel.notificationLevel, 'default', 'the level at first');
  const told = heard(channel, 'updated', ({ updateReasons }) => updateReasons.includes('notificationLevel'));
  await channel.setUserNotificationLevel('muted');
  await told;
  equal(channel.notificationLevel, 'muted', 'the level');
  const stored = await service(`/Users/${encodeURIComponent(name('quiet'))}`).get(`/Channels/${channel.sid}`);
  equal(stored.notification_level, 'muted', 'the stored level');
  await channel.setUserNotificationLevel('default');
  await until('the level to be back', () => channel.notificationLevel === 'default');
  same(client.user.identity, name('quiet'), 'the customer');
});
