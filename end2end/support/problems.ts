// Listens for whatever a browser would show its user's developer: any console message, an uncaught error, a failed request.

import type { BrowserContext } from '@playwright/test';

export class Problems {
  private readonly found: string[] = [];
  private readonly expected: RegExp[] = [];

  constructor(context: BrowserContext, javaScript: boolean) {
    context.on('console', (message) => {
      // The page has the client fetched early, and without JavaScript nothing will ever run it.
      if (!javaScript && /crossfade\.wasm was preloaded .* but not used/.test(message.text())) return;
      const { url, lineNumber } = message.location();
      this.found.push(`console ${message.type()}: ${message.text()} (${url}:${lineNumber})`);
    });
    context.on('weberror', (error) => this.found.push(`uncaught: ${error.error().stack ?? error.error().message}`));
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? 'unknown';
      // The page went elsewhere while this was under way (an event stream, a preload): nobody missed it.
      if (why === 'net::ERR_ABORTED') return;
      // Without JavaScript the browser starts to preload scripts and then refuses to.
      if (!javaScript && why === 'csp' && new URL(request.url()).pathname.endsWith('.js')) return;
      this.found.push(`request failed: ${request.method()} ${request.url()}: ${why}`);
    });
  }

  /** For a test that provokes a complaint, such as the console's word on a page that answers 404. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  list(): string[] {
    return this.found.filter((problem) => !this.expected.some((pattern) => pattern.test(problem)));
  }
}
