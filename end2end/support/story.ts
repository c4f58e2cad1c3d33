// A server on which something was decided, for tests and pictures of pages that are full.

import { act, compare, read, sendTraffic, times } from './api';
import type { Server } from './server';

type Policy = { stages: { criteria: { kind: string }[] }[] };

type PolicyVersion = { version: number; policy: Policy };

/**
 * Something of everything in the example migration, under a policy that needs no time: `kimi` has passed and is
 * rejected, `smart_handler` was taken past its gate and is rolled back in steps, `supabase` was rolled back at once.
 */
export async function decide(server: Server): Promise<void> {
  const { version: seen, policy } = await read<PolicyVersion>(server, '/api/v1/migrations/file-management/policy');
  for (const stage of policy.stages) stage.criteria = stage.criteria.filter(({ kind }) => kind !== 'dwell');
  const document = JSON.stringify(policy);
  await act(server, 'save-policy', { migration: 'file-management', version: String(seen), document, reason: 'no need to wait here' });

  await sendTraffic(server, 'kimi');
  const ok = { outcome: 'ok', latency_ms: 100, result: { size: 10 } } as const;
  await compare(server, times(600, () => ({ feature: 'kimi', operation: 'upload', legacy: ok, candidate: ok })));
  const review = { key: 'kimi', version: await versionOf(server, 'kimi') };
  await act(server, 'sign-off', { ...review, decision: 'rejected', comment: 'two sizes differ, please look into it' });

  const version = await versionOf(server, 'smart_handler');
  await act(server, 'advance', { key: 'smart_handler', version, reason: 'a rehearsal', override_gate: 'true' });
  await sendTraffic(server, 'smart_handler');
  const steps = { key: 'smart_handler', target: '0', step: '0.25', interval_seconds: '600', reason: 'slowly' };
  await act(server, 'roll-back-gradually', steps);
  await act(server, 'roll-back-feature', { key: 'supabase', reason: 'files went missing' });
}

async function versionOf(server: Server, key: string): Promise<string> {
  return String((await read<{ version: number }>(server, `/api/v1/features/${key}`)).version);
}
