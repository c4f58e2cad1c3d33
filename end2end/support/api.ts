// What programs send to a server, for tests that need data there.

/** A server, and the right to use it. */
export type Access = { url: string; token: string };

export type Observation = {
  id?: string;
  at?: string;
  feature: string;
  operation: string;
  path: 'legacy' | 'candidate';
  outcome: 'ok' | 'error' | 'caller_error';
  latency_ms: number;
  unit?: string;
  fallback?: boolean;
  error_kind?: string | null;
};

type Side = { outcome: Observation['outcome']; latency_ms: number; result?: unknown };

export type Comparison = { feature: string; operation: string; legacy: Side; candidate: Side; legacy_again?: Side };

/** Sends observations, all of which must be taken in. */
export function observe(server: Access, observations: Observation[]): Promise<void> {
  return send(server, '/api/v1/observations', observations);
}

/** Sends comparisons, all of which must be taken in. */
export function compare(server: Access, comparisons: Comparison[]): Promise<void> {
  return send(server, '/api/v1/comparisons', comparisons);
}

/** Uploads whose results differ: a size that is wrong now and then, an id that never is the same twice, and a secret. */
export function differ(server: Access, feature: string): Promise<void> {
  const side = (result: unknown): Side => ({ outcome: 'ok', latency_ms: 10, result });
  const runs = Array.from({ length: 40 }, (_, run): Comparison => {
    const result = (who: string, size: number) => ({
      id: `${who}-${run}`,
      size,
      name: 'report.pdf',
      tags: who === 'candidate' && run % 4 === 0 ? ['b', 'a'] : ['a', 'b'],
      access_token: `secret-of-${who}`,
      parts: [{ number: 1, sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }],
    });
    return {
      feature,
      operation: run % 3 === 0 ? 'download' : 'upload',
      legacy: side(result('legacy', 1024)),
      candidate: side(result('candidate', run % 2 === 0 ? 1025 : 1024)),
      legacy_again: side(result('again', 1024)),
    };
  });
  return compare(server, runs);
}

async function send(server: Access, path: string, items: unknown[]): Promise<void> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
    body: JSON.stringify(items),
  });
  const answer = await response.text();
  const accepted = response.status === 202 && (JSON.parse(answer) as { accepted: number }).accepted;
  if (accepted !== items.length) throw new Error(`${path} answered ${response.status}: ${answer}`);
}

/** Uploads a file of `feature`, and gives its id. */
export async function upload(server: Access, feature: string, name: string, content: string): Promise<string> {
  const query = new URLSearchParams({ feature, name });
  const response = await fetch(`${server.url}/api/v1/files?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', authorization: `Bearer ${server.token}` },
    body: content,
  });
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`an upload was answered ${response.status}: ${answer}`);
  return (JSON.parse(answer) as { file_reference: { id: string } }).file_reference.id;
}

/** Files of two features, two of which have the same content. */
export async function uploadSome(server: Access): Promise<void> {
  for (const [feature, name, content] of [
    ['kimi', 'report.txt', 'a report'],
    ['kimi', 'the same report under a rather long name, as people give them.txt', 'a report'],
    ['supabase', 'notes.md', '# Notes'],
  ] as const) {
    await upload(server, feature, name, content);
  }
}

/** Has all files checked, and waits until they were. */
export async function checkFiles(server: Access): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.token}` };
  const consistency = `${server.url}/api/v1/files/consistency`;
  const asked = await fetch(`${consistency}/checks`, { method: 'POST', headers, body: '{}' });
  const { id } = (await asked.json()) as { id: number };
  for (let look = 0; look < 100; look += 1) {
    const view = (await (await fetch(consistency, { headers })).json()) as { checks: { id: number; state: string }[] };
    if (view.checks.some((check) => check.id >= id && check.state === 'complete')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the check does not end');
}

/** Creates a migration of this slug, and a feature in it for each key. */
export async function create(server: Access, migration: string, features: string[] = []): Promise<void> {
  await createOne(server, '/api/v1/migrations', { slug: migration, name: `Migration ${migration}` });
  for (const key of features) await createOne(server, '/api/v1/features', { migration, key, name: `Feature ${key}` });
}

async function createOne(server: Access, path: string, item: object): Promise<void> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
    body: JSON.stringify(item),
  });
  if (response.status !== 201) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

/** The answer to a GET. */
export async function read<T>(server: Access, path: string): Promise<T> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}` } });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Changes something, as a program does. */
export async function write(server: Access, method: 'PATCH' | 'POST' | 'PUT', path: string, body: object): Promise<void> {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

/** So many times the same. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/**
 * Traffic of the present on `feature`: with `upload`, 40 requests by legacy (2 errors) and 10 by the candidate (1 error,
 * 1 caller error); with `download`, 5 by legacy. Of 6 comparisons 2 differ, and in 1 the candidate failed.
 */
export async function sendTraffic(server: Access, feature: string): Promise<void> {
  const upload = { feature, operation: 'upload' } as const;
  await observe(server, [
    ...times(38, (index) => ({ ...upload, path: 'legacy', outcome: 'ok', latency_ms: 200, unit: `u${index}` }) as const),
    ...times(2, () => ({ ...upload, path: 'legacy', outcome: 'error', latency_ms: 200, error_kind: 'timeout' }) as const),
    ...times(8, () => ({ ...upload, path: 'candidate', outcome: 'ok', latency_ms: 80 }) as const),
    { ...upload, path: 'candidate', outcome: 'error', latency_ms: 80, error_kind: 'quota' },
    { ...upload, path: 'candidate', outcome: 'caller_error', latency_ms: 80 },
    ...times(5, () => ({ feature, operation: 'download', path: 'legacy', outcome: 'ok', latency_ms: 200 }) as const),
  ]);
  const ok = (result: unknown) => ({ outcome: 'ok', latency_ms: 100, result }) as const;
  await compare(server, [
    ...times(3, () => ({ ...upload, legacy: ok({ size: 10 }), candidate: ok({ size: 10 }) })),
    ...times(2, () => ({ ...upload, legacy: ok({ size: 10 }), candidate: ok({ size: 11 }) })),
    { ...upload, legacy: ok({ size: 10 }), candidate: { outcome: 'error', latency_ms: 100 } },
  ]);
}

/** Does what a form of the panel does, as the admin: calls the server function of this name. */
export async function act(server: Access & { session: string }, name: string, fields: Record<string, string>): Promise<void> {
  const headers = { accept: 'application/json', cookie: `crossfade_session=${server.session}`, origin: server.url };
  const body = new URLSearchParams(fields);
  const response = await fetch(`${server.url}/panel/${name}`, { method: 'POST', headers, body, redirect: 'manual' });
  if (!response.ok) throw new Error(`${name} answered ${response.status}: ${await response.text()}`);
}
