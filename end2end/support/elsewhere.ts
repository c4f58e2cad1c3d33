// A web server of somebody's own, on another origin than Crossfade's: one page, and its script with all that it imports.

import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export class Elsewhere {
  private constructor(
    private readonly server: HttpServer,
    /** As browsers send it. */
    readonly origin: string,
  ) {}

  /** Serves a page with the script in pages/ of this name. */
  static async start(script: string): Promise<Elsewhere> {
    const page = fileURLToPath(new URL(`../pages/${script}`, import.meta.url));
    const built = await build({ entryPoints: [page], bundle: true, format: 'esm', write: false, logLevel: 'silent' });
    const code = built.outputFiles[0]?.text ?? '';
    const html = '<!DOCTYPE html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,"><output></output>' +
      '<script type="module" src="/page.js"></script></html>';
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? code : html);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new Elsewhere(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
