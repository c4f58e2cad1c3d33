// What forms say when a change cannot be made, and what is not offered to those who may not.

import type { Page } from '@playwright/test';
import { act, create, read } from '../support/api';
import { expect, test } from '../support/fixtures';
import type { Server } from '../support/server';

const password = 'correct horse battery';

test.describe('signing in', () => {
  test.use({ signedIn: false });

  test('a wrong password is refused, and the way to the page is kept', async ({ page, open, server, problems }) => {
    problems.expect(/status of 401/);
    await open(`${server.url}/audit?actor=cli:root`);
    await expect(page.getByRole('heading', { level: 1, name: 'Log in to Crossfade' })).toBeVisible();
    await logIn(page, 'admin', 'wrong');
    await expect(page.getByRole('alert')).toContainText('The login or the password is wrong');
    await expect(page.getByLabel('Login')).toHaveValue('admin');
    await expect(page.getByLabel('Password')).toHaveValue('');
    await logIn(page, 'admin', password);
    await expect(page.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
    await expect(page.getByLabel('Actor')).toHaveValue('cli:root');
  });

  test('a viewer is offered nothing to change, and refused it', async ({ page, open, startServer }) => {
    const server = await startServer({ example: true });
    await addUser(server, 'vera', 'viewer');
    await open(`${server.url}/login`);
    await logIn(page, 'vera', password);
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
    const offers = page.getByRole('link', { name: /Emergency rollback|Users|Tokens|Migration$|^Feature/ });
    await expect(offers).toHaveCount(0);
    for (const path of ['/features/kimi/change', '/features/kimi/roll-back', '/rollback']) {
      await open(server.url + path);
      await expect(page.getByText('is for engineers and admins')).toBeVisible();
      await expect(page.locator('main').getByRole('button')).toHaveCount(0);
    }
    const refused = await page.request.post(`${server.url}/panel/roll-back-feature`, {
      form: { key: 'kimi', reason: 'because' },
      headers: { origin: server.url, accept: 'application/json' },
    });
    expect(refused.status()).toBe(403);
    const features = await read<{ key: string; enabled: boolean }[]>(server, '/api/v1/features');
    expect(features.find(({ key }) => key === 'kimi')?.enabled).toBe(true);
  });
});

test('the second of two people is told what the first changed, and loses nothing', async ({ page, open, startServer, problems, context }) => {
  problems.expect(/status of 412/);
  const server = await startServer({ example: true });
  await open(`${server.url}/features/kimi/change`);
  await page.locator('#Enabled').getByLabel('Reason').fill('second\nwith two lines');

  const other = await context.newPage();
  await other.goto(`${server.url}/features/kimi/change`);
  await other.locator('#Restart').getByLabel('Reason').fill('first');
  await other.getByRole('button', { name: 'Restart stage shadow' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'kimi' })).toBeVisible();
  await other.close();

  await page.getByRole('button', { name: /Switch the feature off/ }).click();
  const fault = page.getByRole('alert');
  await expect(fault).toContainText('somebody changed feature kimi meanwhile');
  await expect(fault).toContainText('by user:admin');
  await expect(fault).toContainText('first');
  await expect(page.locator('#Enabled').getByLabel('Reason')).toHaveValue('second\nwith two lines');
  // Against what it is now it may go on.
  await page.getByRole('button', { name: /Switch the feature off/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'kimi' })).toBeVisible();
  await expect(page.getByText('feature disabled').first()).toBeVisible();
});

