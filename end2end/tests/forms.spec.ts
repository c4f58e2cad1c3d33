// Creating a migration and a feature in it, and what the forms say when they cannot.

import type { Page } from '@playwright/test';
import { create, read } from '../support/api';
import { expect, test } from '../support/fixtures';

/** A script's request that is refused is noted by the console; the form says why. */
const refused = /status of (409|422)/;

test('a migration, a feature in it, and its page', async ({ page, open, startServer }) => {
  const server = await startServer();
  await open(`${server.url}/`);
  await expect(page.getByRole('heading', { name: 'No migrations yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Create a migration' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'New migration' })).toBeVisible();
  await page.getByLabel('Name').fill('File management');
  await page.getByLabel('Slug').fill('file-management');
  await page.getByRole('button', { name: 'Create migration' }).click();

  await expect(page.getByRole('heading', { level: 2, name: 'File management' })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/');
  await page.getByRole('link', { name: 'Add the first feature' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'New feature' })).toBeVisible();
  await expect(page.getByLabel('Migration', { exact: true })).toHaveValue('file-management');
  await page.getByLabel('Key').fill('kimi');
  await page.getByLabel('Name').fill('Uploads to Kimi');
  await page.getByRole('button', { name: 'Create feature' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'kimi' })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/features/kimi');
  await expect(page.getByText('Uploads to Kimi')).toBeVisible();
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'File management' }).click();
  await expect(page.getByRole('article', { name: 'kimi' })).toBeVisible();
});

test('a bad slug and an empty name are told at their fields, with what was given', async ({ page, open, problems, server }) => {
  problems.expect(refused);
  await open('/migrations/new');
  await page.getByLabel('Slug').fill('Not a Slug');
  await submitUnchecked(page, 'Create migration');

  await expect(page.getByRole('alert')).toContainText('Nothing was created');
  await expect(page.getByLabel('Slug')).toHaveValue('Not a Slug');
  await expect(page.getByLabel('Slug')).toHaveAccessibleDescription(/Must start with a small letter/);
  await expect(page.getByLabel('Slug')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription(/Must not be empty/);
  expect(await read<unknown[]>(server, '/api/v1/migrations')).toEqual([]);

  // Mended in place.
  const slug = `mended-${test.info().project.name}`;
  await page.getByLabel('Slug').fill(slug);
  await page.getByLabel('Name').fill('Mended');
  await page.getByRole('button', { name: 'Create migration' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Mended' })).toBeVisible();
});

test('a slug and a key that are taken are told at their fields, with what was given', async ({ page, open, problems, startServer }) => {
  problems.expect(refused);
  const server = await startServer();
  await create(server, 'taken', ['taken_too']);

  await open(`${server.url}/migrations/new`);
  await page.getByLabel('Name').fill('Again');
  await page.getByLabel('Slug').fill('taken');
  await page.getByRole('button', { name: 'Create migration' }).click();
  await expect(page.getByLabel('Slug')).toHaveAccessibleDescription(/exists already/);
  await expect(page.getByLabel('Slug')).toHaveValue('taken');
  await expect(page.getByLabel('Name')).toHaveValue('Again');

  await open(`${server.url}/features/new?migration=taken`);
  await page.getByLabel('Key').fill('taken_too');
  await page.getByLabel('Name').fill('Once more');
  await page.getByRole('button', { name: 'Create feature' }).click();
  await expect(page.getByLabel('Key')).toHaveAccessibleDescription(/exists already/);
  await expect(page.getByLabel('Migration', { exact: true })).toHaveValue('taken');
  await expect(page.getByLabel('Key')).toHaveValue('taken_too');
  await expect(page.getByLabel('Name')).toHaveValue('Once more');
});

test('a migration that is not there is told at its field', async ({ page, open, problems }) => {
  problems.expect(refused);
  await open('/features/new?migration=nowhere');
  await page.getByLabel('Key').fill('lonely');
  await page.getByRole('button', { name: 'Create feature' }).click();
  await expect(page.getByLabel('Migration', { exact: true })).toHaveAccessibleDescription(/There is no/);
  await expect(page.getByLabel('Key')).toHaveValue('lonely');
});

test('sending a form twice creates one', async ({ page, open, problems, startServer }) => {
  problems.expect(refused);
  const server = await startServer();
  await open(`${server.url}/migrations/new`);
  await page.getByLabel('Name').fill('Only one');
  await page.getByLabel('Slug').fill('only-one');
  await page.getByRole('button', { name: 'Create migration' }).dblclick();
  // The second click may send the form again, which is told that the first did, or fall on the page that came of the first.
  await expect.poll(() => read<unknown[]>(server, '/api/v1/migrations')).toHaveLength(1);
  await page.waitForLoadState();
  expect(await read<unknown[]>(server, '/api/v1/migrations')).toHaveLength(1);
});

/** Past the browser's own checks, so that the server's are seen. */
async function submitUnchecked(page: Page, button: string): Promise<void> {
  const submit = page.getByRole('button', { name: button });
  await submit.evaluate((element: HTMLButtonElement) => element.form && (element.form.noValidate = true));
  await submit.click();
}
