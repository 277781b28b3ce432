// Starts `flexload mock` as its own process and reads the line it prints when it is ready.
//
// FLEXLOAD_BIN   the binary to run (default: the debug build of this workspace)
// FLEXLOAD_MOCK  the ready line of a mock that is already running: nothing is started then
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './wait.js';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));

/** The flexload binary these tests drive. */
export function flexload() {
  const target = path.resolve(workspace, process.env.CARGO_TARGET_DIR ?? 'target');
  const binary = process.env.FLEXLOAD_BIN ?? path.join(target, 'debug', 'flexload');
  if (!existsSync(binary)) {
    throw new Error(`${binary} does not exist: run \`cargo build --bin flexload\`, or set FLEXLOAD_BIN`);
  }
  return binary;
}

/**
 * A mock ready to be talked to: what its ready line says (`url`, `socket`, `account_sid`, ...) and `stop()`.
 * The limits are off unless asked for, so that no test depends on how fast another one was.
 */
export async function startMock({ seed = 1, limits = 'off', args: more = [] } = {}) {
  if (process.env.FLEXLOAD_MOCK) {
    return { ...JSON.parse(process.env.FLEXLOAD_MOCK), stop: async () => {} };
  }
  const args = ['mock', '--bind', '127.0.0.1:0', '--json', '--seed', String(seed), '--limits', limits, ...more];
  const child = spawn(flexload(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)));
  const exited = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  const firstLine = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    exited.then((code) => reject(new Error(`the mock ended (${code}) before it was ready:\n${stderr}`)));
  });

  const ready = JSON.parse(await within(20_000, 'the ready line of the mock', firstLine));
  const stop = async () => {
    process.off('exit', kill);
    child.kill('SIGINT');
    return within(10_000, 'the mock to stop after SIGINT', exited).catch((error) => {
      kill();
      throw error;
    });
  };
  return { ...ready, stop };
}
