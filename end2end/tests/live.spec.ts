// Pages follow what others change: within a second, without a reload, without anything jumping, and from where they left
// off after the connection was lost.

import { create, observe, read, write } from '../support/api';
import { expect, test } from '../support/fixtures';

/** Marks the document, so that a reload would be noticed. */
const mark = () => {
  (window as unknown as { marked: boolean }).marked = true;
};
const isMarked = () => (window as unknown as { marked?: boolean }).marked === true;

test.describe('with JavaScript', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'without it pages stay as they are');

  test('a feature’s page and the audit follow a change within a second and without a reload', async ({ page, context, open, startServer }) => {
    const server = await startServer();
    await create(server, 'live', ['live-one']);
    await open(`${server.url}/features/live-one`);
    await expect(page.getByText(/live, updated/).first()).toBeVisible();
    const audit = await context.newPage();
    await audit.goto(`${server.url}/audit`);
    await page.bringToFront();
    await page.evaluate(mark);
    await audit.evaluate(mark);
    const began = Date.now();
    await write(server, 'POST', '/api/v1/features/live-one/restart-stage', { reason: 'seen live' });
    await expect(page.getByText('seen live').first()).toBeVisible({ timeout: 5_000 });
    expect(Date.now() - began).toBeLessThan(2_000);
    await expect(audit.getByText('seen live').first()).toBeVisible({ timeout: 5_000 });
    expect([await page.evaluate(isMarked), await audit.evaluate(isMarked)]).toEqual([true, true]);
  });

  test('figures go on without anything jumping', async ({ page, open, startServer }) => {
    const server = await startServer();
    await create(server, 'live', ['live-two']);
    const upload = { feature: 'live-two', operation: 'upload', path: 'legacy', outcome: 'ok', latency_ms: 12 } as const;
    await observe(server, Array.from({ length: 20 }, () => upload));
    await open(`${server.url}/features/live-two`);
    await expect(page.getByText(/live, updated/).first()).toBeVisible();
    await page.evaluate(() => {
      const seen = window as unknown as { shift: number };
      seen.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: false });
    });
    const figures = page.waitForResponse((response) => response.url().includes('/panel/') && response.ok());
    await observe(server, Array.from({ length: 30 }, () => upload));
    await figures;
    await expect(page.getByText('50', { exact: true }).first()).toBeVisible();
    expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThan(0.01);
  });

  test('a form that somebody is filling in is left alone while the page around it follows', async ({ page, open, startServer }) => {
    const server = await startServer();
    await create(server, 'live', ['live-three']);
    await open(`${server.url}/migrations/live`);
    const reason = page.getByLabel('Reason').first();
    await reason.fill('half a sentence');
    await write(server, 'PATCH', '/api/v1/migrations/live', { fallback_to_legacy: false, reason: 'by somebody else' });
    await expect
      .poll(async () => (await read<{ version: number }>(server, '/api/v1/migrations/live')).version)
      .toBeGreaterThan(1);
    await page.waitForResponse((response) => response.url().endsWith('/migrations/live') && response.ok());
    await expect(reason).toHaveValue('half a sentence');
  });

  test('what happened while the connection was lost is caught up with', async ({ page, context, open, startServer }) => {
    const server = await startServer();
    await create(server, 'live', ['live-four']);
    await open(`${server.url}/features/live-four`);
    await expect(page.getByText(/live, updated/).first()).toBeVisible();
    await context.setOffline(true);
    await write(server, 'POST', '/api/v1/features/live-four/restart-stage', { reason: 'while away' });
    await context.setOffline(false);
    await expect(page.getByText('while away').first()).toBeVisible({ timeout: 15_000 });
  });

  test('a page without a client goes on as time does, and says so when it stands still', async ({ page, context, open, startServer, problems }) => {
    const server = await startServer();
    await page.clock.install();
    await open(`${server.url}/audit`);
    const again = page.waitForResponse((response) => response.url().endsWith('/audit') && response.ok());
    await page.clock.runFor(45_000);
    await again;
    const late = page.getByText(/does not answer\. This page shows what was so at \d\d:\d\d:\d\d UTC/);
    await expect(late).toBeHidden();
    problems.expect(/ERR_INTERNET_DISCONNECTED/);
    await context.setOffline(true);
    await page.clock.runFor(45_000);
    await expect(late).toBeVisible();
    await context.setOffline(false);
    await page.clock.runFor(15_000);
    await expect(late).toBeHidden();
    await context.clearCookies();
    await page.clock.runFor(45_000);
    await expect(page.getByText('Your session has ended')).toBeVisible();
  });
});

test('without JavaScript a page says that it stays, and offers a reload', async ({ page, open, javaScriptEnabled }) => {
  await open('/audit');
  const reload = page.getByRole('link', { name: 'Reload' });
  await expect(reload).toBeVisible({ visible: javaScriptEnabled === false });
  if (javaScriptEnabled === false) {
    await reload.click();
    await expect(page).toHaveURL(/\/audit$/);
  }
});
