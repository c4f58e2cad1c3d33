// Crossfade in front of your own two implementations: decide, run, report, and compare once the caller has its answer.
//
// Decisions come through a stock OpenFeature client. What happened goes to Crossfade's two ingest routes, in batches, in
// the background. Nothing but Node and OpenFeature is needed; copy this file and change what you like.

import { randomUUID } from 'node:crypto';
import type { Client } from '@openfeature/server-sdk';

const mostWaiting = 10_000;
const mostInABatch = 500;
const mostShadows = 64;
const attempts = Number(process.env['CROSSFADE_ATTEMPTS'] ?? 6);

/** The caller's own fault (bad input, a missing file): shown, and never counted in an error rate. */
export class CallerError extends Error {}

type Implementation<T> = () => T | Promise<T>;
type Outcome = 'ok' | 'error' | 'caller_error';
type Attempt<T> = { outcome: Outcome; latencyMs: number; result?: T; error?: unknown };
type About = { feature: string; operation: string; unit: string };

/** Runs each call on the path that Crossfade decides, and tells it what came of that. */
export class Crossfade {
  private readonly shadows = new Set<Promise<void>>();

  constructor(
    private readonly flags: Client,
    private readonly reporter: Reporter,
  ) {}

  /** One call for a unit. Both implementations must give something that JSON can hold. */
  async call<T>(about: About, legacy: Implementation<T>, candidate: Implementation<T>): Promise<T> {
    const context = { targetingKey: about.unit };
    // When Crossfade cannot be asked, the answer is the default: legacy, and no shadow.
    const [decision, sampled] = await Promise.all([
      this.flags.getBooleanDetails(about.feature, false, context),
      this.flags.getBooleanValue(`${about.feature}.shadow`, false, context),
    ]);
    const onCandidate = decision.value;
    let shadow = sampled;
    let served: Attempt<T>;
    if (onCandidate) {
      served = await attempt(candidate);
      const fallBack = served.outcome === 'error' && decision.flagMetadata['fallback'] === true;
      this.observe(about, 'candidate', served, fallBack);
      if (fallBack) {
        served = await attempt(legacy);
        this.observe(about, 'legacy', served);
        shadow = false; // Both sides have run already.
      }
    } else {
      served = await attempt(legacy);
      this.observe(about, 'legacy', served);
    }
    if (shadow) this.runShadow(about, onCandidate, served, onCandidate ? legacy : candidate);
    if (served.outcome !== 'ok') throw served.error;
    return served.result as T;
  }

  /** Waits for what is under way and sends what is left. */
  async close(): Promise<void> {
    await Promise.all(this.shadows);
    await this.reporter.close();
  }

  private runShadow<T>(about: About, onCandidate: boolean, served: Attempt<T>, other: Implementation<T>): void {
    // The caller waits for none of this: when there is no room, this call is simply not compared.
    if (this.shadows.size >= mostShadows) return;
    const run = async () => {
      await new Promise((done) => setImmediate(done));
      const shadowed = await attempt(other);
      const [legacy, candidate] = onCandidate ? [shadowed, served] : [served, shadowed];
      const { feature, operation } = about;
      this.reporter.compare({ feature, operation, legacy: side(legacy), candidate: side(candidate) });
    };
    const shadow = run().finally(() => this.shadows.delete(shadow));
    this.shadows.add(shadow);
  }

  private observe<T>(about: About, path: 'legacy' | 'candidate', attempted: Attempt<T>, fallback = false): void {
    const { outcome, latencyMs, error } = attempted;
    const kind = outcome === 'ok' ? null : error instanceof Error ? error.constructor.name : 'unknown';
    this.reporter.observe({ ...about, path, outcome, latency_ms: latencyMs, fallback, error_kind: kind });
  }
}

/** Runs one side, and keeps what came of it and how long it took. */
async function attempt<T>(implementation: Implementation<T>): Promise<Attempt<T>> {
  const began = performance.now();
  try {
    const result = await implementation();
    return { outcome: 'ok', latencyMs: performance.now() - began, result };
  } catch (error) {
    const outcome = error instanceof CallerError ? 'caller_error' : 'error';
    return { outcome, latencyMs: performance.now() - began, error };
  }
}

function side<T>({ outcome, latencyMs, result }: Attempt<T>): object {
  return { outcome, latency_ms: latencyMs, result };
}

type Route = 'observations' | 'comparisons';

/** Sends in batches. A batch that may not have arrived is sent again under the same key, and so counts once. */
export class Reporter {
  /** What Crossfade never counted. */
  lost = 0;
  private readonly waiting: Record<Route, object[]> = { observations: [], comparisons: [] };
  private readonly timer: NodeJS.Timeout;
  private sending = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly token: string,
    everyMs = 1_000,
  ) {
    this.timer = setInterval(() => this.flush(), everyMs).unref();
  }

  observe(observation: object): void {
    this.put('observations', observation);
  }

  compare(comparison: object): void {
    this.put('comparisons', comparison);
  }

  /** Sends what is left. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private put(route: Route, item: object): void {
    // Better than to fill the memory.
    if (this.waiting[route].length >= mostWaiting) this.lost += 1;
    else this.waiting[route].push({ ...item, at: new Date().toISOString() });
  }

  /** One after another, whoever asks. */
  private flush(): Promise<void> {
    this.sending = this.sending.then(async () => {
      for (const route of ['observations', 'comparisons'] as const) {
        while (this.waiting[route].length > 0) await this.send(route, this.waiting[route].splice(0, mostInABatch));
      }
    });
    return this.sending;
  }

  private async send(route: Route, batch: object[]): Promise<void> {
    const request = {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(batch),
    };
    for (let turn = 0; turn < attempts; turn += 1) {
      let pauseMs = Math.min(30_000, 500 * 2 ** turn) * (0.5 + Math.random() / 2);
      try {
        const answer = await fetch(`${this.url}/api/v1/${route}`, { ...request, signal: AbortSignal.timeout(10_000) });
        if (answer.ok) {
          // What was wrong with single items; the others were counted.
          this.lost += ((await answer.json()) as { rejected: unknown[] }).rejected.length;
          return;
        }
        if (answer.status !== 429 && answer.status < 500) break; // It would be refused again.
        const seconds = Number(answer.headers.get('retry-after'));
        if (seconds > 0) pauseMs = seconds * 1_000;
      } catch {
        // It may have arrived or not: the key tells.
      }
      if (turn + 1 < attempts) await new Promise((done) => setTimeout(done, pauseMs));
    }
    this.lost += batch.length;
  }
}
