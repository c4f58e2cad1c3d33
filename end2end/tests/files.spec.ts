// Files in the panel: found, broken, checked, mended and deleted.

import { checkFiles, upload } from '../support/api';
import { expect, test } from '../support/fixtures';
import { spoilFiles } from '../support/files';

test('a spoilt file is found, and mended from the other side', async ({ page, open, startServer }) => {
  const server = await startServer({ example: true });
  await upload(server, 'kimi', 'report.txt', 'a report');
  await expect.poll(async () => (await fetchQueue(server)).length).toBe(0);
  await spoilFiles(server.dataDir);
  await checkFiles(server);
  await open(`${server.url}/files`);
  await page.getByRole('link', { name: /content is not what was recorded/ }).click();
  const findings = page.getByRole('region', { name: 'List of findings' }).getByRole('listitem');
  const finding = findings.filter({ hasText: 'Content is not what was recorded' });
  await expect(finding).toContainText('legacy');
  await finding.getByText('Copy from the other side').first().click();
  await finding.getByLabel('Reason').fill('it was spoilt');
  await finding.getByRole('button', { name: 'Copy from the other side' }).click();
  await expect(page).toHaveURL(/\/files\/consistency(#|$)/);
  await expect(findings).toHaveCount(2);
  await expect(finding).toHaveCount(0);
  await open(`${server.url}/files/consistency?state=closed`);
  await expect(page.getByText('copy by user:admin')).toBeVisible();
});

test('a file is found by its name, and deleted with a reason', async ({ page, open, startServer }) => {
  const server = await startServer({ example: true });
  await upload(server, 'kimi', 'report.txt', 'a report');
  await upload(server, 'kimi', 'notes.txt', 'notes');
  await open(`${server.url}/files`);
  await page.getByLabel('Name contains').fill('REPORT');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByRole('link', { name: 'notes.txt' })).toHaveCount(0);
  await page.getByRole('link', { name: 'report.txt' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('report.txt');
  await page.getByLabel('Reason').fill('nobody needs it');
  await page.getByRole('button', { name: 'Delete report.txt' }).click();
  await expect(page).toHaveURL(/\/files(#|$)/);
  await expect(page.getByRole('link', { name: 'report.txt' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'notes.txt' })).toBeVisible();
});

async function fetchQueue(server: { url: string; token: string }): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${server.token}` };
  return (await (await fetch(`${server.url}/api/v1/files/tasks`, { headers })).json()) as unknown[];
}
