// The page of one feature: its numbers, ranges, operations and charts.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { type Observation, sendTraffic, times } from '../support/api';
import { expect, test } from '../support/fixtures';

test.use({ example: true });

const charts = [
  'Requests',
  'Error rate',
  'Latency p50',
  'Latency p95',
  'Latency p99',
  'Comparisons and discrepancies',
  'Rollout history',
];

test('numbers, charts and the tables behind them', async ({ page, open, startServer }) => {
  const server = await startServer({ example: true });
  await sendTraffic(server, 'kimi');
  await open(`${server.url}/features/kimi`);

  expect(await row(page, 'Outcomes', 'Requests')).toEqual(['45', '10']);
  expect(await row(page, 'Outcomes', 'Errors')).toEqual(['2', '1']);
  expect(await row(page, 'Outcomes', 'Caller errors')).toEqual(['0', '1']);
  // A caller error is judged by nobody: 1 of 9.
  expect(await row(page, 'Outcomes', 'Error rate')).toEqual(['4.44 %', '11.1 %']);
  expect(await row(page, 'Shadow runs', 'Comparisons')).toEqual(['6', '']);
  expect(await row(page, 'Shadow runs', 'Discrepancies')).toEqual(['2', '33.3 %']);
  expect(await row(page, 'Shadow runs', 'Shadow errors')).toEqual(['1', '16.7 %']);
  await expect(page.getByRole('region', { name: 'Table of differing fields' })).toContainText('size');

  for (const title of charts) {
    const card = page.getByRole('region', { name: title, exact: true });
    const drawing = card.getByRole('img');
    await expect(drawing).toHaveCount(1);
    await expect(drawing).toHaveAccessibleName(new RegExp(`^${title} of kimi|^${title}`));
    expect(await drawing.evaluate((element) => element.tagName.toLowerCase())).toBe('svg');
    // The table of the rollout has a test of its own, below.
    if (title === 'Rollout history') continue;
    await card.locator('summary').click();
    await expect(card.getByRole('table')).toBeVisible();
  }
  const sum = async (title: string, column: number) => {
    const cells = page.getByRole('region', { name: title, exact: true }).locator(`tbody td:nth-of-type(${column})`);
    return (await cells.allInnerTexts()).reduce((total, text) => total + Number(text), 0);
  };
  expect([await sum('Requests', 1), await sum('Requests', 2)]).toEqual([45, 10]);
  const comparisons = 'Comparisons and discrepancies';
  expect([await sum(comparisons, 1), await sum(comparisons, 2)]).toEqual([6, 2]);

  const image = await page.request.get(`${server.url}/charts/kimi/requests.svg`);
  expect(image.headers()['content-type']).toContain('image/svg+xml');
  expect(await image.text()).toMatch(/aria-label="[^"]*legacy 45 in all[^"]*candidate 10 in all/);
  // As another page would embed it.
  await page.evaluate(() => document.body.append(Object.assign(new Image(), { id: 'Embedded', src: '/charts/kimi/requests.svg' })));
  const width = () => page.locator('#Embedded').evaluate((element: HTMLImageElement) => element.naturalWidth);
  await expect.poll(width).toBe(600);
});

// `chart::table` of src/views leaves out rows of nothing but 0, which is a value of percentages and rates, not its absence.
test('a rollout that stands at 0 % has rows in its table', async ({ page, open }) => {
  await open('/features/kimi');
  const card = page.getByRole('region', { name: 'Rollout history', exact: true });
  await card.locator('summary').click();
  await expect(card.getByRole('table')).toContainText('0 %');
});

test('ranges and operations are chosen', async ({ page, open, startServer, javaScriptEnabled }) => {
  const server = await startServer({ example: true });
  await sendTraffic(server, 'kimi');
  await open(`${server.url}/features/kimi`);
  const ranges = page.getByRole('group', { name: 'Range' });
  for (const [label, slug] of [['1 h', '1h'], ['7 d', '7d'], ['30 d', '30d'], ['24 h', '24h']] as const) {
    await ranges.getByRole('link', { name: label, exact: true }).click();
    await expect(ranges.getByRole('link', { name: label, exact: true })).toHaveAttribute('aria-current', 'true');
    expect(new URL(page.url()).searchParams.get('range')).toBe(slug);
    await expect.poll(() => row(page, 'Outcomes', 'Requests')).toEqual(['45', '10']);
  }

  await page.getByLabel('Operation').selectOption('download');
  if (!javaScriptEnabled) {
    const filter = page.locator('form').filter({ has: page.getByLabel('Operation') });
    await filter.getByRole('button', { name: 'Show' }).click();
  }
  await expect(page).toHaveURL(/operation=download/);
  await expect.poll(() => row(page, 'Outcomes', 'Requests')).toEqual(['5', '0']);
  await expect(page.getByLabel('Operation')).toHaveValue('download');
  // The operation stays when the range changes.
  await ranges.getByRole('link', { name: '7 d' }).click();
  await expect(page).toHaveURL(/range=7d&operation=download/);
  await expect.poll(() => row(page, 'Outcomes', 'Requests')).toEqual(['5', '0']);
});

test('a range of one’s own', async ({ page, open, startServer, problems }) => {
  problems.expect(/status of 422/);
  const server = await startServer({ example: true });
  await sendTraffic(server, 'kimi');
  await open(`${server.url}/features/kimi`);
  const show = async (from: string, to: string) => {
    const form = page.locator('form').filter({ has: page.getByLabel('from, UTC') });
    if (!(await page.getByLabel('from, UTC').isVisible())) await page.getByText('Custom', { exact: true }).click();
    await page.getByLabel('from, UTC').fill(from);
    await page.getByLabel('to, UTC').fill(to);
    await form.getByRole('button', { name: 'Show' }).click();
  };
  const minutes = (offsetHours: number) => new Date(Date.now() + offsetHours * 3_600_000).toISOString().slice(0, 16);
  await show(minutes(-48), minutes(1));
  await expect(page).toHaveURL(/range=custom/);
  await expect.poll(() => row(page, 'Outcomes', 'Requests')).toEqual(['45', '10']);
  await show(minutes(-48), minutes(-24));
  await expect(page.getByText('No data in this range. Choose another')).toBeVisible();
  await show(minutes(-24), minutes(-48));
  await expect(page.getByText('This range cannot be shown')).toBeVisible();
  await expect(page.getByLabel('to, UTC')).toHaveAccessibleDescription(/Must be after from/);
});

test('a feature that is not there answers 404', async ({ page, open, problems }) => {
  problems.expect(/status of 404/);
  const response = await open('/features/nobody');
  expect(response?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('nobody');
  await page.getByRole('link', { name: 'To the overview' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});

test('what was imported is what is shown', async ({ page, open, startServer }) => {
  const latencies = times(300, (index) => 100 + ((index * 7) % 300) * 4);
  const observations = latencies.map((latency_ms, index): Observation => {
    const at = new Date(Date.now() - index * 10_000).toISOString();
    const outcome = index % 50 === 0 ? 'caller_error' : 'ok';
    return { id: `own-${index}`, at, feature: 'own', operation: 'copy', path: 'legacy', outcome, latency_ms };
  });
  const server = await startServer();
  const file = join(server.dataDir, 'own.ndjson');
  await writeFile(file, observations.map((observation) => JSON.stringify(observation)).join('\n'));
  await server.run('import', file);
  await server.run('import', file);

  await open(`${server.url}/features/own`);
  const callerErrors = observations.filter(({ outcome }) => outcome === 'caller_error').length;
  expect(await row(page, 'Outcomes', 'Requests')).toEqual(['300', '0']);
  expect(await row(page, 'Outcomes', 'OK')).toEqual([String(300 - callerErrors), '0']);
  expect(await row(page, 'Outcomes', 'Caller errors')).toEqual([String(callerErrors), '0']);
  expect(await row(page, 'Outcomes', 'Error rate')).toEqual(['0 %', 'no data']);
  const sorted = [...latencies].sort((a, b) => a - b);
  for (const [name, quantile] of [['p50', 0.5], ['p95', 0.95], ['p99', 0.99]] as const) {
    const exact = sorted[Math.ceil(quantile * sorted.length) - 1] ?? NaN;
    const [shown = ''] = await row(page, 'Latency', name);
    // 1 % for the histogram, and half of the last of three digits shown.
    expect(Math.abs(inMs(shown) / exact - 1), `${name}: ${shown} for ${exact} ms`).toBeLessThan(0.015);
  }
});

test.describe('with scripts', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'needs scripts');

  test('values are read with keys and pointer, in all charts at once', async ({ page, open, startServer }) => {
    const server = await startServer({ example: true });
    await sendTraffic(server, 'kimi');
    await open(`${server.url}/features/kimi?range=1h`);
    const slider = page.getByRole('slider', { name: 'Values of Requests' });
    await slider.focus();
    await slider.press('Home');
    await expect(slider).toHaveAttribute('aria-valuenow', '0');
    await slider.press('ArrowRight');
    await expect(slider).toHaveAttribute('aria-valuenow', '1');
    await expect(slider).toHaveAttribute('aria-valuetext', /UTC.*: legacy 0, candidate 0$/);
    await expect(page.getByRole('slider', { name: 'Values of Error rate' })).toHaveAttribute('aria-valuenow', '1');
    await slider.blur();
    await slider.hover();
    await expect(slider).not.toHaveAttribute('aria-valuenow', await slider.getAttribute('aria-valuemax') ?? '');
  });

  test('pages are left and come back to without loading anew', async ({ page, open }) => {
    await open('/');
    await page.evaluate(() => document.documentElement.setAttribute('data-same', ''));
    await page.getByRole('article', { name: 'kimi' }).getByRole('link', { name: 'kimi' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'kimi' })).toBeVisible();
    await page.getByRole('group', { name: 'Range' }).getByRole('link', { name: '7 d' }).click();
    await expect(page).toHaveURL(/range=7d/);
    await page.goBack();
    await expect(page.getByRole('link', { name: '24 h' })).toHaveAttribute('aria-current', 'true');
    await page.goBack();
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
    await page.goForward();
    await expect(page.getByRole('heading', { level: 1, name: 'kimi' })).toBeVisible();
    await expect(page).toHaveTitle('kimi · Crossfade');
    expect(await page.locator('html[data-same]').count()).toBe(1);
  });
});

/** The cells of a table's row. */
async function row(page: Page, table: string, name: string): Promise<string[]> {
  const rows = page.getByRole('table', { name: table, exact: true }).getByRole('row');
  const cells = rows.filter({ has: page.getByRole('rowheader', { name, exact: true }) }).getByRole('cell');
  return (await cells.allInnerTexts()).map((text) => text.trim());
}

function inMs(shown: string): number {
  const [number, unit] = shown.split(' ');
  return Number(number) * (unit === 's' ? 1_000 : 1);
}
