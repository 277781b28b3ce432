// What a body is given: customers on the SDK under test, the service's REST side, and somebody who cleans up.
import { heard, pause, until, within } from '../support/wait.js';

const same = (it) => it;

/**
 * A scene for one body.
 *
 * `sdk` is `{ Client, event, words, silent }`: the class, what that SDK calls an event of the Chat SDK, what the event
 * tells in the Chat SDK's words, and whether a refused login's reason is kept from us. `host` is what only Node can do
 * (see support/host.js), `socket` the mock's; `prefix` makes the scene's names its own.
 */
export function scene({ Client, event = same, words = same, silent = false }, host, socket, prefix) {
  const open = new Set();
  const relays = new Set();
  const name = (who) => `${prefix}-${who}`;

  /** A client of `who`, as `create` gives it, whatever state that is. */
  async function enter(who, { uri = socket, token, ttl } = {}) {
    const client = await Client.create(token ?? (await host.token(name(who), { ttl })), { Twilsock: { uri } });
    open.add(client);
    return client;
  }

  /** A customer who is logged in. Older SDKs are created a little before they are connected. */
  async function customer(who, options) {
    const client = await enter(who, options);
    await until(`${who} to be connected`, () => client.connectionState === 'connected');
    return client;
  }

  /** Comes with a token that is not let in: `{ status, code }` of the refusal, as far as this SDK tells. */
  async function denial(token, { uri = socket } = {}) {
    const client = new Client(token, { Twilsock: { uri } });
    const told = silent ? Promise.resolve({}) : heard(client, 'connectionError', ({ terminal }) => terminal);
    await until('the state denied', () => client.connectionState === 'denied');
    const { httpStatusCode: status, errorCode: code } = await told;
    return { status, code };
  }

  /** Chat's REST side below a path of the service: what an agent or a server does meanwhile. */
  const rest = (at = '') => ({
    get: (path = '') => host.rest('GET', at + path),
    post: (path, params) => host.rest('POST', at + path, params),
    remove: (path = '') => host.rest('DELETE', at + path),
  });

  /**
   * A customer in a channel that is all there: before its message list is, the SDK may miss `messageAdded`, and if its
   * channel goes before its lists have come, nobody hears of it.
   */
  async function chatting(who, options) {
    const { sid } = await host.openChannel(name(who));
    const client = await customer(who, options);
    const channel = await client.getChannelBySid(sid);
    await whole(channel);
    const side = rest(`/Channels/${sid}`);
    const posted = (Body, more) => side.post('/Messages', { From: name('agent'), Body, ...more });
    return { client, channel, rest: side, posted };
  }

  /** Two customers in one channel: `[one, other]`, each as `chatting` has them. */
  async function together(one, other) {
    const first = await chatting(one);
    await first.rest.post('/Members', { Identity: name(other) });
    const client = await customer(other);
    const channel = await client.getChannelBySid(first.channel.sid);
    await whole(channel);
    await until('both to know both', async () => (await first.channel.getMembers()).length === 2);
    return [first, { ...first, client, channel }];
  }

  async function relay() {
    const made = await host.relay();
    relays.add(made.id);
    return { uri: made.uri, cut: () => host.cut(made.id), mend: () => host.mend(made.id) };
  }

  async function close() {
    await Promise.all([...open].map(leave));
    for (const id of relays) await host.closeRelay(id);
  }

  return {
    host,
    name,
    silent,
    enter,
    denial,
    customer,
    chatting,
    together,
    rest,
    relay,
    close,
    /** As `wait.js` has it, in the words of the Chat SDK 6. */
    heard: async (emitter, named, wanted = () => true, ms) =>
      words(await heard(emitter, event(named), (told) => wanted(words(told)), ms)),
  };
}

/** Waits until all lists of a channel have come. */
export const whole = (channel) => Promise.all([channel.getMessages(), channel.getMembers()]);

/** The SDK asks for its subscriptions a tenth of a second after it opened something. */
const ASKED_MS = 200;

async function leave(client) {
  if (client.connectionState === 'denied' || client.connectionState === 'disconnected') return;
  // A request that its own shutdown cuts off, the SDK rejects with nobody listening: be done with all of them first.
  if (client.connectionState === 'connected') {
    const { items } = await client.getSubscribedChannels();
    await Promise.all(items.filter(({ status }) => status === 'joined').map(whole));
    await pause(ASKED_MS);
  }
  await within(10_000, 'shutdown', client.shutdown());
}

/** The bodies of a page of messages. */
export const bodiesOf = (page) => page.items.map(({ body }) => body);
