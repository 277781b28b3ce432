// The unmodified Chat SDK 4.1.0: commands are items of a Sync list, the session.
import sdk from 'twilio-chat-4';
import { matrix } from './support/matrix.js';
import { inNode } from './support/node-place.js';
import { isVersion } from './support/version.js';

const { Client } = sdk;

isVersion('twilio-chat-4', '4.1.0', Client);
// It leaves what became of a refused login to nobody.
matrix('chat-4', inNode({ Client, silent: true, unheard: [/^(\w*Error): Unable to connect: /] }));
