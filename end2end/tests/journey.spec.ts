// The whole way: the first admin, an engineer and a manager take a feature from shadow to its first stage, held by
// evidence and a sign-off, and everything back again; and the history tells it in order.

import type { Page } from '@playwright/test';
import { type Access, compare, observe, times } from '../support/api';
import { expect, test } from '../support/fixtures';

const password = 'correct horse battery';

test.use({ signedIn: false });

test('from shadow to 1 % and back', async ({ page, open, startServer, problems }) => {
  test.slow();
  // A form that is refused answers with the status of the refusal.
  problems.expect(/status of 409/);
  const server = await startServer({ example: true, withoutUsers: true });

  await test.step('the first admin is set up with the link that the server printed', async () => {
    await expect(() => server.setUpLink()).toPass();
    await open(server.setUpLink());
    await page.getByLabel('Login').fill('ada');
    await page.getByLabel('Name').fill('Ada Admin');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create the first admin' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  });

  await test.step('the admin adds an engineer and a manager', async () => {
    await page.getByRole('link', { name: 'Users' }).click();
    for (const [login, role] of [['eve', 'engineer'], ['max', 'manager']] as const) {
      const form = page.locator('#CreateUser');
      await form.getByLabel('Login').fill(login);
      await form.getByLabel('Name').fill(`${login} the ${role}`);
      await form.getByLabel('Role').selectOption(role);
      await form.getByLabel('First password').fill(password);
      await form.getByRole('button', { name: 'Create user' }).click();
      await expect(page.getByRole('listitem').filter({ hasText: `${login} the ${role}` })).toContainText('enabled');
    }
  });

  const access: Access = { url: server.url, token: '' };
  await test.step('and a token for the program', async () => {
    await page.getByRole('link', { name: 'Tokens' }).click();
    const form = page.locator('#CreateToken');
    await form.getByLabel('Name').fill('shop');
    await form.getByLabel('ingest').check();
    await form.getByRole('button', { name: 'Create token' }).click();
    const shown = page.getByRole('status').filter({ hasText: 'shown this once' });
    access.token = (await shown.locator('code').innerText()).trim();
    expect(access.token.length).toBeGreaterThan(20);
    await open(`${server.url}/tokens`);
    await expect(page.getByText(access.token)).toHaveCount(0);
  });

  await test.step('the policy needs no day in each stage here', async () => {
    await open(`${server.url}/migrations/file-management/policy`);
    const field = page.getByLabel('Policy', { exact: true });
    const policy = JSON.parse(await field.inputValue()) as { stages: { criteria: { kind: string }[] }[] };
    for (const stage of policy.stages) stage.criteria = stage.criteria.filter(({ kind }) => kind !== 'dwell');
    await field.fill(JSON.stringify(policy, null, 2));
    await page.getByLabel('Reason').fill('no need to wait in a test');
    await page.getByRole('button', { name: 'Save as a new version' }).click();
    await expect(page.getByText('version 3, in force').first()).toBeVisible();
  });

  await test.step('shadow runs come in until the gate passes', async () => {
    await open(`${server.url}/features/kimi`);
    const gate = page.getByRole('region', { name: 'Gate of stage shadow' });
    await expect(gate).toContainText('no data');
    const ok = { outcome: 'ok', latency_ms: 100, result: { size: 10 } } as const;
    await compare(access, times(200, () => ({ feature: 'kimi', operation: 'upload', legacy: ok, candidate: ok })));
    await open(`${server.url}/features/kimi`);
    await expect(gate.locator('.gate-head .chip')).toHaveText('passed');
    await expect(gate).toContainText('Needs 1 sign-off by a manager, has 0');
  });

  await test.step('the engineer’s advance is refused, with the reasons', async () => {
    await changeTo(page, 'eve');
    await page.getByRole('article', { name: 'kimi' }).getByRole('link', { name: 'kimi' }).click();
    await page.getByRole('link', { name: 'Advance' }).click();
    await advance(page, 'all is well');
    await expect(page.getByRole('alert')).toContainText('Needs 1 sign-off by a manager, has 0');
    await expect(page.locator('#Advance').getByLabel('Reason')).toHaveValue('all is well');
    // What an engineer may not do is not offered.
    await expect(page.getByLabel('Approve')).toHaveCount(0);
    await expect(page.getByLabel(/Override/)).toHaveCount(0);
  });

  await test.step('the manager finds it in the queue and signs it off', async () => {
    await changeTo(page, 'max');
    await page.getByRole('link', { name: 'Sign-offs' }).click();
    await page.getByRole('link', { name: 'Review of kimi' }).click();
    await page.getByLabel('Approve').check();
    await page.getByLabel('Comment').fill('200 of 200 agree');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    const signOff = page.getByRole('article').filter({ hasText: 'user:max' });
    await expect(signOff).toContainText('approved');
    await expect(signOff).toContainText('200 of 200 agree');
    await expect(page.getByText('Nothing stands in the way of an advance')).toBeVisible();
    // Managers do not change percentages.
    await expect(page.getByRole('button', { name: /^Advance/ })).toHaveCount(0);
    await expect(page.getByRole('link', { name: /rollback$/i })).toHaveCount(0);
  });

  await test.step('the engineer advances', async () => {
    await changeTo(page, 'eve');
    await open(`${server.url}/features/kimi/gate`);
    await advance(page, 'signed off by max');
    await expect(page.getByRole('heading', { level: 1, name: 'kimi' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Gate of stage 1 %' })).toBeVisible();
    const upload = { feature: 'kimi', operation: 'upload', outcome: 'ok', latency_ms: 100 } as const;
    await observe(access, [
      ...times(99, () => ({ ...upload, path: 'legacy' }) as const),
      { ...upload, path: 'candidate' },
    ]);
    await open(`${server.url}/features/kimi`);
    await expect(page.getByRole('region', { name: 'Rollout', exact: true })).toContainText('1 %');
  });

  await test.step('an emergency rollback takes everything to 0 with one confirmation', async () => {
    await page.getByRole('link', { name: 'Emergency rollback' }).click();
    await page.getByLabel('Reason').fill('orders are lost');
    await page.getByRole('button', { name: 'Roll back now, to 0 %' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Rollbacks' })).toBeVisible();
    const rollback = page.getByRole('listitem').filter({ hasText: 'orders are lost' });
    await expect(rollback).toContainText('everything emergency rollback to 0 %');
    await expect(rollback).toContainText(/in effect/);
    await open(`${server.url}/`);
    await expect(page.getByText('Candidate off')).toBeVisible();
    for (const key of ['kimi', 'smart_handler', 'supabase']) {
      await expect(page.getByRole('article', { name: key }).locator('.three dd').first()).toHaveText('0 %');
    }
  });

  await test.step('the history tells the whole story in order', async () => {
    await open(`${server.url}/features/kimi`);
    const story = page.getByRole('region', { name: 'History' }).getByRole('listitem');
    const told = [/emergency rollback.*orders are lost/s, /advanced.*signed off by max/s, /approved.*200 of 200 agree/s, /created/];
    const rows = await story.allInnerTexts();
    let from = 0;
    for (const part of told) {
      const at = rows.findIndex((text, index) => index >= from && part.test(text));
      expect(at, `${part} after the ${from} before it in ${rows.join(' | ')}`).toBeGreaterThanOrEqual(from);
      from = at + 1;
    }
    await page.getByRole('link', { name: 'Evidence that it was decided by' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Evidence of kimi' })).toBeVisible();
    await expect(page.getByText('approved')).toBeVisible();
  });
});

async function advance(page: Page, reason: string): Promise<void> {
  const form = page.locator('#Advance');
  await form.getByLabel('Reason').fill(reason);
  await form.getByRole('button', { name: /^Advance kimi to stage 1 %/ }).click();
}

/** Logs out and in again as somebody else. */
async function changeTo(page: Page, login: string): Promise<void> {
  await page.locator('.who summary').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
}
