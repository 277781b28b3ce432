// The guide's two programs, run as programs against the mock: only SIDs and the host are its own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startMock } from './support/mock.js';
import { chatService, login, openChannel, restClient } from './support/twilio.js';

let mock;
before(async () => {
  mock = await startMock({ seed: 3 });
});
after(() => mock?.stop());

/** Runs a program of guide/; answers its exit code and what it printed. */
function program(name, { identity, ...changed }) {
  const env = {
    PATH: process.env.PATH,
    TWILIO_ACCOUNT_SID: mock.account_sid,
    TWILIO_API_KEY: mock.api_key_sid,
    TWILIO_API_SECRET: mock.api_key_secret,
    TWILIO_AUTH_TOKEN: mock.auth_token,
    TWILIO_CHAT_SERVICE_SID: mock.chat_service_sid,
    TWILIO_FLEX_FLOW_SID: mock.flex_flow_sid,
    FLEX_API_BASE_URL: mock.url,
    CUSTOMER_IDENTITY: identity,
    ...changed,
  };
  const file = fileURLToPath(new URL(`guide/${name}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout: stdout.trim(), stderr: stderr.trim() }),
    );
  });
}

const refusal = async (promise) => {
  const error = await promise.then(
    (value) => assert.fail(`expected a refusal, got ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  return { name: error.constructor.name, status: error.status, code: error.code, moreInfo: error.moreInfo };
};

describe('the guide', () => {
  test('creates a channel and gets the eight fields back', async () => {
    const { code, stdout, stderr } = await program('create-channel.cjs', { identity: 'guide-eight' });
    assert.equal(code, 0, stderr);
    const channel = JSON.parse(stdout);
    const { accountSid, dateCreated, dateUpdated, flexFlowSid, sid, taskSid, url, userSid, ...rest } = channel;
    assert.deepEqual(rest, {});
    assert.equal(accountSid, mock.account_sid);
    assert.equal(flexFlowSid, mock.flex_flow_sid);
    assert.match(sid, /^CH[0-9a-f]{32}$/);
    assert.match(userSid, /^US[0-9a-f]{32}$/);
    assert.match(taskSid, /^WT[0-9a-f]{32}$/, 'the default flow is of integration type task');
    assert.ok(url.endsWith(`/v1/Channels/${sid}`), url);
    for (const date of [dateCreated, dateUpdated]) {
      assert.match(date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/, 'whole seconds');
      assert.ok(Math.abs(Date.now() - Date.parse(date)) < 60_000, date);
    }
    const fetched = await restClient(mock).flexApi.v1.channel(sid).fetch();
    assert.deepEqual(JSON.parse(JSON.stringify(fetched)), channel, 'a fetch tells the same');
  });

  test('mints a token that logs the same customer in to the channel', async () => {
    const identity = 'guide-both';
    const minted = await program('token.cjs', { identity });
    assert.equal(minted.code, 0, minted.stderr);
    const created = JSON.parse((await program('create-channel.cjs', { identity })).stdout);

    const client = await login(mock, identity, { token: minted.stdout });
    try {
      const channel = await client.getChannelBySid(created.sid);
      assert.equal(channel.friendlyName, 'Chat with a customer');
      assert.equal(channel.status, 'joined');
      assert.equal(client.user.identity, identity);
      assert.equal(client.user.friendlyName, 'Customer');
    } finally {
      await client.shutdown();
    }
  });

  test('is told 20003 when the auth token is wrong', async () => {
    const identity = 'guide-wrong-password';
    const { code, stderr } = await program('create-channel.cjs', { identity, TWILIO_AUTH_TOKEN: 'f'.repeat(32) });
    assert.equal(code, 1);
    const { status, code: twilioCode } = JSON.parse(stderr);
    assert.deepEqual({ status, twilioCode }, { status: 401, twilioCode: 20003 });
  });
});

describe('refusals reach the helper library as RestException', () => {
  test('an unknown flow', async () => {
    const flow = `FO${'0'.repeat(31)}9`;
    const seen = await refusal(openChannel(mock, 'guide-no-flow', { flow }));
    assert.equal(seen.name, 'RestException');
    assert.ok(seen.status >= 400 && seen.status < 500, `status ${seen.status}`);
    assert.equal(typeof seen.code, 'number');
    assert.equal(seen.moreInfo, `https://www.twilio.com/docs/errors/${seen.code}`);
  });

  test('an unknown channel', async () => {
    const rest = restClient(mock);
    const sid = `CH${'0'.repeat(31)}9`;
    const { status, code } = await refusal(rest.flexApi.v1.channel(sid).fetch());
    assert.deepEqual({ status, code }, { status: 404, code: 20404 });
    const chat = await refusal(chatService(mock).channels(sid).fetch());
    assert.equal(chat.status, 404);
  });

  test('a wrong API key secret', async () => {
    const rest = restClient(mock, { password: 'wrong' });
    const { name, status, code } = await refusal(rest.flexApi.v1.channel.list({ limit: 1 }));
    assert.deepEqual({ name, status, code }, { name: 'RestException', status: 401, code: 20003 });
  });
});

describe('the helper library pages', () => {
  test('through the channels', async () => {
    const made = [];
    for (let i = 0; i < 5; i += 1) made.push((await openChannel(mock, `guide-page-${i}`)).sid);
    const seen = (await restClient(mock).flexApi.v1.channel.list({ pageSize: 2 })).map(({ sid }) => sid);
    assert.equal(new Set(seen).size, seen.length, 'no channel twice');
    for (const sid of made) assert.ok(seen.includes(sid), sid);
  });

  test('through the messages, in order', async () => {
    const { sid } = await openChannel(mock, 'guide-messages');
    const { messages } = chatService(mock).channels(sid);
    const bodies = ['one', 'zwei é', '3 & 4 + 5%', '😀', 'five'];
    for (const body of bodies) await messages.create({ from: 'guide-messages', body });
    const listed = await messages.list({ pageSize: 2 });
    assert.deepEqual(listed.map(({ body }) => body), bodies);
    assert.deepEqual(listed.map(({ index }) => index), [0, 1, 2, 3, 4]);
    const newest = await messages.list({ order: 'desc', limit: 1 });
    assert.equal(newest[0].body, 'five');
  });
});
