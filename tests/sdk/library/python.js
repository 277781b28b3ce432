// A PyPI release of `twilio`, driven through python/driver.py: which operations it offers, and how to call one.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from '../support/wait.js';
import { inPython } from './names.js';

const DRIVER = fileURLToPath(new URL('../python/driver.py', import.meta.url));

/** The library installed in the virtual environment python/`name`. */
export async function pythonLibrary(name) {
  const driver = startDriver(name);
  const { version, operations } = await driver.ask({ do: 'surface' });
  const connect = async (mock, { user = mock.api_key_sid, password = mock.api_key_secret } = {}) => {
    await driver.ask({ do: 'connect', url: mock.url, user, password, account: mock.account_sid });
    return new PythonClient(driver);
  };
  const mint = (
    { account_sid: account, api_key_sid: key, api_key_secret: secret, chat_service_sid: service },
    identity,
  ) => driver.ask({ do: 'mint', account, key, secret, service, identity });
  return { version, connect, mint, spells: inPython, surface: () => operations, stop: driver.stop };
}

/** Where .ci/run and `npm test` install Python's packages. */
export const pythonOf = (name) => fileURLToPath(new URL(`../python/${name}/bin/python`, import.meta.url));

function startDriver(name) {
  const child = spawn(pythonOf(name), [DRIVER], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)));
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  const failAll = (why) => waiting.splice(0).forEach(({ reject }) => reject(new Error(`${name}: ${why}\n${stderr}`)));
  child.once('error', (error) => failAll(error.message));
  child.once('close', (code) => failAll(`the driver ended with ${code}`));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  const ask = async (request) => {
    const answer = new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, refused, broke } = await within(30_000, `${name} to answer ${JSON.stringify(request)}`, answer);
    if (refused) throw new PythonRefusal(refused);
    if (broke) throw new Error(broke);
    return value;
  };
  const stop = async () => {
    process.off('exit', kill);
    child.stdin.end();
    await within(10_000, `${name} to end`, new Promise((resolve) => child.once('close', resolve)));
  };
  return { ask, stop };
}

/** What the library raised, as it says it. */
class PythonRefusal extends Error {
  constructor(refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** A connected client: the same calls as Node's. */
class PythonClient {
  constructor(driver) {
    this.driver = driver;
  }

  async call(operation, path, parameters, schema) {
    const named = parameters.json ? { body: parameters.json } : spelt(parameters);
    const { value, status, text, sent } = await this.driver.ask({
      do: 'call',
      operation,
      path,
      parameters: named,
      schema,
    });
    return { value, answer: { asked: operation.method, status, body: text ? JSON.parse(text) : text }, sent };
  }

  items = (operation, path, way, options) =>
    this.driver.ask({ do: 'items', operation, path, way: way === 'each' ? 'stream' : way, options: spelt(options) });

  pages = (operation, path, pageSize) => this.driver.ask({ do: 'pages', operation, path, page_size: pageSize });

  refusalOf = ({ refusal }) => refusal;
}

const spelt = (parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [inPython(name), value]));
