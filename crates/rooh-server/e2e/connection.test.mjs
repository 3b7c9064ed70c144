// Signing in, connecting, breaking, coming back, and the keys of the microphone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MISSING_BROWSER } from './lib/browser.mjs';
import { agentSpec } from './lib/fake-server.mjs';
import { shows, start, useBrowser } from './lib/ui.mjs';

describe('the connection', { skip: MISSING_BROWSER || false, concurrency: false }, () => {
  const { run } = useBrowser();

  test('the token leaves the address, and its cookie outlives a reload', run(async ({ page }) => {
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await shows(page.locator('#agent-name'), 'reception');
  }));

  test('a page without a token asks for it, and says when it is wrong', run(async ({ server, page }) => {
    await page.context().clearCookies();
    await page.reload();
    await page.locator('#sign-in').waitFor();
    await page.fill('#token', 'not this one');
    await page.keyboard.press('Enter');
    await shows(page.locator('#sign-in-why'), /not the one/);
    await page.fill('#token', 'a-token-for-tests');
    await page.keyboard.press('Enter');
    await page.locator('#sign-in').waitFor({ state: 'hidden' });
    await page.locator('#start:enabled').waitFor();
    assert.ok(server.requests.includes('POST /api/login'));
  }));

  test('the first message says what is recorded and played', run(async ({ server, page }) => {
    const session = await start(server, page);
    assert.deepEqual(session.messages[0], { type: 'hello', version: 1, input_rate: 16000, output_rate: 24000, echo_cancelled: true, holds: true });
    assert.equal(session.agent, 'reception');
  }));

  test('a broken connection comes back to the same agent, and what was said stays', run(async ({ server, page }) => {
    await page.locator('.agent-row', { hasText: 'second' }).locator('.agent-choose').click();
    const first = await start(server, page);
    first.event('user_turn', { text: 'Before the break.', reason: 'silence', silence_ms: 1 });
    first.event('reply_started', { generation: 1 });
    first.event('reply_text', { generation: 1, text: 'An answer before the break.' });
    await shows(page.locator('.turn.agent .turn-text'), 'An answer before the break.');
    server.refuseTickets = 2;
    first.socket.terminate();
    await page.locator('#talk[data-state=waiting]').waitFor();
    await shows(page.locator('.line.waiting'), /Trying again in/);
    const second = await server.session(2);
    assert.equal(second.agent, 'second');
    second.state('listening');
    await page.locator('#talk[data-state=listening]').waitFor();
    // A new session counts its utterances from the beginning.
    second.event('reply_started', { generation: 1 });
    second.event('reply_text', { generation: 1, text: 'An answer after it.' });
    await shows(page.locator('.turn.agent .turn-text').nth(1), 'An answer after it.');
    await shows(page.locator('.turn.agent .turn-text').first(), 'An answer before the break.');
    await shows(page.locator('.turn.user .turn-text'), 'Before the break.');
    assert.equal(await page.locator('.line.waiting').count(), 0);
    await second.until(({ audioBytes }) => audioBytes > 6400, 'the microphone goes on');
  }, { agents: [agentSpec('reception'), agentSpec('second')] }));

  test('the waits between tries grow', run(async ({ server, page }) => {
    const session = await start(server, page);
    server.refuseTickets = 3;
    const from = server.requests.length;
    const times = [];
    const push = server.requests.push.bind(server.requests);
    server.requests.push = (request) => {
      if (request === 'POST /api/tickets') times.push(performance.now());
      return push(request);
    };
    session.socket.terminate();
    await server.session(2);
    assert.ok(server.requests.length > from);
    const waits = times.slice(1).map((time, i) => time - times[i]);
    assert.equal(waits.length, 3);
    // Each waits twice as long, give or take a quarter: 1, 2, 4 seconds after the first.
    assert.ok(waits[0] > 700 && waits[1] > 1400 && waits[2] > 2900, `${waits}`);
  }));

  test('a conversation that ended stays ended, and says why', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('session_ended', { reason: 'agent_ended' });
    session.socket.close(1000);
    await page.locator('#start').waitFor();
    await shows(page.locator('.line.note').last(), 'The agent ended the conversation.');
    assert.equal(server.sessions.length, 1);
  }));

  test('an end by the user is told to the server', run(async ({ server, page }) => {
    const session = await start(server, page);
    await page.click('#stop');
    await session.until(({ closeCode }) => closeCode !== undefined, 'the socket closes');
    assert.equal(session.closeCode, 1000);
    assert.equal(session.all('end').length, 1);
    await page.locator('#start').waitFor();
  }));

  test('an agent that has gone is said to be gone', run(async ({ server, page }) => {
    server.agents.delete('reception');
    await page.click('#start');
    await shows(page.locator('.toast'), /There is no agent “reception” any more/);
  }));

  test('a muted microphone sends silence, and the server is told', run(async ({ server, page }) => {
    const session = await start(server, page);
    await session.until(({ loudest }) => loudest > 100, 'the microphone is heard');
    await page.keyboard.press('m');
    await session.until((each) => each.all('mute').some(({ muted }) => muted), 'mute');
    const bytes = session.audioBytes;
    await session.until(({ audioBytes }) => audioBytes > bytes + 16000, 'frames go on');
    session.loudest = 0;
    const silentFrom = session.audioBytes;
    // The test microphone beeps once a second: two of its beeps have to be missed.
    await session.until(({ audioBytes }) => audioBytes > silentFrom + 64000, 'two seconds of silence');
    assert.equal(session.loudest, 0);
    await page.click('#mute');
    await session.until(({ loudest }) => loudest > 100, 'the microphone is heard again');
    assert.equal(session.all('mute').at(-1).muted, false);
  }));

  test('push to talk sends only while Space is held', run(async ({ server, page }) => {
    const session = await start(server, page);
    await page.locator('.switch').click();
    await page.locator('#hold').waitFor();
    await page.locator('#agent-name').click();
    const bytes = session.audioBytes;
    await session.until(({ audioBytes }) => audioBytes > bytes + 16000, 'frames go on');
    session.loudest = 0;
    const silentFrom = session.audioBytes;
    await session.until(({ audioBytes }) => audioBytes > silentFrom + 64000, 'two seconds of silence');
    assert.equal(session.loudest, 0);
    await page.keyboard.down('Space');
    await session.until((each) => each.all('push_to_talk').some(({ pressed }) => pressed), 'pressed');
    await session.until(({ loudest }) => loudest > 100, 'the microphone is heard');
    await page.keyboard.up('Space');
    await session.until((each) => each.all('push_to_talk').some(({ pressed }) => !pressed), 'released');
    assert.deepEqual(session.all('push_to_talk').map(({ pressed }) => pressed), [true, false]);
    const hold = await page.locator('#hold').boundingBox();
    await page.mouse.move(hold.x + hold.width / 2, hold.y + hold.height / 2);
    await page.mouse.down();
    await session.until((each) => each.all('push_to_talk').length === 3, 'the button is held');
    await page.mouse.up();
    await session.until((each) => each.all('push_to_talk').length === 4, 'the button is let go');
    await page.locator('.switch').click();
    await page.locator('#mute').waitFor();
  }));

  test('Escape interrupts the agent, but not while one types', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.state('speaking');
    await page.locator('#talk[data-state=speaking]').waitFor();
    await page.focus('#message');
    await page.keyboard.press('m');
    await page.keyboard.press('Escape');
    assert.equal(session.all('interrupt').length + session.all('mute').length, 0);
    await page.keyboard.press('Escape');
    await session.until((each) => each.all('interrupt').length === 1, 'interrupt');
  }));

  test('a refused microphone is explained, and typing still works', run(async ({ server, page }) => {
    const session = await start(server, page);
    await shows(page.locator('.line.trouble .line-text'), /may not use the microphone/);
    await page.fill('#message', 'Hello');
    await page.keyboard.press('Enter');
    await session.until((each) => each.all('text').length === 1, 'text');
  }, {
    prepare: (page) =>
      page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
      }),
  }));

  test('a browser that refuses a microphone at our rate is given one at its own', run(async ({ server, page }) => {
    const session = await start(server, page);
    await session.until(({ audioBytes }) => audioBytes > 16000, 'audio');
    const from = performance.now();
    const bytes = session.audioBytes;
    await session.until(({ audioBytes }) => audioBytes > bytes + 64000, 'two seconds of audio');
    const rate = (session.audioBytes - bytes) / 2 / ((performance.now() - from) / 1000);
    assert.ok(Math.abs(rate / 16000 - 1) < 0.15, `${rate} samples a second`);
    assert.ok(session.loudest > 100);
  }, {
    prepare: (page) =>
      page.addInitScript(() => {
        const create = AudioContext.prototype.createMediaStreamSource;
        AudioContext.prototype.createMediaStreamSource = function refuseOtherRates(stream) {
          if (this.sampleRate === 16000) throw new DOMException('different rates', 'NotSupportedError');
          return create.call(this, stream);
        };
      }),
  }));
});
