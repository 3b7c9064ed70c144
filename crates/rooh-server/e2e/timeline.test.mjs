// How turns are taken, as the page tells and draws it: the sums behind it, and the panel in a browser.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { TurnLog, formula, signals } from '../ui/js/turn-log.js';
import { MISSING_BROWSER } from './lib/browser.mjs';
import { call, judged } from './lib/call.mjs';
import { shows, start, useBrowser } from './lib/ui.mjs';

function logOf(events) {
  const log = new TurnLog();
  for (const event of events) log.take(event);
  return log;
}

describe('the log of turns', () => {
  test('a wait is its base times what each signal makes of it, and what holds it is said', () => {
    const plain = judged(0, 300, 404, { words: 'closed', rule: 'sentence', audio: 0.81, factors: { words: 0.6, audio: 0.674 } });
    assert.equal(formula(plain), '1.00 s × 0.60 × 0.67 = 0.40 s');
    assert.deepEqual(signals(plain).map(({ name }) => name), ['words', 'audio']);
    const short = judged(0, 300, 200, { words: 'answer', base_ms: 650, factors: { words: 0.3, speaker: 0.7 } });
    assert.equal(formula(short), '0.65 s × 0.30 × 0.70 = 0.14 s, at least 0.20 s');
    const long = judged(0, 300, 5000, { words: 'partial', base_ms: 2200, factors: { words: 4 } });
    assert.equal(formula(long), '2.20 s × 4.00 = 8.80 s, at most 5.00 s');
  });

  test('pauses begin where the silence did, and end where the turn did or the voice came back', () => {
    const { pauses, voice, gaps, replies } = logOf(call());
    assert.deepEqual(pauses.map(({ from, to }) => [from, to]), [
      [6100, 7500],
      [9700, 10_104],
      [12_200, 12_830],
      [18_800, 20_900],
      [22_100, 22_430],
      [27_200, undefined],
    ]);
    assert.equal(voice[0].to, 6100);
    assert.deepEqual(pauses.map(({ outcome }) => /^Your turn is over/.test(outcome ?? '')), [false, true, true, false, true, false]);
    assert.deepEqual(replies.map(({ outcome }) => outcome), ['finished', 'taken back', 'interrupted', 'finished']);
    for (const { from, to, parts } of gaps) {
      assert.equal(parts[0].from, from);
      assert.ok(Math.abs(parts.at(-1).to - to) < 0.001, 'the parts of a gap end with it');
    }
  });

  test('a turn that goes on before its words were there was taken for an end and taken back', () => {
    const log = logOf([
      { type: 'speech_stopped', at_ms: 1200 },
      judged(1200, 200, 280, { words: 'answer', factors: { words: 0.28 } }),
      { type: 'state', at_ms: 1280, state: 'processing' },
      { type: 'speech_started', at_ms: 1400 },
      { type: 'user_turn_taken_back', at_ms: 1700, reason: 'complete', silence_ms: 280 },
      { type: 'state', at_ms: 1700, state: 'listening' },
      { type: 'speech_stopped', at_ms: 2600 },
      judged(2600, 200, 1000),
      { type: 'state', at_ms: 3400, state: 'processing' },
      { type: 'user_turn', at_ms: 4400, text: 'Ada Lovelace', reason: 'silence', silence_ms: 1000 },
      { type: 'state', at_ms: 4500, state: 'listening' },
    ]);
    assert.deepEqual(log.pauses.map(({ from, to, outcome }) => [from, to, outcome]), [
      [1000, 1280, 'taken for the end, and taken back'],
      [2400, 3400, 'Your turn is over: silent for long enough'],
    ]);
    assert.deepEqual(
      log.decisions.map(({ title }) => title),
      [
        'Pause of 280 ms: waits 0.28 s, you go on all the same',
        'Your turn goes on after all',
        'Pause of 1.0 s: waits 1.00 s',
        'Your turn is over: silent for long enough',
      ],
    );
  });

  test('a noise that was taken for a turn is not said to go on', () => {
    const log = logOf([
      { type: 'speech_stopped', at_ms: 1200 },
      judged(1200, 200, 1000, { words: 'unknown' }),
      { type: 'state', at_ms: 2000, state: 'processing' },
      { type: 'state', at_ms: 2100, state: 'listening' },
    ]);
    assert.deepEqual(log.pauses.map(({ outcome }) => outcome), ['taken for the end of a turn, of which no words came']);
    assert.equal(log.decisions.length, 1);
  });

  test('a filler is drawn and says why it was said', () => {
    const log = logOf([
      { type: 'filler_started', at_ms: 1500, generation: 2, text: 'One moment.', reason: 'predicted', waited_ms: 20, expected_ms: 2400 },
      { type: 'filler_finished', at_ms: 2100, generation: 2 },
      { type: 'filler_started', at_ms: 6500, generation: 2, text: 'Let me see.', reason: 'late', waited_ms: 5020 },
    ]);
    assert.deepEqual(log.fillers.map(({ from, to }) => [from, to]), [[1500, 2100], [6500, undefined]]);
    assert.equal(log.decisions[0].title, 'Says “One moment.” meanwhile');
    assert.deepEqual(log.decisions.map(({ lines }) => lines.length), [2, 1]);
  });

  test('an hour of a call is no more than a minute of it', () => {
    const log = new TurnLog();
    for (let at = 0; at < 3_600_000; at += 5000) {
      log.take({ type: 'speech_started', at_ms: at });
      log.take({ type: 'speech_stopped', at_ms: at + 1200 });
      log.take(judged(at + 1200, 200, 1000));
      for (let more = 0; more < 5000; more += 100) log.take({ type: 'level', at_ms: at + more, db: -30, speech: 0.5 });
      log.take({ type: 'user_turn', at_ms: at + 2000, text: 'Yes.', reason: 'silence', silence_ms: 1000 });
    }
    assert.ok(log.levels.length <= 610 && log.pauses.length <= 13 && log.voice.length <= 13);
    assert.ok(log.decisions.length <= 60);
  });

  test('what makes no sense breaks nothing', () => {
    const log = logOf([{ type: 'level' }, { type: 'user_turn', at_ms: 1 }, { type: 'reply_discarded', at_ms: 2, generation: 9 }]);
    assert.ok(!log.take({ type: 'from_a_newer_server', at_ms: 3 }));
    log.take({ type: 'pause_judged', at_ms: 900, pause_ms: 100, wait_ms: 500, base_ms: 500, words: 'new' });
    assert.match(log.decisions.at(-1).title, /^Pause: waits 0\.50 s/);
  });
});

