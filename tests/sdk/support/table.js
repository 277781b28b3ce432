// The table client × capability, and what is wrong with it.

const COLUMN = 8;

/**
 * What became of every cell: `{ lines, faults }`. A cell is at fault when it was neither run nor skipped, was skipped
 * and yet run, failed, or is not in the file.
 */
export function table(groups, results) {
  const lines = [];
  const faults = [];
  for (const group of groups) {
    const width = Math.max(group.name.length, ...Object.keys(group.capabilities).map((id) => id.length)) + 2;
    const labels = Object.values(group.clients).map(({ label }) => label.padStart(COLUMN));
    lines.push('', group.name.padEnd(width) + labels.join(''));
    const all = Object.keys(group.clients).map(() => ({ passed: 0, failed: 0, skipped: 0 }));
    for (const capability of Object.keys(group.capabilities)) {
      const cells = Object.keys(group.clients).map((client, column) => {
        const cell = judge(group, client, capability, results);
        faults.push(...cell.faults);
        for (const [key, count] of Object.entries(cell.counts)) all[column][key] += count;
        return cell.text.padStart(COLUMN);
      });
      lines.push(capability.padEnd(width) + cells.join(''));
    }
    for (const key of ['passed', 'failed', 'skipped']) {
      lines.push(key.padEnd(width) + all.map((counts) => String(counts[key]).padStart(COLUMN)).join(''));
    }
    lines.push(...footnotes(group));
  }
  return { lines, faults: [...faults, ...strangers(groups, results)] };
}

function judge({ reasons }, client, capability, results) {
  const cell = `${client} × ${capability}`;
  const own = results.filter((result) => result.client === client && result.capability === capability);
  const failed = own.filter(({ ok }) => !ok);
  const passed = own.length - failed.length;
  const faults = failed.map(({ test }) => `${cell} failed: ${test}`);
  if (reasons.has(`${client} ${capability}`)) {
    if (own.length) faults.push(`${cell} is skipped in capabilities.toml and ran`);
    return { text: '–', faults, counts: { skipped: 1, passed, failed: failed.length } };
  }
  if (own.length === 0) return { text: 'MISSING', faults: [`${cell} did not run`], counts: {} };
  const text = failed.length ? `${failed.length} FAIL` : String(passed);
  return { text, faults, counts: { passed, failed: failed.length } };
}

/** Why cells are skipped, a line for each reason. */
function footnotes({ reasons, clients }) {
  const cells = new Map();
  for (const [cell, reason] of reasons) {
    const [client, capability] = cell.split(' ');
    const noted = cells.get(reason) ?? { labels: new Set(), capabilities: new Set() };
    noted.labels.add(clients[client].label);
    noted.capabilities.add(capability);
    cells.set(reason, noted);
  }
  const line = ([reason, { labels, capabilities }]) =>
    `– ${[...labels].join(', ')}: ${[...capabilities].join(', ')}\n    ${reason}`;
  return [...cells].map(line);
}

/** Cells that ran though the file does not know them. */
function strangers(groups, results) {
  const known = ({ client, capability }) =>
    groups.some(({ clients, capabilities }) => client in clients && capability in capabilities);
  const unknown = results.filter((result) => !known(result));
  return [
    ...new Set(
      unknown.map(({ client, capability }) => `${client} × ${capability} ran but is not in capabilities.toml`),
    ),
  ];
}
