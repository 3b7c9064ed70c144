// Sound through the page against a scripted server: what is heard, for how long, and what is told about it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MISSING_BROWSER, recordOutput, recordedOutput } from './lib/browser.mjs';
import { start, useBrowser } from './lib/ui.mjs';

const RATE = 24000;

/** The page's output, without the silence before its first and after its last sound. */
async function heard(page) {
  const all = await recordedOutput(page);
  const loudest = all.map(({ rate, samples }) => trim(samples, rate)).sort((a, b) => b.length - a.length);
  return loudest[0] ?? new Float32Array(0);
}

function trim(samples, rate) {
  if (rate !== RATE) return new Float32Array(0);
  const first = samples.findIndex((sample) => Math.abs(sample) > 0.002);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > 0.002);
  return first < 0 ? new Float32Array(0) : samples.slice(first, last + 1);
}

/** How many milliseconds are not silent: where a busy machine stalls, silence comes between. */
function audible(samples) {
  const step = RATE / 1000;
  let count = 0;
  for (let at = 0; at < samples.length; at += step) {
    if (samples.subarray(at, at + step).some((sample) => Math.abs(sample) > 0.002)) count += 1;
  }
  return count;
}

const last = (session, generation) => session.all('played').filter((each) => each.generation === generation).at(-1);

describe('the sound of the page', { skip: MISSING_BROWSER || false, concurrency: false }, () => {
  const { run } = useBrowser();
  const prepare = recordOutput;

  test('an utterance is heard whole, and said to be heard', run(async ({ server, page }) => {
    const session = await start(server, page);
    await session.speak(1, 1000);
    session.send({ type: 'audio_end', generation: 1 });
    await session.until(() => last(session, 1)?.ms === 1000, 'the whole utterance was played');
    const played = session.all('played').map(({ ms }) => ms);
    assert.ok(played[0] < 60, 'the first sound is told at once');
    for (let i = 1; i < played.length; i += 1) assert.ok(played[i] - played[i - 1] <= 200, `a gap between ${played[i - 1]} and ${played[i]} ms`);
    const samples = await heard(page);
    assert.ok(Math.abs(audible(samples) - 1000) < 100, `${audible(samples)} ms are heard`);
    const power = samples.reduce((sum, x) => sum + x * x, 0) / (audible(samples) * (RATE / 1000));
    assert.ok(Math.abs(power - 0.125) < 0.04, 'it is as loud as it was sent');
  }, { prepare }));

  test('an interruption fades out within twenty milliseconds, and late audio is not heard', run(async ({ server, page }) => {
    const session = await start(server, page);
    let isCut = false;
    const speaking = session.speak(1, 10_000, () => isCut);
    await session.until(() => (last(session, 1)?.ms ?? 0) > 400, 'it speaks');
    session.send({ type: 'clear', generation: 1 });
    const before = session.all('played').length;
    await session.until((each) => each.all('played').length > before, 'the cut is answered');
    isCut = true;
    await speaking;
    const { ms } = last(session, 1);
    // Late: the same utterance again, and one before it.
    session.audio(1, 4800);
    session.audio(0, 4800);
    session.audio(2, 2400, () => 0);
    session.send({ type: 'audio_end', generation: 2 });
    await session.until(() => last(session, 2)?.ms === 100, 'the silence that follows was played');
    const samples = await heard(page);
    const length = audible(samples);
    assert.ok(length >= ms - 60 && length <= ms + 25, `${length} ms are heard of ${ms} ms that were told`);
    // That no sample jumps is tested sample by sample in worklets.test.mjs; here, that the end comes down.
    const tail = samples.slice(-0.005 * RATE);
    assert.ok(Math.max(...tail.map(Math.abs)) < 0.2, 'the end is faded out');
  }, { prepare }));

  test('a voice that is held stops at its place, and goes on there when it is released', run(async ({ server, page }) => {
    const session = await start(server, page);
    session.audio(1, RATE);
    session.send({ type: 'hold', generation: 1, ms: 500 });
    await session.until(() => last(session, 1)?.ms >= 500, 'its place was reached');
    await new Promise((done) => setTimeout(done, 400));
    assert.equal(last(session, 1).ms, 520, 'it has faded within twenty milliseconds');
    session.send({ type: 'release', generation: 1 });
    session.send({ type: 'audio_end', generation: 1 });
    await session.until(() => last(session, 1)?.ms === 1000, 'the rest was played');
    const samples = await heard(page);
    assert.ok(Math.abs(audible(samples) - 1000) < 100, `${audible(samples)} ms are heard`);
  }, { prepare }));

  test('the microphone arrives in real time, in frames of twenty milliseconds', run(async ({ server, page }) => {
    const session = await start(server, page);
    const lengths = new Set();
    session.socket.on('message', (data, isBinary) => isBinary && lengths.add(data.length));
    await session.until(({ audioBytes }) => audioBytes > 16000, 'audio');
    const [from, bytes] = [performance.now(), session.audioBytes];
    await session.until(({ audioBytes }) => audioBytes > bytes + 96000, 'three seconds of audio');
    const rate = (session.audioBytes - bytes) / 2 / ((performance.now() - from) / 1000);
    assert.ok(Math.abs(rate / 16000 - 1) < 0.1, `${rate} samples a second`);
    assert.deepEqual([...lengths], [640]);
    assert.ok(session.loudest > 100, 'it is not silence');
    const level = await page.locator('#meter').getAttribute('aria-valuenow');
    assert.ok(Number(level) >= 0 && Number(level) <= 100);
  }, { prepare }));
});
