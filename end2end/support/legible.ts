// What every page owes its reader: no text too small to read, and nothing that makes the whole page scroll sideways.

import { expect, type Page } from '@playwright/test';

const smallestPx = 12;

/** Folds are opened first: what stands in them counts, too. */
export async function openFolds(page: Page): Promise<void> {
  await page.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
}

/** No visible text is smaller than 12 pixels, also where a drawing is scaled. */
export async function expectLegible(page: Page): Promise<void> {
  const { small, seen } = await page.evaluate(findSmallText, smallestPx);
  expect(seen, 'there is text').toBeGreaterThan(0);
  expect.soft(small, `text smaller than ${smallestPx} px on ${page.url()}`).toEqual([]);
}

/** The page fits its window. Wide tables scroll in boxes of their own. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { needed, given } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { needed: Math.max(scrollWidth, document.body.scrollWidth), given: clientWidth };
  });
  expect.soft(needed, `width that ${page.url()} needs`).toBeLessThanOrEqual(given);
}

function findSmallText(limitPx: number): { small: string[]; seen: number } {
  const small: string[] = [];
  let seen = 0;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const parent = text.parentElement;
    const words = text.textContent?.trim();
    if (!parent || !words || !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION'].includes(parent.tagName)) continue;
    const drawing = parent instanceof SVGGraphicsElement ? parent.getScreenCTM() : null;
    const size = parseFloat(getComputedStyle(parent).fontSize) * (drawing ? Math.hypot(drawing.a, drawing.b) : 1);
    seen += 1;
    // A hundredth for what scaling rounds.
    if (size < limitPx - 0.01) small.push(`${size.toFixed(2)} px: ${words.slice(0, 40)}`);
  }
  return { small, seen };
}
