// How the end-to-end tests run: every spec in tests/ twice, with JavaScript and without it.

import { defineConfig } from '@playwright/test';
import { browser } from './support/browser';
import type { Options } from './support/fixtures';

export default defineConfig<object, Options>({
  testDir: 'tests',
  outputDir: '../target/end2end',
  // Each worker has a server and a database of its own, so tests of one file may run side by side.
  fullyParallel: true,
  workers: 2,
  // A test that passes the second time has found something too.
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  reporter: [['list'], ['json', { outputFile: '../target/end2end.json' }]],
  use: {
    ...browser,
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'javascript' },
    { name: 'no-javascript', use: { javaScriptEnabled: false } },
  ],
});
