// The HTML report in headless Chromium, of a run that failed: nothing is loaded, nothing complains, figures are those
// of run.json, axe-core finds nothing in either theme, it is read by keyboard, without script and on paper.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromiumPath, launch } from './support/chromium.js';
import { flexload } from './support/mock.js';

const scenario = fileURLToPath(new URL('../../scenarios/smoke.yaml', import.meta.url));
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const skip = chromiumPath() || process.env.CI ? false : 'no chromium on the path: install one, or set CHROMIUM';

/** Where the screenshots go, if somebody wants to look. */
const pictures = process.env.FLEXLOAD_SCREENSHOTS;

/** What nobody would call a label, to see that it stays text and breaks nothing. */
const evil = `<script>document.title='taken'</script>${'<b>&"'.repeat(40)}`;
const options = [
  '--set',
  'mock.faults=[{ status: { operation: send_message, status: 503, every: 3 } }]',
  '--label',
  `odd=${evil}`,
];

describe('report.html', { skip }, () => {
  const out = mkdtempSync(path.join(tmpdir(), 'flexload-report-'));
  let browser;
  let run;
  let file;
  before(async () => {
    const ran = spawnSync(flexload(), ['run', scenario, ...options, '--report', 'html', '--out', out], { encoding: 'utf8' });
    const folder = path.join(out, readdirSync(out)[0]);
    run = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8'));
    assert.equal(ran.status, run.exit_code, ran.stderr);
    assert.equal(run.verdict.outcome, 'failed');
    file = pathToFileURL(path.join(folder, 'report.html')).href;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    rmSync(out, { recursive: true, force: true });
  });

  /** The page, and what was complained of so far. */
  async function open(context) {
    const page = await (await browser.newContext(context)).newPage();
    const complaints = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => /^(file|data):/.test(request.url()) || complaints.push(request.url()));
    await page.goto(file);
    return { page, complaints };
  }

  const rowOf = (within, name) =>
    within.getByRole('row').filter({ has: within.page().getByRole('rowheader', { name, exact: true }) });

  /** Every figure of the tables is that of run.json. */
  async function figures(page) {
    const heading = await page.getByRole('heading', { level: 1 }).innerText();
    assert.match(heading, new RegExp(`${run.verdict.outcome.toUpperCase()}: smoke`));
    for (const reason of run.verdict.reasons) assert.ok(await page.getByText(reason, { exact: true }).first().isVisible(), reason);
    const steps = page.getByRole('table', { name: 'Steps in the steady state' });
    for (const step of run.steps.filter((step) => step.ok + step.errors > 0)) {
      const cells = await rowOf(steps, step.name).getByRole('cell').allInnerTexts();
      assert.deepEqual(cells.slice(0, 3).map(Number), [step.sent, step.ok, step.errors], step.name);
    }
    for (const { metric, seen } of run.thresholds) {
      const cells = await rowOf(page.getByRole('table', { name: 'Thresholds with the value seen' }), metric).getByRole('cell').allInnerTexts();
      assert.ok(cells.includes(seen), metric);
    }
    const way = page.getByRole('table', { name: 'Customers by how far they got' });
    assert.equal(run.funnel.length, 6);
    for (const { what, of, reached } of run.funnel) {
      const cells = await rowOf(way, what).getByRole('cell').allInnerTexts();
      assert.deepEqual(cells.slice(1, 3).map(Number), [reached, of], what);
    }
    const errors = page.getByRole('table', { name: 'Failures by step and kind' });
    for (const { step, kind, count } of run.errors) {
      const row = errors.getByRole('row').filter({ hasText: step ?? 'outside steps' }).filter({ hasText: kind });
      assert.ok((await row.getByRole('cell').allInnerTexts()).includes(String(count)), `${step} ${kind}`);
    }
    const checks = page.getByRole('table', { name: 'What the generator had to keep' });
    for (const { what, seen, limit } of run.generator.checks) {
      const cells = await rowOf(checks, what).getByRole('cell').allInnerTexts();
      assert.deepEqual(cells.slice(1, 3), [seen, limit], what);
    }
  }

  for (const [width, colorScheme] of [[1280, 'light'], [390, 'dark'], [1280, 'dark'], [390, 'light']]) {
    test(`${width} wide and ${colorScheme}: complete, without a complaint`, async () => {
      const { page, complaints } = await open({ viewport: { width, height: 800 }, colorScheme });
      await figures(page);
      const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= seen, `the page is ${wide} wide in a window of ${seen}`);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      await page.addScriptTag({ path: axe });
      const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
      assert.ok(passes.some(({ id }) => id === 'color-contrast'), 'axe-core looked at the colours');
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), []);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = false)));
      if (pictures) await page.screenshot({ path: `${pictures}/report-${width}-${colorScheme}.png`, fullPage: true });
      assert.match(await page.title(), /^smoke: failed/);
      assert.deepEqual(complaints, []);
    });
  }

  test('values are read by pointer and by arrow keys, and one that failed says so', async () => {
    const { page, complaints } = await open({ viewport: { width: 1280, height: 800 } });
    await page.getByRole('img', { name: 'Customers offered and started' }).hover();
    const tip = page.locator('.tip:visible');
    assert.match(await tip.innerText(), /^[0-9]:[0-9]{2}\ndue [0-9.]+\nstarted [0-9.]+$/);
    await page.mouse.move(0, 0);
    await page.getByRole('group', { name: 'Chats, customers and the queue for agents: arrow keys' }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('End');
    const last = await tip.innerText();
    await page.keyboard.press('Home');
    assert.match(await tip.innerText(), /^0:01\nchats open [0-9]+\n/);
    assert.notEqual(await tip.innerText(), last);
    await page.keyboard.press('ArrowRight');
    assert.match(await tip.innerText(), /^0:02\n/);
    await page.keyboard.press('Escape');
    assert.equal(await tip.count(), 0);
    // A third of the sends failed: their p95 is no number.
    await page.getByRole('group', { name: 'send_message over time: arrow keys' }).focus();
    await page.keyboard.press('Home');
    assert.match(await tip.innerText(), /\np95 failed\n/);
    assert.deepEqual(complaints, []);
  });

  test('without script every figure is there, and the values behind each chart', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    await figures(page);
    const charts = await page.getByRole('img').count();
    assert.ok(charts >= 10, `${charts} charts`);
    assert.equal(await page.locator('figure details').count(), charts);
    const chart = page.locator('figure', { hasText: 'Customers offered and started' });
    await chart.locator('summary').click();
    assert.ok(await chart.getByRole('table', { name: 'Customers offered and started' }).isVisible());
  });

  test('on paper it has all sections and no control', async () => {
    const { page } = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    for (const control of ['nav', 'figure details']) assert.equal(await page.locator(control).first().isVisible(), false, control);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
    const paper = await page.pdf({ format: 'A4', ...(pictures && { path: `${pictures}/report.pdf` }) });
    const pages = paper.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages >= 2 && pages <= 12, `${pages} pages`);
  });
});
