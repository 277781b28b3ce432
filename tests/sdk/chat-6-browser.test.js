// The file of twilio-chat 6.0.0 that a web page includes, in headless Chromium: it bundles an older Sync library, which
// speaks version 3 of the events protocol where the npm build speaks 4.
import { test } from 'node:test';
import { matrix } from './support/matrix.js';
import { chromiumPath } from './support/chromium.js';
import { inPage } from './support/page-place.js';

if (chromiumPath() || process.env.CI) {
  matrix('chat-6-browser', inPage({ file: 'twilio-chat/builds/twilio-chat.min.js', version: '6.0.0' }));
} else {
  test('a browser', { skip: 'no chromium on the path: install one, or set CHROMIUM' }, () => {});
}
