// Traffic turns bad on the candidate: the alert fires on the open page, the policy takes the feature back, the proof of
// effect arrives, and whoever is to be told is told once, although the server is killed in between.

import { act, create, observe, read, times, write } from '../support/api';
import { expect, test } from '../support/fixtures';
import { Alertmanager, Receiver } from '../support/receiver';

type Percentages = { version: number; configured: number; effective: number };
type Rollback = { kind: string; actor: string; state?: string };

test('a bad candidate is taken back by the policy, and everyone is told once across a crash', async ({ page, open, startServer, javaScriptEnabled, problems }) => {
  test.setTimeout(300_000);
  const server = await startServer({ args: ['--notify-allow', '127.0.0.0/8'] });
  const receiver = await Receiver.start();
  const alertmanager = await Alertmanager.start(receiver.url('/from-alertmanager'));
  try {
    await create(server, 'pay', ['checkout']);
    const stage = (name: string, percentage: number) => ({
      name,
      percentage,
      criteria: [{ kind: 'requests', at_least: 100_000 }],
      sign_offs: { manager: 1 },
    });
    const rule = {
      name: 'failing',
      kind: 'error_rate',
      limit: 0.05,
      for_minutes: 0,
      keep_firing_minutes: 0,
      severity: 'critical',
      action: 'roll_back',
      rollback: 'feature',
    };
    const policy = { stages: [stage('shadow', 0), stage('50%', 50), stage('100%', 100)], alerts: [rule] };
    await write(server, 'PUT', '/api/v1/migrations/pay/policy', { policy, reason: 'takes itself back' });
    const target = (name: string, kind: string, url: string) => ({ name, kind, url, reason: 'to be told', least_severity: 'warning' });
    await act(server, 'create-target', { ...target('hook', 'webhook', receiver.url('/hook')), username: '', secret: '', migration: '' });
    await act(server, 'create-target', { ...target('am', 'alertmanager', alertmanager.url), username: '', secret: '', migration: '' });
    const version = String((await read<Percentages>(server, '/api/v1/features/checkout')).version);
    await act(server, 'advance', { key: 'checkout', version, reason: 'a trial', override_gate: 'true' });

    await open(`${server.url}/features/checkout`);
    const shows = async (text: RegExp, timeout: number) => {
      if (javaScriptEnabled) return expect(page.getByText(text).first()).toBeVisible({ timeout });
      return expect(async () => {
        await page.reload();
        await expect(page.getByText(text).first()).toBeVisible({ timeout: 1_000 });
      }).toPass({ timeout });
    };
    const traffic = (path: 'legacy' | 'candidate', outcome: 'ok' | 'error') =>
      observe(server, times(100, () => ({ feature: 'checkout', operation: 'pay', path, outcome, latency_ms: 20 })));

    // Nobody is there to take the webhook yet: it stays in the queue, and the program is killed with it.
    receiver.away = '/hook';
    await traffic('legacy', 'ok');
    await traffic('candidate', 'error');
    await shows(/failing/, 90_000);
    await expect.poll(() => receiver.refused, { timeout: 30_000 }).toBeGreaterThan(0);
    // The open page sees its stream break.
    problems.expect(/api\/v1\/events|127\.\d+\.\d+\.\d+.*ERR_|ERR_CONNECTION_REFUSED/);
    await server.crash();
    receiver.away = undefined;

    await expect
      .poll(async () => (await read<Percentages>(server, '/api/v1/features/checkout')).effective, { timeout: 30_000 })
      .toBe(0);
    const rollbacks = await read<Rollback[]>(server, '/api/v1/rollbacks');
    expect(rollbacks.map(({ kind, actor }) => [kind, actor])).toEqual([['feature', 'policy']]);

    // Only traffic can show that nothing goes to the candidate any more.
    const beat = setInterval(() => void traffic('legacy', 'ok').catch(() => undefined), 5_000);
    try {
      await shows(/verified/, 150_000);
    } finally {
      clearInterval(beat);
    }
    const both = ['firing', 'resolved'];
    await expect.poll(() => receiver.told('/hook'), { timeout: 60_000 }).toEqual(both);
    await expect.poll(() => receiver.told('/from-alertmanager'), { timeout: 60_000 }).toEqual(both);
    const deliveries = receiver.letters.flatMap(({ delivery }) => delivery ?? []);
    expect(new Set(deliveries).size).toBe(deliveries.length);

    await open(`${server.url}/alerts`);
    await expect(page.getByText('failing').first()).toBeVisible();
    await open(`${server.url}/notifications`);
    await expect(page.getByText('hook').first()).toBeVisible();
  } finally {
    await alertmanager.stop();
    await receiver.stop();
  }
});
