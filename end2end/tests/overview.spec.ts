// The first page, as anyone meets it. That nothing appears in the console is checked by the fixtures.

import { sendTraffic } from '../support/api';
import { expect, test } from '../support/fixtures';

test('the overview has a title and a heading', async ({ page, open }) => {
  const response = await open('/');
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/Crossfade/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('the overview is accessible in light and dark', async ({ open, axe }) => {
  await open('/');
  await axe();
});

test('the browser gets the client compressed and under the name that the page asks for', async ({ request }) => {
  const script = await request.get('/pkg/crossfade.js', { headers: { 'accept-encoding': 'br' } });
  expect(script.headers()).toMatchObject({ 'content-encoding': 'br' });
  const client = await request.get('/pkg/crossfade.wasm', { headers: { 'accept-encoding': 'br' } });
  expect(client.headers()).toMatchObject({ 'content-type': 'application/wasm', 'content-encoding': 'br' });
});

test('the example has three features without data', async ({ page, open, startServer }) => {
  const server = await startServer({ example: true });
  await open(`${server.url}/`);
  for (const key of ['kimi', 'smart_handler', 'supabase']) {
    const feature = page.getByRole('article', { name: key });
    await expect(feature).toContainText('no data');
    await expect(feature.getByRole('img', { name: 'configured 0 %, effective 0 %, observed no data' })).toBeVisible();
  }
});

test('what programs send is shown, and where it disagrees with what was set', async ({ page, open, startServer, javaScriptEnabled }) => {
  const server = await startServer({ example: true });
  await open(`${server.url}/`);
  const kimi = page.getByRole('article', { name: 'kimi' });
  await expect(kimi).toContainText('no data');
  await sendTraffic(server, 'kimi');
  // With scripts by itself.
  if (!javaScriptEnabled) await page.reload();
  await expect(kimi).toContainText(/Error rate.*4\.44 %.*11\.1 %/, { timeout: 15_000 });
  await expect(kimi).toContainText(/p95 latency.*200 ms.*80 ms/);
  await expect(kimi).toContainText(/Comparisons.*6.*2 discrepancies/);
  await expect(kimi).toContainText(/Requests.*45.*10/);
  await expect(kimi).toContainText(/data (just now|\d+ s ago)/);
  await expect(kimi.getByRole('img', { name: /^configured 0 %, effective 0 %, observed 1\d/ })).toBeVisible();
  await expect(kimi).toContainText(/0 % is in effect, but the candidate served 1\d\.\d\d %/);
  await expect(page.getByRole('article', { name: 'supabase' })).toContainText('no data');
});
