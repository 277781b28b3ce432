// Waiting, always with a limit and with words for what did not come.

/** `promise`, or an error that names `what` after `ms`. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first `event` of `emitter` that `wanted` accepts; the listener is gone afterwards. */
export function heard(emitter, event, wanted = () => true, ms = 10_000) {
  let listener;
  const promise = new Promise((resolve) => {
    listener = (value) => wanted(value) && resolve(value);
    emitter.on(event, listener);
  });
  return within(ms, `the event ${event}`, promise).finally(() => emitter.removeListener(event, listener));
}

/** What `probe` answers as soon as that is neither undefined, null nor false. */
export async function until(what, probe, ms = 10_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await pause(20);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
