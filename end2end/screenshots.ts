// Full-page pictures of PATHS (by default the overview) into target/screenshots, in both widths and both colour schemes:
// of an empty server, of the example migration, of it with decisions made, of it with alerts and whoever is told of them
// (`{alert}` in a path is the one that fires) and, when DATA names a file of observations, of that file imported. STATES
// names some of these.

import { fileURLToPath } from 'node:url';
import { test } from '@playwright/test';
import { checkFiles, differ, uploadSome } from './support/api';
import { spoilFiles } from './support/files';
import { Server, type ServerOptions } from './support/server';
import { decide } from './support/story';
import { beWatched, watchedServer } from './support/watched';

const folder = fileURLToPath(new URL('../target/screenshots', import.meta.url));
const paths = (process.env['PATHS'] || '/').split(/\s+/);
const data = process.env['DATA'];

const states: Record<string, ServerOptions> = { empty: {}, example: { example: true }, decided: { example: true }, watched: watchedServer };
if (data) states['data'] = { data };
const wanted = process.env['STATES']?.split(/\s+/).filter(Boolean) ?? [];

for (const [state, options] of Object.entries(states).filter(([name]) => !wanted.length || wanted.includes(name))) {
  test(`pictures, ${state}`, async ({ browser }) => {
    test.setTimeout(600_000);
    const server = await Server.start(options);
    if (state === 'decided') {
      await decide(server);
      await differ(server, 'smart_handler');
      await uploadSome(server);
      await spoilFiles(server.dataDir);
      await checkFiles(server);
    }
    const alert = state === 'watched' ? await beWatched(server) : 'none';
    for (const asked of paths) {
      const path = asked.replace('{alert}', alert);
      for (const width of [1440, 390]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await browser.newPage({
            colorScheme,
            viewport: { width, height: width > 1000 ? 900 : 844 },
            reducedMotion: 'reduce',
          });
          await server.signIn(page.context());
          const response = await page.goto(server.url + path);
          if (!response?.ok()) console.warn(`${path} answered ${response?.status()}`);
          await page.locator('html[data-hydrated], html[data-static]').waitFor({ state: 'attached' });
          const name = asked.replace(/^\//, '').replace(/[^a-z0-9_-]+/gi, '-') || 'overview';
          await page.screenshot({ path: `${folder}/${name}-${state}-${width}-${colorScheme}.png`, fullPage: true });
          await page.close();
        }
      }
    }
    await server.stop();
  });
}
