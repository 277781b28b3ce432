// The page /_mock/customer in headless Chromium: somebody starts a chat there, an agent answers, a picture is sent.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { chromiumPath, launch } from './support/chromium.js';
import { startMock } from './support/mock.js';
import { chatService, login } from './support/twilio.js';
import { heard } from './support/wait.js';

const sdk = createRequire(import.meta.url).resolve('twilio-chat/builds/twilio-chat.min.js');

/** A red square of 64 × 64. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsIvj2/6YzQi+hcEKLFP9WgQEBAQEBAQE' +
    'BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQELguu/4EA2QSNygAAAABJRU5ErkJggg==',
  'base64',
);

/** Where the screenshots go, if somebody wants to look. */
const pictures = process.env.FLEXLOAD_SCREENSHOTS;

const skip = chromiumPath() || process.env.CI ? false : 'no chromium on the path: install one, or set CHROMIUM';

describe('the page /_mock/customer', { skip }, () => {
  let mock;
  let browser;
  before(async () => {
    mock = await startMock({ seed: 43, args: ['--sdk', sdk] });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await mock?.stop();
  });

  /** The page, opened, with all that its console complained of. */
  async function open({ query = '', ...options } = {}) {
    const page = await (await browser.newContext({ viewport: { width: 390, height: 780 }, ...options })).newPage();
    page.setDefaultTimeout(15_000);
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure().errorText}`));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== new URL(mock.url).origin && !['data:', 'blob:'].includes(protocol)) complaints.push(request.url());
    });
    await page.goto(`${mock.url}/_mock/customer${query}`);
    return { page, complaints };
  }

  async function chat(page, name) {
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Start chat' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    const command = await page.locator('#answer').textContent();
    return chatService(mock).channels(/CH[0-9a-f]{32}/.exec(command)[0]);
  }

  const shot = async (page, name) => pictures && (await page.screenshot({ path: `${pictures}/${name}.png` }));
  const bubble = (page, text) => page.getByRole('log').getByRole('listitem').filter({ hasText: text });

  test('somebody chats with an agent, who is seen typing and answering', async () => {
    const { page, complaints } = await open();
    assert.match(await page.locator('main').innerText(), /flexload mock.*nothing here reaches Twilio/s);
    await shot(page, 'start');
    const channel = await chat(page, 'Ada Lovelace');
    assert.equal(await page.locator('#state').textContent(), 'connected');
    assert.equal((await channel.fetch()).friendlyName, 'Chat with Ada Lovelace');
    const agent = await login(mock, 'agent');
    const joined = heard(agent, 'channelJoined');
    await channel.members.create({ identity: 'agent' });
    const typing = heard(await joined, 'typingStarted');
    await page.getByRole('textbox', { name: 'Message' }).pressSequentially('My order is late.');
    assert.equal((await typing).identity, 'ada-lovelace');
    await page.keyboard.press('Enter');
    await bubble(page, 'My order is late.').waitFor();
    const [sent] = await channel.messages.list();
    assert.deepEqual([sent.body, sent.from], ['My order is late.', 'ada-lovelace']);

    await (await joined).typing();
    await page.getByText('agent is typing').waitFor();
    await channel.messages.create({ from: 'agent', body: 'How can I help?' });
    await bubble(page, 'How can I help?').getByText(/agent · .*[0-9]:[0-9]/).waitFor();
    await agent.shutdown();
    assert.deepEqual(complaints, []);
  });

  test('a picture is sent and shown, in the dark and on a wide screen too', async () => {
    const wide = { viewport: { width: 1024, height: 760 }, colorScheme: 'dark' };
    const { page, complaints } = await open(wide);
    const channel = await chat(page, 'Bob');
    await channel.messages.create({ from: 'agent', body: 'Can you send a picture of it?' });
    await page.getByLabel('Send a picture').setInputFiles({ name: 'box.png', mimeType: 'image/png', buffer: PNG });
    const image = page.getByRole('log').getByRole('img', { name: 'box.png' });
    await image.waitFor();
    await page.waitForFunction(() => document.querySelector('#messages img').naturalWidth === 64);
    const sent = (await channel.messages.list()).at(-1);
    assert.deepEqual([sent.type, sent.media.filename, sent.media.size], ['media', 'box.png', PNG.length]);
    await page.getByText('Answer as the agent').click();
    await shot(page, 'dark');
    assert.deepEqual(complaints, []);
  });

  test('who comes back under the same name finds the chat again, with the SDK of an address', async () => {
    const { page, complaints } = await open({ query: '?sdk=/_mock/sdk.js' });
    await chat(page, 'Cleo');
    for (const text of ['one', 'two', 'a long one: '.repeat(12)]) {
      await page.getByRole('textbox', { name: 'Message' }).fill(text);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await bubble(page, text).waitFor();
    }
    await shot(page, 'phone');
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await chat(page, 'Cleo');
    await bubble(page, 'two').waitFor();
    assert.deepEqual(await bubble(page, 'o').count(), 3);
    assert.deepEqual(complaints, []);
  });

  test('without an SDK of the mock, the visitor chooses a file, and hears when it is the wrong one', async () => {
    const bare = await startMock({ seed: 44 });
    try {
      const page = await browser.newPage();
      await page.goto(`${bare.url}/_mock/customer`);
      await page.getByText('node_modules/twilio-chat').waitFor();
      await shot(page, 'choose');
      await page.getByLabel('Your name').fill('Dan');
      await page.getByLabel('The Chat SDK').setInputFiles({ name: 'x.js', mimeType: 'text/javascript', buffer: Buffer.from('1') });
      await page.getByRole('button', { name: 'Start chat' }).click();
      await page.getByRole('alert').getByText('not the Chat SDK').waitFor();
      await page.getByLabel('The Chat SDK').setInputFiles(sdk);
      await page.getByRole('button', { name: 'Start chat' }).click();
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
    } finally {
      await bare.stop();
    }
  });
});
