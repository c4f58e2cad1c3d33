// What holds on every page, in every state that it has: accessible in light and dark, legible, and never wider than a phone.

import type { Page } from '@playwright/test';
import { checkFiles, create, differ, sendTraffic, uploadSome } from '../support/api';
import { expect, test } from '../support/fixtures';
import { expectLegible, expectNoSidewaysScroll, openFolds } from '../support/legible';
import type { Server, ServerOptions } from '../support/server';
import { spoilFiles } from '../support/files';
import { decide } from '../support/story';
import { beWatched, watchedServer } from '../support/watched';

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

const withDifferences = { server: example, prepare: (server: Server) => differ(server, 'kimi') };

const withFiles = { server: example, prepare: uploadSome };

const withDecisions = { server: example, prepare: decide };

/** The alert that fires where there are alerts. */
let alert = '';
const withAlerts = {
  server: watchedServer,
  prepare: async (server: Server) => {
    alert = await beWatched(server);
  },
};

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
  { name: 'account', path: '/account', heading: 'admin' },
  { name: 'users', path: '/users', heading: 'Users' },
  { name: 'tokens', path: '/tokens', heading: 'Tokens' },
  { name: 'sign-offs, nothing waits', path: '/sign-offs', heading: 'Sign-offs' },
  { name: 'sign-offs, waiting', path: '/sign-offs', heading: 'Sign-offs', ...withDecisions },
  { name: 'gate, no data', path: '/features/supabase/gate', heading: 'Gate of supabase', server: example },
  { name: 'gate, passed and rejected', path: '/features/kimi/gate', heading: 'Gate of kimi', ...withDecisions },
  { name: 'gate, unknown', path: '/features/nobody/gate', heading: /nobody/, status: 404, complaint: /status of 404/ },
  { name: 'feature, decisions', path: '/features/kimi', heading: 'kimi', ...withDecisions },
  { name: 'overview, decisions', path: '/', heading: 'Overview', ...withDecisions },
  { name: 'change', path: '/features/kimi/change', heading: 'Change kimi', server: example },
  {
    name: 'change, errors',
    path: '/features/kimi/change',
    heading: 'Change kimi',
    server: example,
    complaint: /status of 422/,
    then: async (page) => {
      const form = page.locator('#Percentage');
      await form.evaluate((element: HTMLFormElement) => (element.noValidate = true));
      await form.getByLabel('Percentage', { exact: true }).fill('101');
      await form.getByRole('button').click();
      await expect(page.getByRole('alert')).toContainText('Nothing was changed');
    },
  },
  { name: 'roll back', path: '/features/kimi/roll-back', heading: 'Roll back kimi', server: example },
  { name: 'roll back, steps', path: '/features/smart_handler/roll-back', heading: /smart_handler/, ...withDecisions },
  { name: 'emergency rollback', path: '/rollback', heading: 'Emergency rollback', server: example },
  { name: 'rollbacks, none', path: '/rollbacks', heading: 'Rollbacks', server: example },
  { name: 'rollbacks', path: '/rollbacks', heading: 'Rollbacks', ...withDecisions },
  { name: 'migration', path: '/migrations/file-management', heading: 'File management', server: example },
  { name: 'policy', path: '/migrations/file-management/policy', heading: 'Policy of File management', server: example },
  {
    name: 'comparison rules',
    path: '/migrations/file-management/comparison-rules',
    heading: 'Comparison rules of File management',
    server: example,
  },
  {
    name: 'discrepancies, none',
    path: '/features/supabase/discrepancies',
    heading: 'Discrepancies of supabase',
    server: example,
  },
  { name: 'discrepancies', path: '/features/kimi/discrepancies', heading: 'Discrepancies of kimi', ...withDifferences },
  { name: 'files, none', path: '/files', heading: 'Files', server: example },
  { name: 'files', path: '/files', heading: 'Files', ...withFiles },
  { name: 'files, bad filter', path: '/files?side=up', heading: 'Files', status: 422, complaint: /status of 422/ },
  { name: 'file, unknown', path: '/files/none', heading: /none/, status: 404, complaint: /status of 404/ },
  { name: 'consistency, agreed', path: '/files/consistency', heading: 'Consistency', ...withFiles },
  {
    name: 'consistency, findings',
    path: '/files/consistency?state=all',
    heading: 'Consistency',
    server: example,
    prepare: async (server) => {
      await uploadSome(server);
      await spoilFiles(server.dataDir);
      await checkFiles(server);
    },
  },
  { name: 'system', path: '/system', heading: 'System', server: example },
  { name: 'schema', path: '/system/schema', heading: /Schema/, server: example },
  { name: 'alerts, none', path: '/alerts', heading: 'Alerts', server: example },
  { name: 'alerts', path: '/alerts', heading: 'Alerts', ...withAlerts },
  { name: 'alert', path: '/alerts/{alert}', heading: 'errors of smart_handler', ...withAlerts },
  { name: 'alert, unknown', path: '/alerts/none', heading: /none/, status: 404, complaint: /status of 404/ },
  { name: 'overview, alerts', path: '/', heading: 'Overview', ...withAlerts },
  { name: 'feature, alerts', path: '/features/smart_handler', heading: 'smart_handler', ...withAlerts },
  { name: 'gate, held', path: '/features/smart_handler/gate', heading: 'Gate of smart_handler', ...withAlerts },
  { name: 'notifications, nobody', path: '/notifications', heading: 'Notifications' },
  { name: 'notifications', path: '/notifications', heading: 'Notifications', ...withAlerts },
  { name: 'runbook, none', path: '/migrations/file-management/runbook', heading: /Runbook/, server: example },
  { name: 'runbook', path: '/migrations/file-management/runbook', heading: /Runbook/, ...withAlerts },
  { name: 'audit', path: '/audit', heading: 'Audit', ...withDecisions },
  { name: 'audit, bad filter', path: '/audit?from=never', heading: 'Audit', status: 422, complaint: /status of 422/ },
];

for (const { name, path, heading, server: options, status = 200, prepare, then, complaint } of cases) {
  test(`${name}: accessible, legible and narrow enough`, async ({ page, open, axe, startServer, problems }) => {
    test.slow();
    const server = await startServer(options);
    await prepare?.(server);
    if (complaint) problems.expect(complaint);
    const response = await open(server.url + path.replace('{alert}', alert));
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

test.describe('of strangers', () => {
  test.use({ signedIn: false });

  for (const [name, path, heading] of [
    ['log in', '/login', 'Log in to Crossfade'],
    ['set up', '/set-up?token=nothing', 'Set up Crossfade'],
    ['set up, no link', '/set-up', 'Set up Crossfade'],
  ] as const) {
    test(`${name}: accessible, legible and narrow enough`, async ({ page, open, axe, server }) => {
      await open(server.url + path);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
      await axe();
      await expectLegible(page);
      await page.setViewportSize({ width: 320, height: 640 });
      await expectNoSidewaysScroll(page);
    });
  }
});

/** Past the browser's own checks, so that the server's are seen. */
async function sendUnchecked(page: Page, button: string): Promise<void> {
  const submit = page.getByRole('button', { name: button });
  await submit.evaluate((element: HTMLButtonElement) => element.form && (element.form.noValidate = true));
  await submit.click();
  await expect(page.getByRole('alert')).toContainText('Nothing was created');
}
