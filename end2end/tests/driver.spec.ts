// A driver with injected faults: the field is named, the gate fails, and passes once the faults have stopped.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { read, write } from '../support/api';
import { expect, test } from '../support/fixtures';
import { program, type Server } from '../support/server';

type Gate = { criteria: { kind: string; verdict: string; lower: number | null; upper: number | null; n: number }[] };

/** Drives until `done` says so. */
async function drive(server: Server, options: string[], done: () => Promise<boolean>): Promise<void> {
  const args = ['drive', '--url', server.url, '--rate', '60', ...options];
  const child = spawn(program, args, { env: { ...process.env, CROSSFADE_TOKEN: server.token }, stdio: 'ignore' });
  try {
    await expect.poll(done, { timeout: 120_000, intervals: [1_000] }).toBe(true);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

test('injected corruption names the field and fails the gate, which passes after the stage is entered anew', async ({ page, open, startServer }) => {
  test.setTimeout(300_000);
  const server = await startServer({ example: true });
  await write(server, 'PATCH', '/api/v1/migrations/file-management', {
    shadow_mode: { sample_rate: 1 },
    reason: 'the test wants to see all',
  });
  const policy = {
    stages: [
      {
        name: 'shadow',
        percentage: 0,
        criteria: [
          { kind: 'comparisons', at_least: 50 },
          { kind: 'discrepancy_rate', limit: 0.05 },
        ],
        sign_offs: { manager: 1 },
      },
      { name: '100%', percentage: 100, criteria: [{ kind: 'error_rate', limit: 0.01 }], sign_offs: { manager: 1 } },
    ],
  };
  await write(server, 'PUT', '/api/v1/migrations/file-management/policy', { policy, reason: 'without waiting' });

  const criterion = async () => {
    const gate = await read<Gate>(server, '/api/v1/features/kimi/gate');
    const found = gate.criteria.find((it) => it.kind === 'discrepancy_rate');
    if (!found) throw new Error(`no discrepancy_rate in ${JSON.stringify(gate)}`);
    return found;
  };
  await drive(server, ['--fault', 'corrupt=0.2'], async () => (await criterion()).verdict === 'failed');
  const failed = await criterion();
  expect(failed.lower).toBeGreaterThan(0.05);
  expect(failed.upper).toBeGreaterThan(failed.lower ?? 1);

  await open(`${server.url}/features/kimi/discrepancies`);
  await expect(page.getByRole('article', { name: '$.sha256' })).toBeVisible();
  await open(`${server.url}/features/kimi/gate`);
  await expect(page.getByText(/reports of the last hour were injected by crossfade drive/)).toBeVisible();
  await open(server.url);
  await expect(page.getByText(/were injected by crossfade drive/)).toBeVisible();

  await write(server, 'POST', '/api/v1/features/kimi/restart-stage', { reason: 'the faults have stopped' });
  await drive(server, [], async () => (await criterion()).verdict === 'passed');
});
