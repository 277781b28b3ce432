// What must be covered, what was, and what need not be.
import { readFileSync } from 'node:fs';

/** What is excluded, each with its reason: `exclusions.json`. An `item` may hold `*`. */
export const readExclusions = () => JSON.parse(readFileSync(new URL('exclusions.json', import.meta.url)));

/** Counts items by kind. An item is there from the start, uncovered; what goes wrong with it is kept. */
export class Coverage {
  #items = new Map();

  /** Names an item that must be covered. */
  need(kind, item) {
    this.#items.set(`${kind} ${item}`, { kind, item, covered: false, wrong: [] });
  }

  /** It was seen to be as it must; or `wrong` says how not. */
  saw(kind, item, wrong = []) {
    const at = this.#items.get(`${kind} ${item}`);
    if (!at) throw new Error(`${kind} ${item} is not among what must be covered`);
    at.covered ||= wrong.length === 0;
    at.wrong.push(...wrong);
  }

  /** `{ counts: [{ kind, covered, excluded, all }], failures: [sentence] }`. */
  result(exclusions) {
    const used = new Set();
    const counts = new Map();
    const failures = [];
    for (const { kind, item, covered, wrong } of this.#items.values()) {
      const count = counts.get(kind) ?? { kind, covered: 0, excluded: 0, all: 0 };
      counts.set(kind, count);
      count.all += 1;
      const fine = covered && wrong.length === 0;
      const excluded = !fine && exclusions.find((exclusion) => matches(exclusion, kind, item));
      if (fine) count.covered += 1;
      else if (excluded) count.excluded += 1;
      else failures.push(`${kind} ${item}: ${wrong[0] ?? 'not covered'}`);
      if (excluded) used.add(excluded);
    }
    const idle = exclusions.filter((exclusion) => !used.has(exclusion));
    failures.push(...idle.map(({ kind, item }) => `the exclusion of ${kind} ${item} excludes nothing`));
    const bare = exclusions.filter(({ reason }) => !(reason?.length > 20));
    failures.push(...bare.map(({ kind, item }) => `the exclusion of ${kind} ${item} has no reason`));
    return { counts: [...counts.values()], failures };
  }
}

function matches(exclusion, kind, item) {
  if (exclusion.kind !== kind) return false;
  return [exclusion.item].flat().some((pattern) => {
    const [start, ...rest] = pattern.split('*');
    if (rest.length === 0) return item === start;
    const end = rest.join('*');
    return item.startsWith(start) && item.endsWith(end) && item.length >= start.length + end.length;
  });
}

/** The counts as lines of a table. */
export const table = (counts) =>
  counts.map(
    ({ kind, covered, excluded, all }) =>
      `${kind.padEnd(16)} ${covered} of ${all}${excluded ? `, ${excluded} excluded with a reason` : ''}`,
  );
