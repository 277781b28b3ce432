// The unmodified Chat SDK 6.0.0, as `npm install` gives it to an application for Node.
import { Client } from 'twilio-chat';
import { matrix } from './support/matrix.js';
import { inNode } from './support/node-place.js';
import { isVersion } from './support/version.js';

isVersion('twilio-chat', '6.0.0', Client);
matrix('chat-6', inNode({ Client }));