describe('the timeline', { skip: MISSING_BROWSER || false, concurrency: false }, () => {
  const { run } = useBrowser();

  test('it opens by keyboard, draws the call, and says the same in words', run(async ({ server, page }) => {
    const session = await start(server, page);
    for (const { type, ...fields } of call()) session.event(type, fields);
    assert.equal(await page.locator('#timeline[open]').count(), 0, 'it is closed until somebody asks');
    await page.locator('#timeline > summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('#timeline-drawing .pause').nth(5).waitFor();
    const drawn = (name) => page.locator(`#timeline-drawing .${name}`).count();
    assert.deepEqual(await Promise.all(['voice', 'wait', 'decided', 'reply', 'cut'].map(drawn)), [6, 6, 3, 4, 2]);
    const parts = await page.locator('#timeline-drawing .gap-part').evaluateAll((all) => all.map(({ dataset }) => dataset.part));
    assert.deepEqual([...new Set(parts)], ['endpointing', 'stt', 'tts', 'playout', 'llm', 'clause']);
    await shows(page.locator('#timeline-detail'), /Pause so far[\s\S]*a hesitation \(filler\) × 2\.50[\s\S]*1\.00 s × 2\.50 × 1\.10 = 2\.75 s/);
    const list = page.locator('#timeline-list li');
    await shows(list.filter({ hasText: 'taken back' }), /The answer is taken back: you went on\s+290 ms of it were heard\./);
    await shows(list.filter({ hasText: 'Your turn is over' }), /finished, by its words or its sound\s+After 404 ms of silence\./);
    // A pause of the list is the one that is explained and marked.
    await list.filter({ hasText: 'Pause of 1.4 s' }).focus();
    await shows(page.locator('#timeline-detail'), /Pause of 1\.4 s[\s\S]*no place to end \(conjunction\) × 3\.00[\s\S]*12 % over × 2\.32[\s\S]*at most 5\.00 s/);
    assert.equal(await page.locator('#timeline-drawing .pause.chosen').count(), 1);
    await page.reload();
    await page.locator('#timeline[open]').waitFor();
  }));

  test('an answer that is taken back leaves no trace, and the turn goes on where it was', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.event('user_turn', { text: 'I would like to order bread.', reason: 'complete', silence_ms: 404 });
    session.event('reply_text', { generation: 2, text: 'With pleasure.' });
    session.event('reply_started', { generation: 2 });
    await page.locator('.turn.agent').waitFor();
    session.event('reply_taken_back', { generation: 2, position_ms: 290 });
    await page.locator('.turn.agent').waitFor({ state: 'detached' });
    session.event('user_final', { text: 'And two cakes.' });
    await shows(page.locator('.turn.user.interim .turn-text'), /^I would like to order bread\. And two cakes\./);
    session.event('user_turn', { text: 'I would like to order bread. And two cakes.', reason: 'silence', silence_ms: 900 });
    await shows(page.locator('.turn.user:not(.interim) .turn-text'), 'I would like to order bread. And two cakes.');
    assert.equal(await page.locator('.turn.user').count(), 1);
  }));

  test('it fits on a phone', run(async ({ server, page }) => {
    await page.setViewportSize({ width: 360, height: 700 });
    const session = await start(server, page);
    await page.locator('#timeline > summary').click();
    for (const { type, ...fields } of call()) session.event(type, fields);
    await page.locator('#timeline-drawing .pause').nth(4).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    for (const id of ['#mute', '#stop', '#message']) {
      const box = await page.locator(id).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y + box.height <= 700, `${id} is off the screen`);
    }
  }));
});
