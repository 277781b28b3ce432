// Where the browser's SDK lives: in a page of headless Chromium. The page loads the file that the package ships for
// web pages, unmodified, and the same bodies that run in Node.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './chromium.js';

const here = fileURLToPath(new URL('..', import.meta.url));
const PAGE = `<!doctype html><meta charset="utf-8"><title>bodies</title>
<script src="/sdk.js"></script><script type="module" src="/bodies/page.js"></script>`;

/** Serves the page, the SDK's file, and the modules of `bodies/` and `support/`. */
async function serve(sdk) {
  const server = http.createServer((request, response) => {
    const send = (file) => {
      response.setHeader('content-type', 'text/javascript; charset=utf-8');
      createReadStream(file)
        .on('error', () => response.writeHead(404).end())
        .pipe(response);
    };
    const [, module] = /^\/((?:bodies|support)\/[a-z-]+\.js)$/.exec(request.url) ?? [];
    if (module) send(path.join(here, module));
    else if (request.url === '/sdk.js') send(sdk);
    else response.setHeader('content-type', 'text/html').end(request.url === '/' ? PAGE : '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/**
 * A place for the SDK in `file` of an npm package, which defines `Twilio.Chat.Client`. `unheard` are patterns of the
 * rejections that this SDK itself leaves to nobody.
 */
export const inPage =
  ({ file, version, unheard = [] }) =>
  async () => {
    const server = await serve(createRequire(import.meta.url).resolve(file));
    const browser = await launch();
    const page = await browser.newPage();
    const unexpected = [];
    page.on('pageerror', (error) => {
      const told = String(error.stack ?? error);
      if (!unheard.some((pattern) => pattern.test(told))) unexpected.push(told);
    });
    const hosts = new Map(); // by the prefix of the body they are for
    await page.exposeFunction('onHost', (prefix, name, args) => hosts.get(prefix)[name](...args));
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.perform);
    assert.equal(await page.evaluate(() => globalThis.Twilio.Chat.Client.version), version);
    return {
      perform(index, prefix, { socket }, host) {
        hosts.set(prefix, host);
        return page.evaluate((given) => globalThis.perform(given), { index, prefix, socket });
      },
      async close() {
        await browser.close();
        server.close();
        assert.deepEqual(unexpected, [], 'errors of the page that nobody heard');
      },
    };
  };
