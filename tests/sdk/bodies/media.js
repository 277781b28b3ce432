// Pictures and files, up and down.
import { equal, ok, same } from './expect.js';
import { capability } from './register.js';

/** A small picture and its first bytes' meaning do not matter: every byte must come back. */
const bytes = (length) => Uint8Array.from({ length }, (_, i) => (i * 31) % 256);

/** What `sendMessage` takes for a file: a page gives a form, a program a buffer. */
function file(data, contentType, filename) {
  if (typeof Buffer !== 'undefined') return { contentType, media: Buffer.from(data) };
  const form = new FormData();
  form.append('file', new Blob([data], { type: contentType }), filename);
  return form;
}

async function downloaded(media) {
  const answer = await fetch(await media.getContentTemporaryUrl());
  equal(answer.status, 200, 'the status of the download');
  return { type: answer.headers.get('content-type'), data: new Uint8Array(await answer.arrayBuffer()) };
}

capability('media.up', 'a picture with attributes is a message of type media', async ({ together, heard, name }) => {
  const [{ channel, rest }, { channel: other }] = await together('snapper', 'viewer');
  const arrived = heard(other, 'messageAdded');
  const index = await channel.sendMessage(file(bytes(3000), 'image/png', 'tea.png'), { alt: 'a cup of tea' });
  equal(index, 0, 'the index');
  const message = await arrived;
  equal(message.type, 'media', 'the type');
  equal(message.author, name('snapper'), 'the author');
  same(message.attributes, { alt: 'a cup of tea' }, 'the attributes');
  ok(/^ME[0-9a-f]{32}$/.test(message.media.sid), `the SID ${message.media.sid}`);
  equal(message.media.contentType, 'image/png', 'the content type');
  equal(message.media.size, 3000, 'the size');
  const stored = await rest.get(`/Messages/${message.sid}`);
  equal(stored.type, 'media', 'the stored type');
  equal(stored.media.sid, message.media.sid, 'the stored media');
});

capability('media.down', 'every byte comes back, without a token', async ({ together, heard }) => {
  const [{ channel }, { channel: other }] = await together('uploader', 'downloader');
  for (const [length, type] of [
    [1, 'text/plain'],
    [200_000, 'application/pdf'],
  ]) {
    const arrived = heard(other, 'messageAdded');
    await channel.sendMessage(file(bytes(length), type, 'a file.bin'));
    const got = await downloaded((await arrived).media);
    equal(got.data.length, length, 'the length');
    ok(
      bytes(length).every((byte, i) => byte === got.data[i]),
      'the bytes',
    );
    ok(got.type.startsWith(type), `the content type ${got.type}`);
  }
});

capability('media.down', 'a media message of the history can be fetched', async ({ chatting }) => {
  const { channel } = await chatting('collector');
  await channel.sendMessage(file(bytes(64), 'image/gif', 'old.gif'));
  const { items } = await channel.getMessages();
  equal((await downloaded(items[0].media)).data.length, 64, 'the length');
});
