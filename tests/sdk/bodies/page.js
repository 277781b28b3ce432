// The page's side of support/page-place.js: runs a body on the SDK that the page has loaded.
import { bodies } from './index.js';
import { scene } from './scene.js';

/** The host of a body, which is in Node. */
const hostOf = (prefix) =>
  new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args) =>
          globalThis.onHost(prefix, name, args),
    },
  );

globalThis.perform = async ({ index, prefix, socket }) => {
  const set = scene({ Client: globalThis.Twilio.Chat.Client }, hostOf(prefix), socket, prefix);
  try {
    await bodies[index].body(set);
  } finally {
    await set.close();
  }
};
