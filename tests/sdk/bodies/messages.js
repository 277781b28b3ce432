// Messages: sent, received, changed, read page by page.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';
import { bodiesOf } from './scene.js';
import { until } from '../support/wait.js';

capability(
  'message.send',
  'one that is sent is acknowledged, pushed, and readable over REST',
  async ({ chatting, heard, name }) => {
    const { channel, rest } = await chatting('sender');
    const pushed = heard(channel, 'messageAdded');
    equal(await channel.sendMessage('hello, I need help', { urgent: true }), 0, 'the index');
    const message = await pushed;
    equal(message.index, 0, 'the index pushed');
    equal(message.author, name('sender'), 'the author');
    equal(message.body, 'hello, I need help', 'the body');
    same(message.attributes, { urgent: true }, 'the attributes');
    const stored = await rest.get(`/Messages/${message.sid}`);
    equal(stored.body, 'hello, I need help', 'the stored body');
    equal(stored.from, name('sender'), 'the stored author');
    same(JSON.parse(stored.attributes), { urgent: true }, 'the stored attributes');
  },
);

capability('message.send', 'one that is posted over REST arrives', async ({ chatting, heard, name }) => {
  const { client, channel, posted } = await chatting('receiver');
  const atClient = heard(client, 'messageAdded');
  const atChannel = heard(channel, 'messageAdded');
  const sent = await posted('how can I help? é 😀');
  for (const message of [await atChannel, await atClient]) {
    equal(message.sid, sent.sid, 'the SID');
    equal(message.index, 0, 'the index');
    equal(message.author, name('agent'), 'the author');
    equal(message.body, 'how can I help? é 😀', 'the body');
  }
  await until('the channel to know its last message', () => channel.lastMessage?.index === 0);
});

capability('message.send', 'all of a burst arrive once, in order', async ({ chatting }) => {
  const { channel, posted } = await chatting('burst');
  const seen = [];
  channel.on('messageAdded', ({ index, body }) => seen.push(`${index} ${body}`));
  const expected = [];
  for (let i = 0; i < 20; i += 1) {
    expected.push(`${i} m${i}`);
    if (i % 2) await posted(`m${i}`);
    else await channel.sendMessage(`m${i}`);
  }
  await until('20 messages', () => seen.length >= expected.length);
  same(seen, expected, 'what was heard');
});

capability('message.send', 'two customers hear each other', async ({ together, heard, name }) => {
  const [{ channel: one }, { channel: other }] = await together('left', 'right');
  const atOther = heard(other, 'messageAdded', ({ author }) => author === name('left'));
  const atOne = heard(one, 'messageAdded', ({ author }) => author === name('right'));
  await one.sendMessage('ping');
  equal((await atOther).body, 'ping', 'what the other hears');
  await other.sendMessage('pong');
  equal((await atOne).body, 'pong', 'what the first hears');
});

capability('message.edit', 'by its author, told to the others', async ({ together, heard, name }) => {
  const [{ channel, rest }, { channel: other }] = await together('writer', 'reader');
  const pushed = heard(channel, 'messageAdded');
  const arrived = heard(other, 'messageAdded');
  await channel.sendMessage('frist');
  const message = await pushed;
  await arrived;
  const updated = heard(other, 'messageUpdated', ({ updateReasons }) => updateReasons.includes('body'));
  await message.updateBody('first');
  const { message: seen } = await updated;
  equal(seen.body, 'first', 'the body the other sees');
  equal(seen.lastUpdatedBy, name('writer'), 'who changed it');
  await until('the own body', () => message.body === 'first');
  equal((await rest.get(`/Messages/${message.sid}`)).body, 'first', 'the stored body');
});

