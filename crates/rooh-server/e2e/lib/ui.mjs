// What the tests of the page share: a scripted server, a browser, and a page that is signed in.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { startBrowser } from './browser.mjs';
import { TOKEN, agentSpec, startFakeServer } from './fake-server.mjs';

/**
 * One browser for a file of tests.
 * @param {object} [options] as for `startBrowser`
 */
export function useBrowser(options) {
  const holder = {};
  before(async () => {
    holder.browser = await startBrowser(options);
  });
  after(() => holder.browser?.close());

  /**
   * Runs a test with a server and a page of its own; the page must not have complained.
   * @param {(world: {server, page}) => Promise<void>} body
   */
  holder.run = (body, { agents = [agentSpec('reception', { status: 'active' })], prepare } = {}) => async () => {
    const server = await startFakeServer();
    const page = await holder.browser.page();
    try {
      agents.forEach((agent) => server.add(agent));
      await prepare?.(page, server);
      await page.goto(`${server.url}#token=${TOKEN}`);
      await page.locator('#agents').waitFor({ state: 'attached' });
      if (agents.length > 0) await page.locator('#start:enabled').waitFor();
      await body({ server, page });
      assert.deepEqual(page.troubles, [], 'the page complained');
    } finally {
      await page.close();
      await server.close();
    }
  };
  return holder;
}

/** Starts a talk; returns the server's end of it. */
export async function start(server, page) {
  const count = server.sessions.length + 1;
  await page.click('#start');
  const session = await server.session(count);
  session.state('listening');
  await page.locator('#talk[data-state=listening]').waitFor();
  return session;
}

/** Waits until a locator's text is this. */
export async function shows(locator, text) {
  const end = performance.now() + 20_000;
  let seen;
  while (performance.now() < end) {
    seen = (await locator.count()) > 0 ? (await locator.first().innerText()).trim() : null;
    if (text instanceof RegExp ? text.test(seen ?? '') : seen === text) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`expected ${text}, saw ${JSON.stringify(seen)}`);
}
