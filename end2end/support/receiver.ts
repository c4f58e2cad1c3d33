// Whoever is told of alerts: a receiver of webhooks, and Debian's Alertmanager, which tells the same receiver.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Letter = { path: string; delivery: string | undefined; body: { status?: string; notice?: { status: string } } };

export class Receiver {
  /** What was taken, in order. */
  readonly letters: Letter[] = [];
  /** What was refused, since nobody was there. */
  refused = 0;
  /** Whether letters on this path are refused. */
  away: string | undefined;

  private constructor(
    private readonly server: HttpServer,
    private port: number,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        if (path === receiver.away) {
          receiver.refused += 1;
          response.writeHead(503).end();
          return;
        }
        const delivery = request.headers['crossfade-delivery'];
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Letter['body'];
        receiver.letters.push({ path, delivery: typeof delivery === 'string' ? delivery : undefined, body });
        response.writeHead(204).end();
      });
    });
    const receiver = new Receiver(server, 0);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    receiver.port = (server.address() as AddressInfo).port;
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** The ends of alerts that were told on a path, in order. */
  told(path: string): (string | undefined)[] {
    return this.letters.filter((letter) => letter.path === path).map(({ body }) => body.notice?.status ?? body.status);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

export class Alertmanager {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  /** One that tells `to` of everything at once. */
  static async start(to: string): Promise<Alertmanager> {
    const folder = await mkdtemp(join(tmpdir(), 'crossfade-alertmanager-'));
    const config = {
      route: { receiver: 'test', group_wait: '0s', group_interval: '1s', repeat_interval: '1h' },
      receivers: [{ name: 'test', webhook_configs: [{ url: to, send_resolved: true }] }],
    };
    // JSON is YAML.
    await writeFile(join(folder, 'alertmanager.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const args = [`--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'data')}`];
    args.push(`--web.listen-address=${address}`, '--cluster.listen-address=');
    const child = spawn('prometheus-alertmanager', args, { stdio: 'ignore' });
    const url = `http://${address}`;
    for (let look = 0; look < 300; look += 1) {
      const isReady = await fetch(`${url}/-/ready`).then((answer) => answer.ok, () => false);
      if (isReady) return new Alertmanager(child, folder, url);
      await new Promise((done) => setTimeout(done, 100));
    }
    child.kill('SIGKILL');
    throw new Error('Alertmanager does not start; `scripts/setup test` installs it');
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((done) => socket.listen(0, '127.0.0.1', done));
  const { port } = socket.address() as AddressInfo;
  await new Promise((done) => socket.close(done));
  return port;
}
