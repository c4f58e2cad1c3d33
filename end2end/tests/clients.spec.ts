// Pages of other origins that ask Crossfade with a stock OpenFeature client, and follow it.

import { act, read } from '../support/api';
import { Elsewhere } from '../support/elsewhere';
import { expect, test } from '../support/fixtures';

test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'the client is a script');

type Feature = { effective: number; version: number };

test('a page of another origin follows a percentage within two seconds', async ({ page, startServer }) => {
  const elsewhere = await Elsewhere.start('follow.ts');
  const server = await startServer({ example: true, args: ['--ofrep-origin', elsewhere.origin] });
  await page.goto(`${elsewhere.origin}/#${new URLSearchParams({ url: server.url, token: server.token, unit: 'user456' })}`);
  const shown = page.locator('output');
  await expect(shown).toHaveText('legacy STATIC 0 2267');
  for (const expected of ['legacy SPLIT 1 2267', 'legacy SPLIT 10 2267', 'candidate SPLIT 50 2267']) {
    const { version } = await read<Feature>(server, '/api/v1/features/kimi');
    const order = { key: 'kimi', reason: 'to begin there', override_gate: 'true' };
    await act(server, 'advance', { ...order, version: String(version) });
    await expect(shown).toHaveText(expected, { timeout: 2_000 });
  }
  // By another process, of which the server learns by looking.
  await server.run('rollback', 'emergency', '--yes', '--reason', 'it burns');
  await expect(shown).toHaveText('legacy DISABLED 0 2267', { timeout: 2_000 });
  expect((await read<Feature>(server, '/api/v1/features/kimi')).effective).toBe(0);
  await elsewhere.stop();
});

test('a page of an origin that is not allowed is told nothing', async ({ page, startServer, problems }) => {
  problems.expect(/CORS policy|ERR_FAILED|OFREP request failed|Failed to fetch/);
  const elsewhere = await Elsewhere.start('follow.ts');
  const server = await startServer({ example: true });
  const refused = page.waitForEvent('requestfailed');
  await page.goto(`${elsewhere.origin}/#${new URLSearchParams({ url: server.url, token: server.token, unit: 'u' })}`);
  expect((await refused).url()).toContain('/ofrep/v1/evaluate/flags');
  await expect(page.locator('output')).toHaveText('');
  await elsewhere.stop();
});
