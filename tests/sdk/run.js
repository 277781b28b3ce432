// `npm test`: runs every suite, then prints what became of each cell of capabilities.toml.
//
// With arguments they go to `node --test` in place of all files, and nothing is said of cells that did not run.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { groups, heardOf } from './support/cells.js';
import { table } from './support/table.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const NODE_TEST = ['--test', '--test-concurrency=2', '--test-reporter=spec', '--test-force-exit'];

/** Compares orders of frames that go by the SDK's timers of 100 ms: it has the machine to itself. */
const ALONE = 'frames.test.js';

/** Runs a program in this folder; answers whether it ended well. */
function run(program, args, env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: here, stdio: ['ignore', 'inherit', 'inherit'], env });
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(false);
    });
    child.once('close', (code) => resolve(code === 0));
  });
}

const cells = mkdtempSync(path.join(tmpdir(), 'flexload-cells-'));
process.once('exit', () => rmSync(cells, { recursive: true, force: true }));
const env = { ...process.env, FLEXLOAD_CELLS: cells };
const wanted = process.argv.slice(2);

const began = Date.now();
const others = readdirSync(here).filter((name) => name.endsWith('.test.js') && name !== ALONE);
const ends = [];
for (const files of wanted.length ? [wanted] : [[ALONE], others]) {
  ends.push(await run(process.execPath, [...NODE_TEST, ...files], env));
}
const ended = ends.every(Boolean);
const { lines, faults } = table(groups(), heardOf(cells));
if (wanted.length) {
  process.exitCode = ended ? 0 : 1;
} else {
  console.log(lines.join('\n'));
  console.log(`\n${Math.round((Date.now() - began) / 1000)} s`);
  for (const fault of faults) console.log(`✖ ${fault}`);
  process.exitCode = ended && faults.length === 0 ? 0 : 1;
}