capability('message.edit', 'over REST', async ({ chatting, heard }) => {
  const { channel, rest, posted } = await chatting('edited');
  const pushed = heard(channel, 'messageAdded');
  const { sid } = await posted('frist');
  const message = await pushed;
  const updated = heard(channel, 'messageUpdated');
  await rest.post(`/Messages/${sid}`, { Body: 'first' });
  ok((await updated).updateReasons.includes('body'), 'the body is a reason');
  equal(message.body, 'first', 'the body');
});

capability('message.delete', 'by its author, and over REST', async ({ chatting, heard }) => {
  const { channel, rest, posted } = await chatting('remover');
  const pushed = heard(channel, 'messageAdded');
  await channel.sendMessage('mine');
  const own = await pushed;
  const second = heard(channel, 'messageAdded');
  const { sid } = await posted('theirs');
  await second;
  const ownGone = heard(channel, 'messageRemoved');
  await own.remove();
  equal((await ownGone).sid, own.sid, 'the own message removed');
  const gone = heard(channel, 'messageRemoved');
  await rest.remove(`/Messages/${sid}`);
  equal((await gone).sid, sid, 'the other message removed');
  same((await rest.get('/Messages')).messages, [], 'the messages stored');
  equal(await channel.sendMessage('next'), 2, 'an index is not given twice');
});

capability('message.attributes', 'sent, and changed by the author', async ({ together, heard }) => {
  const [{ channel, rest }, { channel: other }] = await together('tagger', 'tagged');
  const pushed = heard(channel, 'messageAdded');
  const arrived = heard(other, 'messageAdded');
  await channel.sendMessage('tag me', { tags: ['a'], nested: { deep: [1, null, true] } });
  const message = await pushed;
  await arrived;
  same(message.attributes, { tags: ['a'], nested: { deep: [1, null, true] } }, 'the attributes');
  const updated = heard(other, 'messageUpdated', ({ updateReasons }) => updateReasons.includes('attributes'));
  await message.updateAttributes({ tags: ['b', 'é'] });
  same((await updated).message.attributes, { tags: ['b', 'é'] }, 'the attributes the other sees');
  const stored = await rest.get(`/Messages/${message.sid}`);
  same(JSON.parse(stored.attributes), { tags: ['b', 'é'] }, 'the stored attributes');
});

capability('message.paging', 'backwards and forwards', async ({ chatting }) => {
  const { channel, posted } = await chatting('historian');
  for (let i = 0; i < 7; i += 1) await posted(`m${i}`);
  const last = await channel.getMessages(3);
  same(bodiesOf(last), ['m4', 'm5', 'm6'], 'the last page');
  equal(last.hasPrevPage, true, 'there is a page before it');
  equal(last.hasNextPage, false, 'there is a page after it');
  const middle = await last.prevPage();
  same(bodiesOf(middle), ['m1', 'm2', 'm3'], 'the page before');
  const first = await middle.prevPage();
  same(bodiesOf(first), ['m0'], 'the first page');
  equal(first.hasPrevPage, false, 'there is a page before the first');
  same(bodiesOf(await middle.nextPage()), ['m4', 'm5', 'm6'], 'and forth again');
  const start = await channel.getMessages(2, 0, 'forward');
  same(bodiesOf(start), ['m0', 'm1'], 'from the start');
  same(bodiesOf(await start.nextPage()), ['m2', 'm3'], 'on from there');
  same(bodiesOf(await channel.getMessages(2, 4, 'backwards')), ['m3', 'm4'], 'back from an anchor');
  equal(await channel.getMessagesCount(), 7, 'the count');
});

capability('message.paging', 'what was deleted is left out', async ({ chatting }) => {
  const { channel, posted, rest } = await chatting('gaps');
  const made = [];
  for (let i = 0; i < 6; i += 1) made.push((await posted(`m${i}`)).sid);
  for (const i of [1, 4]) await rest.remove(`/Messages/${made[i]}`);
  const last = await channel.getMessages(2);
  same(bodiesOf(last), ['m3', 'm5'], 'the last page');
  same(bodiesOf(await last.prevPage()), ['m0', 'm2'], 'the page before');
});
