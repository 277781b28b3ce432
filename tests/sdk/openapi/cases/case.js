// What a table of cases is written with.
//
// A case tells how to make a valid request of one operation, `base(resources)`, which answers `{ path, query, form }`,
// and which values its parameters may have: `samples[parameter](resources, base)`. Parameters that `samples` does not
// name get values from their schema alone.

/**
 * A value of a parameter. `also` goes with it, where it makes no sense alone. `shown(answer, resources, base)` looks for
 * it, and answers what it found: for values that the answer does not hold under the parameter's own name.
 */
export const value = (of, { also = {}, shown } = {}) => ({ of, also, shown });

/** A case of an operation that lists: three things are there, `make` being called for each. */
export function listing(place, { samples = {} } = {}) {
  const base = async (resources) => {
    const { path = {}, make } = await place(resources);
    for (let nth = 0; nth < 3; nth += 1) await make();
    return { path, query: {}, make };
  };
  return {
    base,
    samples: { PageSize: () => [ofSize(1), ofSize(2)], Page: nextPage, PageToken: nextPage, ...samples },
    lists: true,
  };
}

/** The things of a list's answer. */
export const items = (answer) => answer[answer.meta.key];

const ofSize = (size) =>
  value(size, { shown: (answer) => answer.meta.page_size === size && items(answer).length === size && size });

/** The second page, as the first one's `next_page_url` has it; `ask` sends the base request with another query. */
async function nextPage(_, base, { ask, name }) {
  const first = (await ask({ PageSize: 1 })).body;
  const next = Object.fromEntries(new URL(first.meta.next_page_url).searchParams);
  const shown = (answer) => {
    const [one, other] = [first, answer].map((page) => JSON.stringify(items(page)));
    return answer.meta.page === 1 && items(answer).length === 1 && one !== other && next[name];
  };
  return [value(next[name], { also: next, shown })];
}

/** Whether all things of a list are as a filter has it, and there is at least one. */
export const allOf = (name, wanted) => (answer) =>
  items(answer).length > 0 && items(answer).every((item) => item[name] === wanted) && wanted;
