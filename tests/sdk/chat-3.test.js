// The unmodified Chat SDK 3.4.0: commands are items of a Sync list, the session.
import sdk from 'twilio-chat-3';
import { matrix } from './support/matrix.js';
import { inNode } from './support/node-place.js';
import { isVersion } from './support/version.js';

const { Client } = sdk;

isVersion('twilio-chat-3', '3.4.0', Client);
// It leaves what became of a refused login to nobody.
matrix('chat-3', inNode({ Client, silent: true, unheard: [/^(\w*Error): Unable to connect: /] }));
