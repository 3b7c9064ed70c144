// The conversation panel against a scripted server: what is said, heard, timed, and typed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MISSING_BROWSER } from './lib/browser.mjs';
import { agentSpec } from './lib/fake-server.mjs';
import { shows, start, useBrowser } from './lib/ui.mjs';

const GAP = [
  ['endpointing', 600.4],
  ['stt', 41.4],
  ['hooks', 0],
  ['llm', 120.4],
  ['clause', 18.4],
  ['tts', 85.4],
  ['playout', 46.4],
];

describe('the conversation', { skip: MISSING_BROWSER || false, concurrency: false }, () => {
  const { run } = useBrowser();

  test('words appear while they are said, and stay as they were understood', run(async ({ server, page }) => {
    const session = await start(server, page);
    const turn = page.locator('.turn.user .turn-text');
    session.event('user_partial', { text: 'my name' });
    await shows(turn, /^my name/);
    assert.equal(await page.locator('.turn.interim').count(), 1);
    session.event('user_final', { text: 'My name is Ada.' });
    session.event('user_partial', { text: 'My name is Ada. and I' });
    await shows(page.locator('.turn.user .partial'), 'and I');
    session.event('user_turn', { text: 'My name is Ada. And I am calling about a delivery.', reason: 'silence', silence_ms: 700 });
    await shows(turn, 'My name is Ada. And I am calling about a delivery.');
    assert.equal(await page.locator('.turn.interim').count(), 0);
    assert.equal(await page.locator('.turn.user').count(), 1);
  }));

  test('a turn that is given back goes on in the same place', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('user_partial', { text: 'well' });
    session.event('user_turn_held', { text: 'Well.' });
    await page.locator('.turn.user.held').waitFor();
    session.event('user_turn', { text: 'Well. I bake bread.', reason: 'silence', silence_ms: 700 });
    await shows(page.locator('.turn.user .turn-text'), 'Well. I bake bread.');
    assert.equal(await page.locator('.turn.user').count(), 1);
  }));

  test('a reply is read as it comes, and announced once it was heard', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('reply_text', { generation: 1, text: 'Good morning.' });
    await page.locator('.turn.agent.unheard-yet').waitFor();
    session.event('reply_started', { generation: 1 });
    session.event('reply_text', { generation: 1, text: 'Who is calling?' });
    await shows(page.locator('.turn.agent:not(.unheard-yet) .turn-text'), 'Good morning. Who is calling?');
    session.event('reply_finished', { generation: 1, text: 'Good morning. Who is calling?' });
    await page.waitForFunction(() => document.querySelector('#announcer').textContent.includes('reception: Good morning. Who is calling?'));
  }));

  test('an interruption shows what was heard and what was not', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('reply_started', { generation: 4 });
    session.event('reply_text', { generation: 4, text: 'We are open from nine to five on all days but Sunday.' });
    session.event('interrupted', { generation: 4, heard: 'We are open from nine', unheard: 'to five on all days but Sunday.', position_ms: 1640 });
    await shows(page.locator('.turn.agent .heard'), 'We are open from nine');
    const unheard = page.locator('.turn.agent s.unheard');
    assert.match(await unheard.textContent(), /to five on all days but Sunday\./);
    assert.match(await unheard.evaluate((element) => getComputedStyle(element).textDecorationLine), /line-through/);
    await shows(page.locator('.turn.agent .turn-note'), 'Interrupted after 1.6 s');
  }));

  test('the parts of a gap add up to it, in the bar and in the table', run(async ({ server, page }) => {
    const session = await start(server, page);
    const gap = GAP.reduce((sum, [, ms]) => sum + ms, 0);
    session.event('reply_started', { generation: 2 });
    session.event('reply_text', { generation: 2, text: 'Yes.' });
    session.event('turn_timing', { generation: 2, gap_ms: gap, parts: GAP.map(([name, ms]) => ({ name, ms })) });
    const timing = page.locator('.turn.agent .timing');
    await timing.waitFor();
    const segments = await timing.locator('.segment').evaluateAll((all) =>
      all.map((each) => ({ part: each.dataset.part, ms: Number(each.dataset.ms), width: each.getBoundingClientRect().width })),
    );
    assert.deepEqual(segments.map(({ part }) => part), ['endpointing', 'stt', 'llm', 'clause', 'tts', 'playout'], 'a part of nothing has no segment');
    assert.equal(segments.reduce((sum, { ms }) => sum + ms, 0), Math.round(gap));
    const width = segments.reduce((sum, segment) => sum + segment.width, 0);
    for (const segment of segments) assert.ok(Math.abs(segment.width / width - segment.ms / gap) < 0.03, `${segment.part} is drawn wrong`);
    await timing.locator('summary').focus();
    await page.keyboard.press('Enter');
    const cells = await timing.locator('tbody .number').allInnerTexts();
    const sum = cells.reduce((total, cell) => total + parseInt(cell, 10), 0);
    assert.equal(`${sum} ms`, (await timing.locator('tfoot .number').innerText()).trim());
  }));

  test('what is typed is sent, shown once, and needs no microphone', run(async ({ server, page }) => {
    await page.fill('#message', 'Are you open on Monday?');
    await page.keyboard.press('Enter');
    const session = await server.session();
    await session.until(({ messages }) => messages.some(({ type, text }) => type === 'text' && text === 'Are you open on Monday?'));
    session.event('user_final', { text: 'Are you open on Monday?' });
    session.event('user_turn', { text: 'Are you open on Monday?', reason: 'manual', silence_ms: 0 });
    session.event('reply_text', { generation: 1, text: 'We are.' });
    await shows(page.locator('.turn.agent .turn-text'), 'We are.');
    assert.equal(await page.locator('.turn.user').count(), 1);
    assert.equal(session.audioBytes, 0);
  }));

  test('what fails is said in words that people use', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('error', { kind: 'auth', message: 'the key was not accepted', provider: 'llm' });
    await shows(page.locator('.line.trouble .line-text'), /The language model was refused: the key is missing or wrong\.\s+the key was not accepted/);
    assert.equal(await page.locator('.line.trouble').getAttribute('role'), 'alert');
  }));

  test('an event that this page does not know changes nothing', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('from_a_newer_server', { text: 'x' });
    session.send({ type: 'another_message' });
    session.event('user_turn', { text: 'Still here.', reason: 'silence', silence_ms: 1 });
    await shows(page.locator('.turn.user .turn-text'), 'Still here.');
  }));

  const SCRIPT = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  test('script in names, texts and errors is shown as text', run(async ({ server, page }) => {
    await page.locator('.agent-row', { hasText: SCRIPT }).locator('.agent-choose').click();
    await shows(page.locator('#agent-name'), SCRIPT);
    server.agents.get(SCRIPT).error = undefined;
    const session = await start(server, page);
    session.event('user_turn', { text: SCRIPT, reason: 'silence', silence_ms: 1 });
    session.event('reply_text', { generation: 1, text: SCRIPT });
    session.event('interrupted', { generation: 1, heard: SCRIPT, unheard: SCRIPT, position_ms: 1 });
    session.event('error', { kind: SCRIPT, message: SCRIPT, provider: SCRIPT });
    session.event('tool_called', { id: '1', name: SCRIPT, arguments: { [SCRIPT]: SCRIPT } });
    session.event('turn_timing', { generation: 1, gap_ms: 5, parts: [{ name: SCRIPT, ms: 5 }] });
    session.event('session_ended', { reason: SCRIPT });
    await page.locator('.line.tool').waitFor();
    await shows(page.locator('.turn.agent .heard'), SCRIPT);
    assert.equal(await page.locator('#talk img, #agents img, #talk script, #agents script').count(), 0);
    assert.ok(!(await page.title()).startsWith('owned'));
  }, { agents: [agentSpec('reception'), agentSpec(SCRIPT)] }));

  test('an agent is deleted only after it was confirmed', run(async ({ server, page }) => {
    const row = page.locator('.agent-row', { hasText: 'spare' });
    await row.hover();
    await row.getByRole('button', { name: 'Delete spare' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(server.agents.has('spare'));
    await row.hover();
    await row.getByRole('button', { name: 'Delete spare' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    assert.ok(!server.agents.has('spare'));
  }, { agents: [agentSpec('reception'), agentSpec('spare')] }));

  test('an agent is activated from the list', run(async ({ server, page }) => {
    const row = page.locator('.agent-row', { hasText: 'spare' });
    await row.hover();
    await row.getByRole('button', { name: 'Activate spare' }).click();
    await row.locator('.dot.good').waitFor();
    assert.equal(server.agents.get('spare').status, 'active');
  }, { agents: [agentSpec('reception', { status: 'active' }), agentSpec('spare')] }));

  test('everything fits on a phone, and the list of agents opens and closes', run(async ({ server, page }) => {
    await page.setViewportSize({ width: 360, height: 700 });
    const session = await start(server, page);
    session.event('user_turn', { text: 'A-word-that-is-longer-than-any-line-of-a-phone-and-has-no-place-to-break'.repeat(2), reason: 'silence', silence_ms: 1 });
    await page.locator('.turn.user').waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0);
    for (const id of ['#mute', '#stop', '#message', '#state-text']) {
      const box = await page.locator(id).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y + box.height <= 700, `${id} is off the screen`);
    }
    await page.click('#open-drawer');
    await page.locator('.agent-row').first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#sidebar').waitFor({ state: 'hidden' });
  }));
});
