// A server that is watched, for tests and pictures: an alert that fires and holds a stage, one that is pending, one that is
// over, silences, targets that work, fail and are off, what could not be told, and a runbook.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { act, compare, observe, read, times, write } from './api';
import type { Server, ServerOptions } from './server';

/** Targets of these tests are on loopback. */
export const watchedServer: ServerOptions = { example: true, args: ['--notify-allow', '127.0.0.0/8'] };

type Alert = { id: string; state: string; feature: string | null; rule: string };
type Alerts = { alerts: Alert[] };
type Feature = { version: number };

const MIGRATION = 'file-management';

const checklist = `# Moving files

Read this before you begin. The **plan** is in \`PLAN.md\`.

## Before

- [x] Back up both sides
- [ ] Agree on a window
  - [ ] with support
  - [ ] with whoever is on call, and ask them to keep an eye on \`/alerts\` for as long as the first stage lasts

## âœ… Going on

- [ ] Enter **1%**
  - [ ] Look at the discrepancies
    - [ ] Ignore what is noise, with a reason
1. [ ] Write down what was learnt
`;

/** Makes all of it, and gives the id of the alert that fires. */
export async function beWatched(server: Server): Promise<string> {
  const rule = (name: string, more: object) => ({ name, kind: 'error_rate', limit: 0.05, keep_firing_minutes: 0, ...more });
  const { policy } = await read<{ policy: object }>(server, `/api/v1/migrations/${MIGRATION}/policy`);
  const alerts = [
    rule('errors', { for_minutes: 0, severity: 'critical', action: 'hold' }),
    rule('errors for long', { for_minutes: 60 }),
    { kind: 'latency_degradation', limit: 0.2 },
    { kind: 'discrepancy_rate', limit: 0.02 },
    { kind: 'system', limit: 0.99 },
    { kind: 'system', name: 'cut off', decisions_age_seconds: 60 },
    { kind: 'no_traffic', hours: 4 },
  ];
  const body = { policy: { ...policy, alerts }, reason: 'to be watched' };
  await write(server, 'PUT', `/api/v1/migrations/${MIGRATION}/policy`, body);
  await act(server, 'import-runbook', { migration: MIGRATION, version: '0', markdown: checklist });
  await tickFirst(server);
  await targets(server);
  for (const key of ['kimi', 'smart_handler']) {
    await act(server, 'advance', { key, version: await versionOf(server, key), reason: 'a trial', override_gate: 'true' });
    await traffic(server, key, 40);
  }
  const two = await until(server, (alert) => alert.state === 'firing', 2);
  // The one is over, since its stage was entered anew.
  await write(server, 'POST', '/api/v1/features/kimi/restart-stage', { reason: 'mended' });
  await until(server, (alert) => alert.state === 'resolved', 1);
  await traffic(server, 'kimi', 0);
  await act(server, 'begin-silence', { migration: MIGRATION, feature: 'kimi', rule: 'errors', minutes: '480', reason: 'we are at it' });
  await write(server, 'POST', '/api/v1/silences', { migration: MIGRATION, minutes: 30, reason: 'a rehearsal' });
  return two.find(({ feature }) => feature === 'smart_handler')?.id ?? '';
}

async function targets(server: Server): Promise<void> {
  const port = await receive();
  const target = (name: string, kind: string, path: string, more: object = {}) =>
    act(server, 'create-target', {
      ...{ name, kind, url: `http://127.0.0.1:${port}${path}`, reason: 'to be told', least_severity: 'warning' },
      ...{ username: '', secret: '', migration: '', ...more },
    });
  await target('on call', 'webhook', '/taken');
  await target('#rollouts', 'slack', '/gone');
  await target('alertmanager.example.internal', 'alertmanager', '/failing');
  await target('the other team', 'webhook', '/taken', { least_severity: 'critical', migration: MIGRATION });
}

/** A receiver that goes when the tests do: it takes, refuses for good, or fails, by the path. */
async function receive(): Promise<number> {
  const answers: Record<string, number> = { '/taken': 204, '/gone': 410 };
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answers[request.url ?? ''] ?? 500).end());
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  receiver.unref();
  return (receiver.address() as AddressInfo).port;
}

/** Requests of both paths of a feature, so many of a hundred of the candidate's wrong, and comparisons. */
async function traffic(server: Server, feature: string, errors: number): Promise<void> {
  const upload = { feature, operation: 'upload' } as const;
  const candidate = { ...upload, path: 'candidate', latency_ms: 90 } as const;
  await observe(server, [
    ...times(400, () => ({ ...upload, path: 'legacy', outcome: 'ok', latency_ms: 100 }) as const),
    ...times(100 - errors, () => ({ ...candidate, outcome: 'ok' }) as const),
    ...times(errors, () => ({ ...candidate, outcome: 'error', error_kind: 'timeout' }) as const),
  ]);
  const ok = { outcome: 'ok', latency_ms: 100, result: { size: 10 } } as const;
  await compare(server, times(200, () => ({ ...upload, legacy: ok, candidate: ok })));
}

type Item = { kind: string; id: string; version: number; done: boolean };

async function tickFirst(server: Server): Promise<void> {
  const path = `/api/v1/migrations/${MIGRATION}/runbook`;
  const { groups } = await read<{ groups: { blocks: Item[] }[] }>(server, path);
  const item = groups.flatMap(({ blocks }) => blocks).find(({ kind, done }) => kind === 'item' && !done);
  if (!item) throw new Error('the checklist has nothing to do');
  await write(server, 'POST', `${path}/items/${item.id}`, { done: true, note: 'Tuesday, 10:00', version: item.version });
}

async function versionOf(server: Server, key: string): Promise<string> {
  return String((await read<Feature>(server, `/api/v1/features/${key}`)).version);
}

async function until(server: Server, is: (alert: Alert) => boolean, count: number): Promise<Alert[]> {
  for (let look = 0; look < 300; look += 1) {
    const found = (await read<Alerts>(server, '/api/v1/alerts')).alerts.filter(is);
    if (found.length >= count) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the alerts do not come');
}
