// The HTML report of a run in headless Chromium: nothing is loaded, nothing complains, figures are those of run.json.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromiumPath, launch } from './support/chromium.js';
import { flexload } from './support/mock.js';

const scenario = fileURLToPath(new URL('../../scenarios/smoke.yaml', import.meta.url));
const skip = chromiumPath() || process.env.CI ? false : 'no chromium on the path: install one, or set CHROMIUM';

/** Where the screenshots go, if somebody wants to look. */
const pictures = process.env.FLEXLOAD_SCREENSHOTS;

describe('report.html', { skip }, () => {
  const out = mkdtempSync(path.join(tmpdir(), 'flexload-report-'));
  let browser;
  let run;
  let file;
  before(async () => {
    const ran = spawnSync(flexload(), ['run', scenario, '--report', 'html', '--out', out], { encoding: 'utf8' });
    const folder = path.join(out, readdirSync(out)[0]);
    run = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8'));
    assert.equal(ran.status, run.exit_code, ran.stderr);
    file = pathToFileURL(path.join(folder, 'report.html')).href;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    rmSync(out, { recursive: true, force: true });
  });

  for (const [width, colorScheme] of [[1280, 'light'], [390, 'dark']]) {
    test(`${width} wide and ${colorScheme}: complete, without a complaint`, async () => {
      const page = await (await browser.newContext({ viewport: { width, height: 800 }, colorScheme })).newPage();
      const complaints = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => /^(file|data):/.test(request.url()) || complaints.push(request.url()));
      await page.goto(file);

      const heading = await page.getByRole('heading', { level: 1 }).innerText();
      assert.match(heading, new RegExp(`${run.verdict.outcome.toUpperCase()}: smoke`));
      const steps = page.getByRole('table', { name: 'Steps in the steady state' });
      for (const step of run.steps.filter((step) => step.ok + step.errors > 0)) {
        const row = steps.getByRole('row').filter({ has: page.getByRole('rowheader', { name: step.name, exact: true }) });
        const cells = (await row.getByRole('cell').allInnerTexts()).slice(0, 3).map(Number);
        assert.deepEqual(cells, [step.sent, step.ok, step.errors], step.name);
      }
      for (const { metric, seen } of run.thresholds) {
        const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: metric, exact: true }) });
        assert.ok((await row.getByRole('cell').allInnerTexts()).includes(seen), metric);
      }

      const chart = page.getByRole('img', { name: 'Customers offered and started' });
      await chart.hover();
      assert.match(await page.locator('.tip:visible').innerText(), /^[0-9]:[0-9]{2}\ndue [0-9.]+\nstarted [0-9.]+$/);
      await page.mouse.move(0, 0);
      await page.getByRole('group', { name: 'Chats, customers and the queue for agents: arrow keys' }).focus();
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowLeft');
      assert.match(await page.locator('.tip:visible').innerText(), /^[0-9]:[0-9]{2}\nchats open [0-9]+\n/);
      const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= seen, `the page is ${wide} wide in a window of ${seen}`);
      if (pictures) await page.screenshot({ path: `${pictures}/report-${width}-${colorScheme}.png`, fullPage: true });
      assert.deepEqual(complaints, []);
    });
  }
});
