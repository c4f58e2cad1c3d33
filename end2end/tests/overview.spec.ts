// The first page, as anyone meets it. That nothing appears in the console is checked by the fixtures.

import { expect, test } from '../support/fixtures';

test('the overview has a title and a heading', async ({ page, open }) => {
  const response = await open('/');
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/Crossfade/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('the overview is accessible in light and dark', async ({ open, axe }) => {
  await open('/');
  await axe();
});

test('the browser gets the client compressed and under the name that the page asks for', async ({ request }) => {
  const script = await request.get('/pkg/crossfade.js', { headers: { 'accept-encoding': 'br' } });
  expect(script.headers()).toMatchObject({ 'content-encoding': 'br' });
  const client = await request.get('/pkg/crossfade.wasm', { headers: { 'accept-encoding': 'br' } });
  expect(client.headers()).toMatchObject({ 'content-type': 'application/wasm', 'content-encoding': 'br' });
});
