// Looking at what differed, and saying how results are to be compared.

import { compare, differ, read } from '../support/api';
import { expect, test } from '../support/fixtures';

test('both sides of a field are next to each other, and noise is told from what the candidate does', async ({ page, open, startServer }) => {
  const server = await startServer({ example: true });
  await differ(server, 'kimi');
  await open(`${server.url}/features/kimi`);
  await page.getByRole('link', { name: 'Both sides, over time' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Discrepancies of kimi' })).toBeVisible();

  const size = page.getByRole('article', { name: '$.size' });
  await expect(size.getByText('Real', { exact: true })).toBeVisible();
  await expect(size.getByText('20 value')).toBeVisible();
  const example = size.locator('.example').first();
  await expect(example.getByRole('figure', { name: /^legacy/ }).first()).toContainText('1024');
  await expect(example.getByRole('figure', { name: /^candidate/ }).first()).toContainText('1025');
  await expect(page.getByRole('article', { name: '$.id' }).getByText('Noise', { exact: true })).toBeVisible();
  await expect(page.getByRole('article', { name: '$.tags' }).getByText('10 order')).toBeVisible();
  await expect(page.getByRole('article', { name: '$.access_token' })).toContainText('Redacted');
  await expect(page.getByText('secret-of')).toHaveCount(0);
});

test('a field is ignored with a reason, and the rule can be taken back', async ({ page, open, startServer, problems }) => {
  problems.expect(/status of 422/);
  const server = await startServer({ example: true });
  await differ(server, 'kimi');
  await open(`${server.url}/features/kimi/discrepancies`);
  const id = page.getByRole('article', { name: '$.id' });
  await id.getByText('Ignore this field').click();
  await id.getByLabel('Reason').fill('a random id');
  await id.getByRole('button', { name: 'Ignore $.id' }).click();
  await expect(page.getByRole('article', { name: '$.id' })).toContainText('Ignored by the rules in force');

  const side = (id: string) => ({ outcome: 'ok' as const, latency_ms: 1, result: { id } });
  await compare(server, [{ feature: 'kimi', operation: 'upload', legacy: side('a'), candidate: side('b') }]);
  const found = await read<{ comparisons: number; mismatches: number }>(server, '/api/v1/features/kimi/discrepancies');
  expect([found.comparisons, found.mismatches]).toEqual([41, 40]);

  await page.getByRole('link', { name: /of the rules/ }).click();
  const rules = page.getByRole('textbox', { name: /^Rules/ });
  await expect(rules).toHaveValue('ignore $.id\n');
  await rules.fill('ignore id\nunordered $.tags');
  await page.getByLabel('Reason').fill('tags are a set');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await expect(page.getByRole('alert')).toContainText('line 1: the field must begin with $');
  await expect(rules).toHaveValue('ignore id\nunordered $.tags');
  await rules.fill('unordered $.tags');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await expect(page.getByText('version 3').first()).toBeVisible();
  await expect(page.getByRole('textbox', { name: /^Rules/ })).toHaveValue('unordered $.tags\n');
});
