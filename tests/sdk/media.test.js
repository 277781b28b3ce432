// Files through the unmodified Chat SDK 6.0.0 under Node: uploaded, sent, heard, read back by their temporary link.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startMock } from './support/mock.js';
import { chatService, login, mintToken, openChannel } from './support/twilio.js';
import { heard } from './support/wait.js';

/** Text: the XMLHttpRequest that the SDK uses under Node does not send every byte as it is. */
const FILE = 'a picture, as far as the wire can tell';

describe('media', () => {
  let mock;
  const clients = [];
  before(async () => (mock = await startMock({ seed: 41 })));
  after(async () => {
    await Promise.all(clients.map((client) => client.shutdown()));
    await mock.stop();
  });

  async function customer(identity) {
    const { sid } = await openChannel(mock, identity);
    const client = await login(mock, identity);
    clients.push(client);
    return client.getChannelBySid(sid);
  }

  test('a file is sent, arrives as a media message, and is read back without a token', async () => {
    const channel = await customer('sender');
    const added = heard(channel, 'messageAdded');
    const index = await channel.sendMessage({ contentType: 'image/svg+xml', media: Buffer.from(FILE) }, { alt: 'a cat' });
    const message = await added;
    assert.equal(message.index, index);
    assert.equal(message.type, 'media');
    assert.equal(message.body, null);
    assert.deepEqual(message.attributes, { alt: 'a cat' });
    assert.match(message.media.sid, /^ME[0-9a-f]{32}$/);
    assert.equal(message.media.contentType, 'image/svg+xml');
    assert.equal(message.media.size, FILE.length);
    assert.equal(message.media.filename, null);
    const response = await fetch(await message.media.getContentTemporaryUrl());
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'image/svg+xml');
    assert.equal(await response.text(), FILE);
    const [stored] = await chatService(mock).channels(channel.sid).messages.list();
    assert.equal(stored.type, 'media');
    assert.equal(stored.media.sid, message.media.sid);
    assert.equal(stored.media.content_type, 'image/svg+xml');
  });

  test('a file that the account sent is heard, and stands in the history', async () => {
    const channel = await customer('receiver');
    const url = `${mock.url}/v1/Services/${mock.chat_service_sid}/Media?Filename=order.pdf`;
    const authorization = `Basic ${Buffer.from(`${mock.account_sid}:${mock.auth_token}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/pdf' };
    const uploaded = await (await fetch(url, { method: 'POST', headers, body: FILE })).json();
    const added = heard(channel, 'messageAdded');
    await chatService(mock).channels(channel.sid).messages.create({ from: 'agent', mediaSid: uploaded.sid });
    const message = await added;
    assert.equal(message.author, 'agent');
    assert.equal(message.media.filename, 'order.pdf');
    const { items } = await channel.getMessages();
    assert.equal(items.at(-1).media.sid, uploaded.sid);
    assert.equal(await (await fetch(await items.at(-1).media.getContentTemporaryUrl())).text(), FILE);
  });

  test('what a message may not have is refused with its code', async () => {
    const channel = await customer('refused');
    const create = (mediaSid) => chatService(mock).channels(channel.sid).messages.create({ mediaSid });
    await assert.rejects(create('ME' + 'f'.repeat(32)), { status: 404, code: 50507 });
    await assert.rejects(create('nonsense'), { status: 400, code: 50510 });
    await channel.sendMessage({ contentType: 'text/plain', media: FILE });
    const { items } = await channel.getMessages();
    await assert.rejects(create(items.at(-1).media.sid), { status: 409, code: 50508 });
    await assert.rejects(items.at(-1).updateBody('other'), (error) => error.body.code === 50509);
  });

  test('a token that is over opens nothing', async () => {
    const url = `${mock.url}/v1/Services/${mock.chat_service_sid}/Media`;
    const token = mintToken(mock, 'late', { ttl: -10 });
    const response = await fetch(url, { method: 'POST', headers: { 'x-twilio-token': token }, body: FILE });
    assert.equal(response.status, 401);
    assert.equal((await response.json()).code, 20104);
  });
});
