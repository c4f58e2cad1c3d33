// A Crossfade of a test's own: the debug program on a free port with an empty data folder that goes when it ends.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const program = resolve(repository, process.env['CROSSFADE_PROGRAM'] ?? 'target/debug/crossfade');

const startLimitMs = 20_000;
const stopLimitMs = 10_000;

export type ServerOptions = {
  /** Start with the example migration `file-management`. */
  example?: boolean;
  /** A file of observations to import before the start, moved up to now. */
  data?: string;
  /** More for `crossfade serve`. */
  args?: string[];
};

export class Server {
  private constructor(
    /** Without a slash at its end. */
    readonly url: string,
    readonly dataDir: string,
    private readonly child: ChildProcess,
    private readonly output: string[],
  ) {}

  static async start(options: ServerOptions = {}): Promise<Server> {
    const dataDir = await mkdtemp(join(tmpdir(), 'crossfade-end2end-'));
    if (options.data) await run(dataDir, ['import', options.data, '--shift-to-now']);
    const args = ['serve', '--listen', '127.0.0.1:0'];
    if (options.example) args.push('--example');
    args.push(...(options.args ?? []));
    // In the repository's folder, because the site is found from there.
    const child = spawn(program, args, { cwd: repository, env: environment(dataDir), stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    try {
      const url = await listening(child, output);
      return new Server(url, dataDir, child, output);
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

  /** Runs another command of the program on the same data folder and gives back what it printed. */
  run(...args: string[]): Promise<string> {
    return run(this.dataDir, args);
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

async function run(dataDir: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: repository, env: environment(dataDir) });
  return stdout;
}

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
