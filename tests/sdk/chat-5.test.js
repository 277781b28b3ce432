// The unmodified Chat SDK 5.0.2: REST in the tunnel as in 6, registered for notifications as before.
import { Client } from 'twilio-chat-5';
import { matrix } from './support/matrix.js';
import { inNode } from './support/node-place.js';
import { isVersion } from './support/version.js';

isVersion('twilio-chat-5', '5.0.2', Client);
// It leaves what became of a refused login to nobody.
const unheard = [/Fetch resource from "Client\/v1\/Configuration" failed/, /Maximum attempt count reached/];
matrix('chat-5', inNode({ Client, silent: true, unheard }));
