// A customer's life on the Chat SDK, told as tests: every build of the SDK must be able to live it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startMock } from './mock.js';
import { tcpRelay } from './tcp-relay.js';
import { chatService, login, mintToken, openChannel } from './twilio.js';
import { heard, pause, until, within } from './wait.js';

/** Defines the tests for one build's `Client`. */
export function life(Client, { seed }) {
  let mock;
  const open = new Set();
  const relays = new Set();
  before(async () => {
    mock = await startMock({ seed });
  });
  afterEach(async () => {
    for (const client of open) {
      // A request that its own shutdown cuts off, the SDK rejects with nobody listening: be done with the login first.
      if (client.connectionState === 'connected') await client.getSubscribedChannels();
      await client.shutdown();
    }
    open.clear();
    for (const relay of relays) await relay.close();
    relays.clear();
  });
  after(() => mock?.stop());

  async function customer(identity, options) {
    const client = await login(mock, identity, { ...options, Client });
    open.add(client);
    return client;
  }

  /** A customer in a channel whose message list is subscribed (before that, the SDK may miss `messageAdded`). */
  async function chatting(identity, options) {
    const { sid } = await openChannel(mock, identity);
    const client = await customer(identity, options);
    const channel = await client.getChannelBySid(sid);
    await channel.getMessages();
    return { client, channel, rest: chatService(mock).channels(sid) };
  }

  const posted = (rest, body, from = 'agent') => rest.messages.create({ from, body });
  const bodies = (page) => page.items.map(({ body }) => body);

  describe('logging in', () => {
    test('initialises, with the identity of the token', async () => {
      const client = await customer('alone');
      assert.equal(client.user.identity, 'alone');
      assert.equal(client.user.online, true);
      assert.equal((await client.getSubscribedChannels()).items.length, 0);
    });

    test('opens the channel that was made before the login', async () => {
      const { sid } = await openChannel(mock, 'before', {
        chatFriendlyName: 'Made first',
        preEngagementData: '{"page":"/a"}',
      });
      const client = await customer('before');
      const joined = await heard(client, 'channelJoined', (channel) => channel.sid === sid);
      const channel = await client.getChannelBySid(sid);
      assert.equal(channel, joined);
      assert.equal(channel.status, 'joined');
      assert.equal(channel.friendlyName, 'Made first');
      assert.equal(channel.isPrivate, true);
      assert.equal(channel.createdBy, 'system');
      assert.equal(channel.attributes.status, 'ACTIVE');
      assert.equal(channel.attributes.channel_type, 'custom');
      assert.deepEqual(channel.attributes.pre_engagement_data, { page: '/a' });
      assert.equal(channel.attributes.from, 'before');
      assert.deepEqual((await channel.getMembers()).map(({ identity }) => identity), ['before']);
    });

    test('is told of the channel that is made after the login', async () => {
      const client = await customer('after');
      const added = heard(client, 'channelAdded');
      const joined = heard(client, 'channelJoined');
      const { sid } = await openChannel(mock, 'after');
      assert.equal((await added).sid, sid);
      const channel = await joined;
      assert.equal(channel.sid, sid);
      assert.equal(channel.status, 'joined');
      assert.equal(await channel.sendMessage('found it'), 0);
    });

    test('is denied with a token signed by another secret, and says why', async () => {
      const token = mintToken(mock, 'forger', { secret: 'x'.repeat(32) });
      const client = new Client(token, { Twilsock: { uri: mock.socket } });
      const error = await heard(client, 'connectionError');
      assert.equal(error.terminal, true);
      assert.equal(error.httpStatusCode, 401);
      assert.equal(error.errorCode, 20107);
      await until('the state denied', () => client.connectionState === 'denied');
    });
  });

  describe('messages', () => {
    test('one that is sent is acknowledged, pushed, and readable over REST', async () => {
      const { channel, rest } = await chatting('sender');
      const pushed = heard(channel, 'messageAdded');
      const index = await channel.sendMessage('hello, I need help', { urgent: true });
      assert.equal(index, 0);
      const message = await pushed;
      assert.equal(message.index, 0);
      assert.equal(message.author, 'sender');
      assert.equal(message.body, 'hello, I need help');
      assert.deepEqual(message.attributes, { urgent: true });
      const stored = await rest.messages(message.sid).fetch();
      assert.equal(stored.body, 'hello, I need help');
      assert.equal(stored.from, 'sender');
      assert.deepEqual(JSON.parse(stored.attributes), { urgent: true });
    });

    test('one that is posted over REST arrives as messageAdded', async () => {
      const { client, channel, rest } = await chatting('receiver');
      const atClient = heard(client, 'messageAdded');
      const atChannel = heard(channel, 'messageAdded');
      const sent = await posted(rest, 'how can I help? é 😀');
      for (const message of [await atChannel, await atClient]) {
        assert.equal(message.sid, sent.sid);
        assert.equal(message.index, 0);
        assert.equal(message.author, 'agent');
        assert.equal(message.body, 'how can I help? é 😀');
        assert.equal(message.channel.sid, channel.sid);
      }
      await until('the channel to know its last message', () => channel.lastMessage?.index === 0);
    });

    test('all of a burst arrive once, in order', async () => {
      const { channel, rest } = await chatting('burst');
      const seen = [];
      channel.on('messageAdded', ({ index, body }) => seen.push(`${index} ${body}`));
      const expected = [];
      for (let i = 0; i < 20; i += 1) {
        expected.push(`${i} m${i}`);
        if (i % 2) await posted(rest, `m${i}`);
        else await channel.sendMessage(`m${i}`);
      }
      await until('20 messages', () => seen.length >= expected.length);
      assert.deepEqual(seen, expected);
    });

    test('history is read page by page, backwards', async () => {
      const { channel, rest } = await chatting('reader');
      for (let i = 0; i < 7; i += 1) await posted(rest, `m${i}`);
      const last = await channel.getMessages(3);
      assert.deepEqual(bodies(last), ['m4', 'm5', 'm6']);
      assert.equal(last.hasPrevPage, true);
      const middle = await last.prevPage();
      assert.deepEqual(bodies(middle), ['m1', 'm2', 'm3']);
      assert.deepEqual(bodies(await middle.prevPage()), ['m0']);
      assert.deepEqual(bodies(await channel.getMessages(2, 0, 'forward')), ['m0', 'm1']);
      assert.equal(await channel.getMessagesCount(), 7);
    });

    test('an edited and a deleted one are told', async () => {
      const { channel, rest } = await chatting('editor');
      const pushed = heard(channel, 'messageAdded');
      const { sid } = await posted(rest, 'frist');
      const message = await pushed;
      const updated = heard(channel, 'messageUpdated');
      await rest.messages(sid).update({ body: 'first' });
      assert.deepEqual((await updated).updateReasons.includes('body'), true);
      assert.equal(message.body, 'first');
      const removed = heard(channel, 'messageRemoved');
      await rest.messages(sid).remove();
      assert.equal((await removed).sid, sid);
    });
  });

  describe('members', () => {
    test('an agent who is added over REST and leaves again is told', async () => {
      const { channel, rest } = await chatting('host');
      const joined = heard(channel, 'memberJoined', ({ identity }) => identity === 'guest');
      const { sid } = await rest.members.create({ identity: 'guest' });
      assert.equal((await joined).sid, sid);
      assert.equal(await channel.getMembersCount(), 2);
      const left = heard(channel, 'memberLeft');
      await rest.members(sid).remove();
      assert.equal((await left).identity, 'guest');
    });

    test('typing is seen by the others and not by the typist', async () => {
      const { channel, rest } = await chatting('typist');
      await rest.members.create({ identity: 'watcher' });
      const watcher = await customer('watcher');
      const watched = await watcher.getChannelBySid(channel.sid);
      await watched.getMembers();
      let own = 0;
      channel.on('typingStarted', () => (own += 1));
      const started = heard(watched, 'typingStarted');
      await channel.typing();
      assert.equal((await started).identity, 'typist');
      const ended = heard(watched, 'typingEnded');
      await channel.sendMessage('typed');
      assert.equal((await ended).identity, 'typist');
      assert.equal(own, 0);
    });

    test('the consumption horizon moves and is told to the others', async () => {
      const { channel, rest } = await chatting('consumer');
      for (const body of ['a', 'b', 'c']) await posted(rest, body);
      await until('three messages', () => channel.lastMessage?.index === 2);
      assert.equal(await channel.updateLastConsumedMessageIndex(0), 2);
      const moved = heard(channel, 'memberUpdated', ({ member }) => member.lastConsumedMessageIndex === 2);
      assert.equal(await channel.setAllMessagesConsumed(), 0);
      const { member: own, updateReasons } = await moved;
      assert.equal(own.identity, 'consumer');
      assert.ok(updateReasons.includes('lastConsumedMessageIndex'), updateReasons.join());
      await until('the own horizon', () => channel.lastConsumedMessageIndex === 2);
      assert.equal(await channel.getUnconsumedMessagesCount(), 0);
      const [member] = await rest.members.list();
      assert.equal(member.lastConsumedMessageIndex, 2);
    });

    test('who leaves is out', async () => {
      const { client, channel, rest } = await chatting('leaver');
      const left = heard(client, 'channelLeft');
      await channel.leave();
      assert.equal((await left).sid, channel.sid);
      assert.deepEqual(await rest.members.list(), []);
    });
  });

  describe('the channel', () => {
    test('wrapped up over REST tells its new attributes', async () => {
      const { channel, rest } = await chatting('wrapped');
      const updated = heard(channel, 'updated', ({ updateReasons }) => updateReasons.includes('attributes'));
      const { attributes } = await rest.fetch();
      await rest.update({ attributes: JSON.stringify({ ...JSON.parse(attributes), status: 'INACTIVE' }) });
      await updated;
      assert.equal(channel.attributes.status, 'INACTIVE');
      const next = await openChannel(mock, 'wrapped');
      assert.notEqual(next.sid, channel.sid, 'an INACTIVE channel is not given back');
    });

    test('deleted over REST is removed', async () => {
      const { client, channel, rest } = await chatting('deleted');
      const removed = heard(client, 'channelRemoved');
      await rest.remove();
      assert.equal((await removed).sid, channel.sid);
    });
  });

  describe('the connection', () => {
    test('cut and mended, misses nothing', { timeout: 60_000 }, async () => {
      const relay = await tcpRelay(mock.socket);
      relays.add(relay);
      const { client, channel, rest } = await chatting('cut', { uri: relay.uri });
      const seen = [];
      channel.on('messageAdded', ({ index, body }) => seen.push(`${index} ${body}`));
      await posted(rest, 'before');
      await until('the message before', () => seen.length === 1);

      relay.cut();
      await until('the loss to be noticed', () => client.connectionState !== 'connected');
      await posted(rest, 'during 1');
      await posted(rest, 'during 2');
      await rest.members.create({ identity: 'late-agent' });
      relay.mend();
      const joined = heard(channel, 'memberJoined', ({ identity }) => identity === 'late-agent', 30_000);
      await until('the reconnection', () => client.connectionState === 'connected', 30_000);
      await until('the missed messages', () => seen.length === 3, 30_000);
      await joined;
      await posted(rest, 'after');
      await until('the message after', () => seen.length === 4);
      await pause(300);
      assert.deepEqual(seen, ['0 before', '1 during 1', '2 during 2', '3 after'], 'each once, in order');
      assert.equal(await channel.sendMessage('mine'), 4);
    });

    test('takes a new token', async () => {
      const { client, channel } = await chatting('renewed');
      await client.updateToken(mintToken(mock, 'renewed', { ttl: 7200 }));
      assert.equal(client.connectionState, 'connected');
      assert.equal(await channel.sendMessage('still here'), 0);
    });

    test('is closed by shutdown', async () => {
      const client = await customer('closer');
      await client.getSubscribedChannels();
      await within(5_000, 'shutdown', client.shutdown());
      await until('the state disconnected', () => client.connectionState === 'disconnected');
      const user = await until('the user to be offline', async () => {
        const fetched = await chatService(mock).users('closer').fetch();
        return fetched.isOnline === true ? null : fetched;
      });
      assert.equal(user.identity, 'closer');
    });
  });
}
