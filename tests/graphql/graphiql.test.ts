import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { testApp } from '../app.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!executablePath) console.warn('SKIPPED: GraphiQL in a real browser, because this machine has no Chromium');
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

test.skipIf(!executablePath)(
  'GraphiQL opens with no internet, shows the tour, has the anon key in editable headers and runs a query',
  { timeout: 90_000 },
  async () => {
    await using app = await testApp({ env: { NODE_ENV: 'development' } });
    const base = await app.listen();
    const browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: [...flags, '--disable-component-update', '--disable-sync'],
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(45_000);
      const elsewhere: string[] = [];
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.route('**/*', (route) => {
        const { protocol, host } = new URL(route.request().url());
        if (`${protocol}//${host}` === base || ['data:', 'blob:'].includes(protocol)) return route.continue();
        elsewhere.push(route.request().url());
        return route.abort();
      });
      await page.goto(`${base}/graphql`);

      const tabs = page.locator('.graphiql-tab');
      await tabs.first().waitFor();
      const names = await tabs.allInnerTexts();
      expect(names.map((name) => name.trim())).toEqual(expect.arrayContaining([expect.stringContaining('SignUp')]));
      expect(names.length).toBeGreaterThanOrEqual(4);

      // The editors keep their text in models: what is seen in them is only what fits.
      const shown = () => page.locator('.graphiql-container').last().innerText();
      await page.getByRole('button', { name: 'Headers' }).click();
      await expect.poll(shown, { timeout: 20_000 }).toContain(app.keys.anon.slice(0, 20));

      await page.locator('.graphiql-query-editor .view-lines, .graphiql-query-editor .CodeMirror').first().click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText('{ health { status } '); // the editor closes what was opened first
      const answer = page.locator('.result-window, .graphiql-response').first();
      const run = async () => {
        await page.keyboard.press('Control+Enter'); // again, until GraphiQL has parsed what was typed
        return (await answer.innerText()).replace(/\s/g, '');
      };
      await expect.poll(run, { timeout: 20_000, interval: 500 }).toContain('"status":"ok"');

      expect(elsewhere).toEqual([]);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
