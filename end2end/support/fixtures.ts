// What every spec gets: a server, a page that may not complain, and a check for accessibility.
//
// Specs import `test` and `expect` from here, never from Playwright.

import { resolve } from 'node:path';
import { test as base, expect, type Response } from '@playwright/test';
import { expectAccessible } from './axe';
import { Problems } from './problems';
import { Server, type ServerOptions } from './server';

export { expect };

export type Options = {
  /** Whether the worker's server starts with the example migration: `test.use({ example: true })` at the top of a file. */
  example: boolean;
  /** A file of observations that the worker's server holds from the start; its name is relative to end2end/. */
  data: string | undefined;
};

export type TestOptions = {
  /** Whether the browser is signed in as the admin of every server: `test.use({ signedIn: false })` for a stranger. */
  signedIn: boolean;
};

type WorkerFixtures = Options & {
  /** One per worker, shared by its tests, which must not depend on what others left there. */
  server: Server;
};

type TestFixtures = {
  /** Opens a path and waits until the page is ready for use: at once without JavaScript, hydrated with it. */
  open: (path: string) => Promise<Response | null>;
  /** Fails on serious findings in light and dark. */
  axe: () => Promise<void>;
  /** What the browser complained about; the test fails when it is not empty in the end. */
  problems: Problems;
  /** A server for this test alone. */
  startServer: (options?: ServerOptions) => Promise<Server>;
  serverLog: void;
};

export const test = base.extend<TestFixtures & TestOptions, WorkerFixtures>({
  signedIn: [true, { option: true }],
  example: [false, { option: true, scope: 'worker' }],
  data: [undefined, { option: true, scope: 'worker' }],

  server: [
    async ({ example, data }, use) => {
      const server = await Server.start({ example, data: data && resolve(data) });
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  context: async ({ context, server, signedIn }, use) => {
    if (signedIn) await server.signIn(context);
    await use(context);
  },

  baseURL: async ({ server }, use) => use(server.url),

  open: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      const response = await page.goto(path);
      // Pages without a client are ready as they come.
      if (javaScriptEnabled) await page.locator('html[data-hydrated], html[data-static]').waitFor({ state: 'attached' });
      return response;
    });
  },

  axe: async ({ page, javaScriptEnabled }, use) => use(() => expectAccessible(page, javaScriptEnabled ?? true)),

  problems: [
    async ({ context, javaScriptEnabled }, use) => {
      const problems = new Problems(context, javaScriptEnabled ?? true);
      await use(problems);
      expect(problems.list(), 'the browser complained').toEqual([]);
    },
    { auto: true },
  ],

  startServer: async ({ context, signedIn }, use) => {
    const servers: Server[] = [];
    await use(async (options) => {
      const server = await Server.start(options);
      servers.push(server);
      if (signedIn && !options?.withoutUsers) await server.signIn(context);
      return server;
    });
    // What a page still fetches, as its icon, must not find its server gone.
    // One that is on its way to another page when it is told to leave has to be told once more.
    for (const page of context.pages()) await expect(() => page.goto('about:blank')).toPass();
    for (const server of servers) await server.stop();
  },

  serverLog: [
    async ({ server }, use, info) => {
      const before = server.log().length;
      await use();
      if (info.status !== info.expectedStatus) {
        await info.attach('server log', { body: server.log().slice(before), contentType: 'text/plain' });
      }
    },
    { auto: true },
  ],
});
