// One chat, lived twice: by the real SDK, and by flexload's customer. Both are relayed through a recorder.
//
// Between its steps a chat waits until the line is quiet, so that the order of the frames is decided by the client and
// not by which of two independent things happened to be faster.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { flexload } from './mock.js';
import { chatService, login, openChannel } from './twilio.js';
import { heard, until } from './wait.js';

/** The ways in which a chat may go: the guide's order first. */
export const CHATS = ['login first', 'channel first', 'line cut'];

const isTyping = ({ http_request: request }) => request?.path.endsWith('/Typing');

/**
 * The bad moment of a chat, the same for both clients: after it has typed, the line of `identity` is cut; while it is
 * away, somebody joins; then it comes back by itself.
 */
export async function cutTheLine(mock, relay, identity) {
  await relay.quiet(identity, isTyping);
  const before = relay.connections(identity);
  relay.cut(identity);
  const [, sid] = /\/Conversations\/(CH[0-9a-f]{32})/.exec(JSON.stringify(relay.recording(identity)));
  await chatService(mock).channels(sid).members.create({ identity: `guest-of-${identity}` });
  await until(`${identity} to come back`, () => relay.connections(identity) > before);
  await relay.quiet(identity);
}

/** The chat with the unmodified SDK in the customer's place; the agent is played over REST. */
export async function realChat(mock, relay, identity, way) {
  const step = async (action) => {
    const result = await action();
    await relay.quiet(identity);
    return result;
  };
  const enter = () => login(mock, identity, { uri: relay.uri });

  // The agent enters as soon as the channel is there.
  const open = async () => {
    const { sid } = await openChannel(mock, identity);
    const agent = chatService(mock).channels(sid);
    await agent.members.create({ identity: `agent-of-${identity}` });
    return { sid, agent };
  };

  let client;
  let channel;
  let agent;
  if (way === 'channel first') {
    const opened = await open();
    agent = opened.agent;
    client = await step(enter);
    channel = await step(() => client.getChannelBySid(opened.sid));
  } else {
    client = await step(enter);
    const joined = heard(client, 'channelJoined');
    ({ agent } = await open());
    channel = await step(() => joined);
  }
  await step(() => channel.getMessages());
  await step(() => channel.sendMessage('hello 1'));
  await step(() => agent.messages.create({ from: `agent-of-${identity}`, body: 'How can I help?' }));
  await step(() => channel.setAllMessagesConsumed());
  await step(() => channel.typing());
  if (way === 'line cut') await step(() => back(client));
  await step(() => channel.sendMessage('hello 2', { mood: 'hopeful' }));
  await step(() => agent.messages.create({ from: `agent-of-${identity}`, body: 'It is on its way.' }));
  await step(() => channel.leave());
  await client.shutdown();
}

const back = (client) => heard(client, 'connectionStateChanged', (state) => state === 'connected', 30_000);

/** The same chat as a scenario: `think` leaves the line as quiet as `realChat` waits for it to be. */
const scenario = (identity, way) => `\
version: 1
name: frames
customers: { count: 1, identity: ${identity}, identity_prefix: none }
agents: { count: 1, chats_each: 1, reply_after: 600ms }
load: { phases: [{ hold: { rate: 1/s, for: 1s } }] }
steps:
  - mint_token: { ttl: 1h }
  - ${way === 'channel first' ? 'open_channel' : 'connect'}: {}
  - think: 600ms
  - ${way === 'channel first' ? 'connect' : 'open_channel'}: {}
  - think: 800ms
  - history: { pages: 1 }
  - think: 600ms
  - send_message: { body: "hello 1" }
  - await_reply: { within: 10s }
  - think: 600ms
  - mark_read: {}
  - think: 600ms
  - typing: {}
  - think: ${way === 'line cut' ? '4s' : '600ms'}
  - send_message: { body: "hello 2", attributes: { mood: hopeful } }
  - await_reply: { within: 10s }
  - think: 600ms
  - leave: {}
  - think: 600ms
`;

/** A target file for this mock whose socket is the relay. */
const targets = (mock, relay) => `\
targets:
  recorded:
    account_sid: ${mock.account_sid}
    api_key: ${mock.api_key_sid}
    api_secret: { file: api-secret }
    chat_service_sid: ${mock.chat_service_sid}
    flex_flow_sid: ${mock.flex_flow_sid}
    endpoints: { flex_api: "${mock.url}", chat: "${mock.url}", socket: "${relay.uri}" }
`;

/** The chat with flexload's customer and agent. */
export async function ourChat(mock, relay, identity, way) {
  const folder = await mkdtemp(path.join(tmpdir(), 'flexload-frames-'));
  try {
    await writeFile(path.join(folder, 'chat.yaml'), scenario(identity, way));
    await writeFile(path.join(folder, 'flexload.yaml'), targets(mock, relay));
    await writeFile(path.join(folder, 'api-secret'), mock.api_key_secret, { mode: 0o600 });
    const args = ['run', 'chat.yaml', '--once', '--targets', 'flexload.yaml', '--target', 'recorded', '--out', 'out'];
    await new Promise((resolve, reject) => {
      execFile(flexload(), args, { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) =>
        error ? reject(new Error(`flexload ${args.join(' ')}: ${error.code}\n${stdout}\n${stderr}`)) : resolve(),
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
