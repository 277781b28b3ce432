// The releases of the helper library that must work, by their names in capabilities.toml.
import { nodeLibrary } from './node.js';
import { pythonLibrary } from './python.js';

export const LIBRARIES = [
  { client: 'twilio-node-3', version: '3.84.1', open: () => nodeLibrary('twilio-3') },
  { client: 'twilio-node-4', version: '4.23.0', open: () => nodeLibrary('twilio-4') },
  { client: 'twilio-node-6', version: '6.2.0', open: () => nodeLibrary('twilio') },
  { client: 'twilio-python-7', version: '7.17.0', open: () => pythonLibrary('twilio-7') },
  { client: 'twilio-python-9', version: '9.13.0', open: () => pythonLibrary('twilio-9') },
];
