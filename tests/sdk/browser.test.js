// The same life on the file a web page includes: it bundles an older Sync library, which speaks another version of the
// events protocol (3, where the npm build speaks 4). All it needs of a browser are these three names.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { life } from './support/life.js';

globalThis.window = globalThis;
globalThis.self = globalThis;
globalThis.WebSocket = WebSocket;
const { Twilio } = createRequire(import.meta.url)('twilio-chat/builds/twilio-chat.min.js');
const { Client } = Twilio.Chat;

test('the bundle under test is twilio-chat 6.0.0', () => assert.equal(Client.version, '6.0.0'));

life(Client, { seed: 5 });
