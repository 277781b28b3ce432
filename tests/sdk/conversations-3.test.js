// The unmodified @twilio/conversations 3.0.1: the Chat SDK's successor, on the same wire with another base path.
import { conversations } from './support/conversations.js';
import { matrix } from './support/matrix.js';
import { inNode } from './support/node-place.js';
import { isVersion } from './support/version.js';

isVersion('@twilio/conversations', '3.0.1', conversations.Client);
// It leaves to nobody what becomes of a request that its own shutdown cuts off.
const unheard = [/^Error: Unable to connect: Connection is not initialized/];
matrix('conversations-3', inNode({ ...conversations, unheard }));
