// A Crossfade of a test's own: the debug program on a free port with an empty data folder that goes when it ends, with an
// admin and a token for the test to use.
//
// Each server has an address of its own, since browsers do not tell cookies of two ports apart.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from '@playwright/test';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** The program under test. */
export const program = resolve(repository, process.env['CROSSFADE_PROGRAM'] ?? 'target/debug/crossfade');

const startLimitMs = 20_000;
const stopLimitMs = 10_000;

export type ServerOptions = {
  /** Start with the example migration `file-management`. */
  example?: boolean;
  /** A file of observations to import before the start, moved up to now. */
  data?: string;
  /** More for `crossfade serve`. */
  args?: string[];
  /** Start without anybody: no admin, no session and no token, as a first start is. */
  withoutUsers?: boolean;
};

/** The admin of every server that has one. */
export const admin = { login: 'admin', password: 'correct horse battery' };

export class Server {
  private constructor(
    /** Without a slash at its end. */
    readonly url: string,
    readonly dataDir: string,
    private child: ChildProcess,
    private readonly args: string[],
    private readonly output: string[],
    /** What programs send; empty without users. */
    readonly token: string,
    /** The value of the admin's session cookie; empty without users. */
    readonly session: string,
  ) {}

  static async start(options: ServerOptions = {}): Promise<Server> {
    const dataDir = await mkdtemp(join(tmpdir(), 'crossfade-end2end-'));
    if (options.data) await run(dataDir, ['import', options.data, '--shift-to-now']);
    const args = ['serve', '--listen', `${ownAddress()}:0`];
    // Without traffic of its own: tests make what they count.
    if (options.example) args.push('--example', '--example-rate', '0');
    args.push(...(options.args ?? []));
    // In the repository's folder, because the site is found from there.
    const child = spawn(program, args, { cwd: repository, env: environment(dataDir), stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    try {
      const url = await listening(child, output);
      if (options.withoutUsers) return new Server(url, dataDir, child, args, output, '', '');
      const create = ['user', 'create', '--login', admin.login, '--role', 'admin', '--password-stdin'];
      await run(dataDir, create, admin.password);
      const token = await run(dataDir, ['token', 'create', '--name', 'tests', '--scope', 'ingest,read,operate,sign_off,evaluate']);
      return new Server(url, dataDir, child, args, output, token.trim(), await logIn(url));
    } catch (error) {
      child.kill('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Everything that the server has printed. */
  log(): string {
    return this.output.join('');
  }

  /** The link for the first admin, as the server printed it. */
  setUpLink(): string {
    const link = /set up the first admin: (\S+)/.exec(this.log())?.[1];
    if (!link) throw new Error(`the server named no link:\n${this.log()}`);
    return link;
  }

  /** Signs a browser in as the admin. */
  async signIn(context: BrowserContext): Promise<void> {
    await context.addCookies([{ name: sessionCookie, value: this.session, url: this.url, httpOnly: true, sameSite: 'Lax' }]);
  }

  /** Runs another command of the program on the same data folder and gives back what it printed. */
  run(...args: string[]): Promise<string> {
    return run(this.dataDir, args);
  }

  /** Is killed as by a fault, and started again on the same address and data. */
  async crash(): Promise<void> {
    const ended = exit(this.child);
    this.child.kill('SIGKILL');
    await ended;
    const args = this.args.map((arg, index) => (this.args[index - 1] === '--listen' ? new URL(this.url).host : arg));
    this.child = spawn(program, args, { cwd: repository, env: environment(this.dataDir), stdio: ['ignore', 'pipe', 'pipe'] });
    await listening(this.child, this.output);
  }

  /** Ends as an operator would end it, which it must obey in good time. */
  async stop(): Promise<void> {
    const ended = exit(this.child);
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), stopLimitMs);
    const how = await ended;
    clearTimeout(late);
    await rm(this.dataDir, { recursive: true, force: true });
    if (how !== 0) throw new Error(`the server ended with ${how} instead of 0 when told to stop:\n${this.log()}`);
  }
}

/** The surroundings' own settings for Crossfade must not reach the tests. */
function environment(dataDir: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('CROSSFADE_'));
  return { ...Object.fromEntries(others), CROSSFADE_DATA_DIR: dataDir };
}

function run(dataDir: string, args: string[], input = ''): Promise<string> {
  return new Promise((done, fail) => {
    const options = { cwd: repository, env: environment(dataDir) };
    const child = execFile(program, args, options, (error, stdout) => (error ? fail(error) : done(stdout)));
    // A command that reads nothing may end before its input is closed; its own exit tells how it went.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

const sessionCookie = 'crossfade_session';

/** Signs in as the panel's form does, and gives the session. */
async function logIn(url: string): Promise<string> {
  const response = await fetch(`${url}/panel/log-in`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams(admin),
  });
  const cookie = response.headers.getSetCookie().find((text) => text.startsWith(`${sessionCookie}=`));
  if (!cookie) throw new Error(`could not sign in (${response.status}): ${await response.text()}`);
  return cookie.slice(sessionCookie.length + 1).split(';')[0] ?? '';
}

/** A loopback address that no other server of the tests has. */
function ownAddress(): string {
  servers += 1;
  return `127.${1 + (process.pid % 250)}.${(process.pid >> 8) % 250}.${1 + (servers % 250)}`;
}

let servers = 0;

function exit(child: ChildProcess): Promise<number | string> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  if (child.signalCode !== null) return Promise.resolve(child.signalCode);
  return new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal ?? 'nothing')));
}

/** Waits for the line that names the address. */
function listening(child: ChildProcess, output: string[]): Promise<string> {
  return new Promise((done, fail) => {
    const because = (why: string) => fail(new Error(`${program} ${why}:\n${output.join('')}`));
    const late = setTimeout(() => because(`did not listen within ${startLimitMs / 1000} s`), startLimitMs);
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      printed += text;
      // With what follows the address, or half of it might be taken for the whole.
      const url = /listening on (http:\/\/[^\s"]+)[\s"]/.exec(printed)?.[1];
      if (url) {
        clearTimeout(late);
        done(url);
      }
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    child.once('error', (error) => because(error.message));
    child.once('exit', (code, signal) => because(`ended at once (${code ?? signal})`));
  });
}
