// Accessibility as axe judges it, in both colour schemes.

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export async function expectAccessible(page: Page, javaScript: boolean): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // A colour half way through a transition has no contrast of its own to judge.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (!javaScript) await page.evaluate(replaceTimers);
    // Within this page alone: it has no frames, and the other way reports through a second page, where the timers stand still.
    const { violations, passes } = await new AxeBuilder({ page }).withTags(rules).setLegacyMode(true).analyze();
    expect(passes.length, 'axe looked at something').toBeGreaterThan(0);
    const findings = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.html}`));
    expect.soft(findings, `accessibility of ${page.url()}, ${colorScheme}`).toEqual([]);
  }
}

/** Where the page may not run scripts its timers never fire, and axe takes its turns with them. Limits need not expire. */
function replaceTimers(): void {
  const soonMs = 100;
  const turn = (callback: TimerHandler, delayMs = 0, ...args: unknown[]): number => {
    if (typeof callback === 'function' && delayMs < soonMs) void Promise.resolve().then(() => callback(...args));
    return 0;
  };
  window.setTimeout = turn as typeof window.setTimeout;
}
