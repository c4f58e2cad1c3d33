// `make screenshots`: pictures for people to look at. Not a test, but it starts servers and browsers as the tests do.

import { defineConfig } from '@playwright/test';
import { browser } from './support/browser';

export default defineConfig({
  testDir: '.',
  testMatch: 'screenshots.ts',
  outputDir: '../target/end2end',
  fullyParallel: true,
  workers: 2,
  reporter: 'list',
  use: { ...browser, locale: 'en-GB', timezoneId: 'UTC' },
});
