// The system's browser, and how it is started. Playwright's own browsers are never fetched.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

function findBrowser(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not this one.
    }
  }
  throw new Error(`no browser on PATH (${names.join(', ')}); run scripts/setup`);
}

export const browser = {
  browserName: 'chromium' as const,
  launchOptions: {
    executablePath: findBrowser(),
    // Containers run as root, and the browser's sandbox refuses root.
    chromiumSandbox: false,
    // No display, and nothing that a browser would fetch for itself.
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  },
};
