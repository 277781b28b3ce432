// The cells of capabilities.toml: which client must be able to do what, and what became of each.
//
// A suite says what it ran as lines of JSON in a file of its own under $FLEXLOAD_CELLS:
// {"client":"chat-6","capability":"typing","test":"…","ok":true}
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';

const FILE = new URL('../capabilities.toml', import.meta.url);

/** The groups of the file: `{ name, clients, capabilities, skip }`. Throws where the file contradicts itself. */
export function groups(text = readFileSync(FILE, 'utf8')) {
  return parse(text).group.map(({ name, clients, capabilities, skip = [] }) => {
    const group = { name, clients, capabilities, reasons: new Map() };
    for (const { clients: skipping, capabilities: skipped, reason } of skip) {
      if (!reason) throw new Error(`capabilities.toml: a skip of ${skipping} gives no reason`);
      for (const client of skipping) {
        for (const capability of skipped) {
          if (!known(group, client, capability))
            throw new Error(`capabilities.toml skips no cell: ${client} × ${capability}`);
          group.reasons.set(`${client} ${capability}`, reason);
        }
      }
    }
    return group;
  });
}

const known = ({ clients, capabilities }, client, capability) => client in clients && capability in capabilities;

/** Why a client's cell is skipped, or undefined. Throws when the file does not know the cell. */
export function skipped(client, capability) {
  const group = groups().find((one) => known(one, client, capability));
  if (!group) throw new Error(`capabilities.toml has no cell ${client} × ${capability}`);
  return group.reasons.get(`${client} ${capability}`);
}

/** Says that a test of a cell ran. Nobody listens when a file is run by itself. */
export function ran(client, capability, test, ok) {
  const folder = process.env.FLEXLOAD_CELLS;
  if (!folder) return;
  const line = JSON.stringify({ client, capability, test, ok });
  appendFileSync(path.join(folder, `${client}.jsonl`), `${line}\n`);
}

/** All that was said in a folder. */
export function heardOf(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const lines = files.flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'));
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}