test('a percentage above the stage is refused, and one that is none is told at its field', async ({ page, open, startServer, problems }) => {
  problems.expect(/status of (409|422)/);
  const server = await startServer({ example: true });
  await open(`${server.url}/features/kimi/change`);
  const form = page.locator('#Percentage');
  await form.evaluate((element: HTMLFormElement) => (element.noValidate = true));
  await form.getByLabel('Percentage', { exact: true }).fill('101');
  await form.getByLabel('Reason').fill('more');
  await form.getByRole('button').click();
  await expect(form.getByLabel('Percentage', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('Percentage', { exact: true })).toHaveValue('101');

  await form.evaluate((element: HTMLFormElement) => (element.noValidate = true));
  await form.getByLabel('Percentage', { exact: true }).fill('5');
  await form.getByRole('button').click();
  await expect(page.getByRole('alert')).toContainText('advance to the next stage');
  await expect(form.getByLabel('Reason')).toHaveValue('more');
});

test('faults of a policy are listed by their place, and the text stays', async ({ page, open, startServer, problems }) => {
  problems.expect(/status of 422/);
  const server = await startServer({ example: true });
  await open(`${server.url}/migrations/file-management/policy`);
  const field = page.getByLabel('Policy', { exact: true });
  const policy = JSON.parse(await field.inputValue()) as { stages: { percentage: number; sign_offs: object }[] };
  policy.stages[1]!.percentage = 60;
  policy.stages[2]!.sign_offs = { manager: 0 };
  // Long enough that no address could hold it.
  const text = JSON.stringify(policy, null, 2) + ' '.repeat(90_000);
  await field.evaluate((element: HTMLTextAreaElement, value) => (element.value = value), text);
  await page.getByLabel('Reason').fill('trying');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await expect(page.getByRole('alert')).toContainText('/stages/2/percentage must be above');
  expect((await field.inputValue()).length).toBe(text.length);
  await expect(page.getByLabel('Reason')).toHaveValue('trying');
  await expect(page.getByText('version 2, in force').first()).toBeVisible();

  await field.fill('{');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await expect(page.getByRole('alert')).toContainText('must be JSON');
  await expect(field).toHaveValue('{');
});

test('the record is filtered and read page by page', async ({ page, open, startServer, problems }) => {
  problems.expect(/status of 422/);
  const server = await startServer();
  await create(server, 'files', ['one', 'two']);
  await open(`${server.url}/audit`);
  const events = page.getByRole('region', { name: 'Table of events' }).locator('tbody tr');
  await expect(events.filter({ hasText: 'feature.created' })).toHaveCount(2);
  await page.getByLabel('Feature').fill('two');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(/feature=two/);
  await expect(events).toHaveCount(1);
  await expect(events).toContainText('files / two');
  await page.getByRole('link', { name: 'All' }).click();
  await page.getByLabel('Action').fill('migration');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(events).toHaveCount(1);
  await open(`${server.url}/audit?from=yesterday`);
  await expect(page.getByRole('alert')).toContainText('must be a moment');
  await expect(page.getByLabel('From, UTC')).toBeVisible();
});

test('a page without a client carries one script, which follows changes, and no other may run on it', async ({ page, open, server }) => {
  const response = await open(`${server.url}/audit`);
  const scripts = page.locator('script, link[as="fetch"], link[rel="modulepreload"]');
  await expect(scripts).toHaveCount(1);
  await expect(scripts).toHaveAttribute('src', '/live.js');
  expect(response?.headers()['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
});

test('what was typed is not lost when the session has ended meanwhile', async ({ page, open, startServer, context, problems, javaScriptEnabled }) => {
  problems.expect(/status of 401/);
  const server = await startServer({ example: true });
  await open(`${server.url}/features/kimi/roll-back`);
  await page.locator('#Feature').getByLabel('Reason').fill('typed for long');
  await context.clearCookies();
  // The page hears of a change, asks for itself again, is sent to the login, and stays as it is.
  const asked = javaScriptEnabled ? page.waitForResponse(`${server.url}/features/kimi/roll-back`) : null;
  await create(server, 'meanwhile');
  expect((await asked)?.status() ?? 303).toBe(303);
  await page.getByRole('button', { name: 'Roll kimi back to 0 %' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your session has ended' })).toBeVisible();
  await server.signIn(context);
  await page.getByRole('button', { name: 'Send it again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Rollbacks' })).toBeVisible();
  await expect(page.getByText('typed for long')).toBeVisible();
});

test('a gradual rollback shows its steps first, goes on by itself and is cancelled', async ({ page, open, startServer }) => {
  const server = await startServer({ example: true });
  await open(`${server.url}/features/kimi/gate`);
  await page.locator('#Advance').getByLabel('Reason').fill('a test');
  await page.getByLabel(/Override the gate/).check();
  await page.getByRole('button', { name: /^Advance kimi/ }).click();
  await expect(page.getByText('Override of the gate, past:')).toBeVisible();

  await page.getByRole('link', { name: 'Roll back', exact: true }).click();
  await page.getByLabel('By, points').fill('0.3');
  await page.getByLabel('Every, minutes').fill('10');
  await page.getByRole('button', { name: 'Show the steps' }).click();
  await expect(page.getByRole('list', { name: 'Steps' }).getByRole('listitem')).toHaveText([
    '0.7 % at once',
    '0.4 % after 10 min',
    '0.1 % after 20 min',
    '0 % after 30 min',
  ]);
  await page.locator('#Gradual').getByLabel('Reason').fill('slowly');
  await page.getByRole('button', { name: /in steps$/ }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'slowly' });
  await expect(row).toContainText('under way');
  await expect(row).toContainText('0.4 % in');
  await open(`${server.url}/`);
  await expect(page.getByText('kimi gradual rollback to 0 %')).toBeVisible();

  await page.getByRole('link', { name: 'All rollbacks' }).click();
  await row.getByText('Cancel', { exact: false }).first().click();
  await row.getByLabel('Reason').fill('it was something else');
  await row.getByRole('button', { name: 'Cancel the rollback of kimi' }).click();
  await expect(row).toContainText('cancelled');
});

async function logIn(page: Page, login: string, secret: string): Promise<void> {
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Adds somebody with the usual password. */
function addUser(server: Server, login: string, role: string): Promise<void> {
  return act(server, 'create-user', { login, name: login, role, password });
}
