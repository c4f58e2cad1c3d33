// What holds on every page, in every state that it has: accessible in light and dark, legible, and never wider than a phone.

import type { Page } from '@playwright/test';
import { create, sendTraffic } from '../support/api';
import { expect, test } from '../support/fixtures';
import { expectLegible, expectNoSidewaysScroll, openFolds } from '../support/legible';
import type { Server, ServerOptions } from '../support/server';

type Case = {
  name: string;
  path: string;
  /** What stands in the page's first heading. */
  heading: string | RegExp;
  server?: ServerOptions;
  status?: number;
  prepare?: (server: Server) => Promise<void>;
  then?: (page: Page) => Promise<void>;
  /** What the console says of the status when scripts are what asked. */
  complaint?: RegExp;
};

const example: ServerOptions = { example: true };
const withTraffic = { server: example, prepare: (server: Server) => sendTraffic(server, 'kimi') };

const cases: Case[] = [
  { name: 'overview, empty', path: '/', heading: 'Overview' },
  {
    name: 'overview, migration without features',
    path: '/',
    heading: 'Overview',
    prepare: (server) => create(server, 'bare'),
  },
  { name: 'overview, example', path: '/', heading: 'Overview', server: example },
  { name: 'overview, data', path: '/', heading: 'Overview', ...withTraffic },
  { name: 'feature, no data', path: '/features/supabase', heading: 'supabase', server: example },
  { name: 'feature, data', path: '/features/kimi', heading: 'kimi', ...withTraffic },
  { name: 'feature, 30 days', path: '/features/kimi?range=30d', heading: 'kimi', ...withTraffic },
  {
    name: 'feature, bad range',
    path: '/features/kimi?range=custom&from=2026-01-06T10%3A00&to=2026-01-05T10%3A00',
    heading: 'kimi',
    server: example,
    status: 422,
    complaint: /status of 422/,
  },
  {
    name: 'feature, longest names',
    path: `/features/${'k'.repeat(63)}`,
    heading: 'k'.repeat(63),
    prepare: (server) => create(server, 'm'.repeat(63), ['k'.repeat(63)]),
  },
  {
    name: 'overview, longest names',
    path: '/',
    heading: 'Overview',
    prepare: (server) => create(server, 'm'.repeat(63), ['k'.repeat(63)]),
  },
  { name: 'feature, unknown', path: '/features/nobody', heading: /nobody/, status: 404, complaint: /status of 404/ },
  { name: 'no page', path: '/nowhere', heading: /no page/, status: 404, complaint: /status of 404/ },
  { name: 'new migration', path: '/migrations/new', heading: 'New migration' },
  { name: 'new feature', path: '/features/new?migration=file-management', heading: 'New feature', server: example },
  {
    name: 'new migration, errors',
    path: '/migrations/new',
    heading: 'New migration',
    complaint: /status of 422/,
    then: async (page) => {
      await page.getByLabel('Slug').fill('Not a Slug');
      await sendUnchecked(page, 'Create migration');
    },
  },
  {
    name: 'new feature, errors',
    path: '/features/new',
    heading: 'New feature',
    complaint: /status of 422/,
    then: async (page) => {
      await page.getByLabel('Key').fill('Not a Key');
      await sendUnchecked(page, 'Create feature');
    },
  },
];

for (const { name, path, heading, server: options, status = 200, prepare, then, complaint } of cases) {
  test(`${name}: accessible, legible and narrow enough`, async ({ page, open, axe, startServer, problems }) => {
    test.slow();
    const server = await startServer(options);
    await prepare?.(server);
    if (complaint) problems.expect(complaint);
    const response = await open(server.url + path);
    expect(response?.status()).toBe(status);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
    await expect(page.getByRole('main')).toHaveCount(1);
    await then?.(page);

    await axe();
    await expectLegible(page);
    // As it comes, and with everything open that is folded.
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(page);
    await openFolds(page);
    await expectNoSidewaysScroll(page);
    await expectLegible(page);
    await axe();
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoSidewaysScroll(page);
  });
}

/** Past the browser's own checks, so that the server's are seen. */
async function sendUnchecked(page: Page, button: string): Promise<void> {
  const submit = page.getByRole('button', { name: button });
  await submit.evaluate((element: HTMLButtonElement) => element.form && (element.form.noValidate = true));
  await submit.click();
  await expect(page.getByRole('alert')).toContainText('Nothing was created');
}
