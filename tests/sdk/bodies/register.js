// What is done with a Chat SDK, told once for every client: bodies run in Node and inside a page alike, so nothing in
// this folder imports what a page cannot.

/** All bodies, in the order of their files: `{ capability, title, body, apart }`. */
export const bodies = [];

/**
 * Registers `body(scene)` under a cell of capabilities.toml. Bodies of a client run side by side; one that moves the
 * mock's clock or plants faults is `apart`, in an account of its own.
 */
export function capability(id, title, body, { apart = false } = {}) {
  bodies.push({ capability: id, title, body, apart });
}
