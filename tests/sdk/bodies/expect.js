// The few assertions that bodies need, for Node and for a page.

const told = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

function fail(message) {
  throw new Error(message);
}

/** Fails unless `condition` holds. */
export function ok(condition, message) {
  if (!condition) fail(message ?? 'expected something, got nothing');
}

/** Fails unless both are the same value. */
export function equal(actual, expected, what = 'the value') {
  if (!Object.is(actual, expected)) fail(`${what} is ${told(actual)}, expected ${told(expected)}`);
}

/** Fails unless both are alike all the way down, as JSON knows them; the order of keys does not matter. */
export function same(actual, expected, what = 'the value') {
  if (!alike(actual, expected)) fail(`${what} is ${told(actual)}, expected ${told(expected)}`);
}

function alike(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && alike(one[key], other[key]));
}

/** The reason for which `promise` is refused; fails when it is kept. */
export async function refused(promise, what = 'the call') {
  const kept = Symbol('kept');
  const reason = await promise.then(
    () => kept,
    (error) => error,
  );
  if (reason === kept) fail(`${what} was expected to be refused`);
  return reason;
}
