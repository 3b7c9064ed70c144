// What the audio threads do, without a browser: the ring of the loudspeaker, and the resampler.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Playout } from '../ui/worklets/playout.js';
import { Resampler } from '../ui/worklets/resampler.js';
import { wholeParts } from '../ui/js/timing.js';

const RATE = 24000;
const ms = (count) => (RATE * count) / 1000;
const loud = (count) => new Int16Array(ms(count)).fill(16384);

/** Plays for a while and returns what was heard. */
function hear(playout, duration) {
  const heard = new Float32Array(Math.ceil(ms(duration) / 128) * 128);
  for (let at = 0; at < heard.length; at += 128) playout.render(heard.subarray(at, at + 128));
  return heard;
}

const count = (samples, test) => samples.reduce((sum, sample) => sum + (test(sample) ? 1 : 0), 0);
const audible = (samples) => count(samples, (sample) => Math.abs(sample) > 0.01);

test('a voice starts once sixty milliseconds of it are there', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(40));
  assert.equal(audible(hear(playout, 20)), 0);
  playout.push(1, loud(40));
  assert.ok(audible(hear(playout, 20)) > ms(15));
});

test('a word that is shorter than the prefill is heard as soon as it is complete', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(30));
  playout.end(1);
  assert.ok(audible(hear(playout, 40)) >= ms(29));
  const reports = playout.takeReports();
  assert.deepEqual(reports.at(-1), { ...reports.at(-1), generation: 1, played: ms(30), state: 'ended' });
});

test('a start that is never completed is heard after a quarter of a second', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(30));
  assert.ok(audible(hear(playout, 400)) >= ms(29));
});

test('a voice that is cut off is silent within twenty milliseconds, without a jump', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(1000));
  hear(playout, 100);
  playout.clear(1);
  const heard = hear(playout, 200);
  const lastLoud = heard.findLastIndex((sample) => Math.abs(sample) > 0.001);
  assert.ok(lastLoud <= ms(20), `${lastLoud} samples are heard after the cut`);
  for (let i = 1; i < heard.length; i += 1) assert.ok(Math.abs(heard[i] - heard[i - 1]) < 0.01);
});

test('late audio of a voice that was cut off is dropped', () => {
  const playout = new Playout(RATE);
  playout.push(2, loud(200));
  hear(playout, 100);
  playout.clear(2);
  hear(playout, 50);
  playout.push(2, loud(200));
  playout.push(1, loud(200));
  assert.equal(audible(hear(playout, 300)), 0);
  playout.push(3, loud(200));
  assert.ok(audible(hear(playout, 300)) > ms(190), 'the next one is heard');
});

test('a cut is answered with what was played by then', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(1000));
  hear(playout, 96);
  playout.takeReports();
  playout.clear(1);
  const [report] = playout.takeReports();
  assert.equal(report.state, 'cut');
  assert.ok(Math.abs(report.played - ms(96)) <= 128);
});

test('a cut that comes after the end is answered all the same', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(100));
  playout.end(1);
  hear(playout, 200);
  playout.takeReports();
  playout.clear(1);
  assert.deepEqual(
    playout.takeReports().map(({ generation, played, state }) => ({ generation, played, state })),
    [{ generation: 1, played: ms(100), state: 'cut' }],
  );
});

/** A second whose samples tell which they are, once they are 50 ms old. */
const rising = () => Int16Array.from({ length: RATE }, (_, n) => 8192 + (n % 8000));
const places = (samples) => Array.from(samples, (sample) => Math.round(sample * 32768) - 8192);

test('a voice that is held is silent within twenty milliseconds, and goes on with the very next sample', () => {
  const playout = new Playout(RATE);
  playout.push(1, rising());
  hear(playout, 96);
  playout.takeReports();
  playout.hold(1, 0);
  const stopping = hear(playout, 200);
  const faded = stopping.findLastIndex((sample) => Math.abs(sample) > 0.001) + 1;
  assert.ok(faded <= ms(20), `${faded} samples are heard after it was held`);
  for (let i = 1; i < stopping.length; i += 1) assert.ok(Math.abs(stopping[i] - stopping[i - 1]) < 0.01);
  const report = playout.takeReports().at(-1);
  assert.equal(report.state, 'held');
  assert.equal(report.played, Math.ceil(ms(96) / 128) * 128 + ms(20));
  playout.push(1, loud(20));
  assert.equal(audible(hear(playout, 500)), 0, 'what comes meanwhile waits');
  assert.deepEqual(playout.takeReports(), []);
  playout.release(1);
  const next = places(hear(playout, 200)).slice(ms(2));
  next.forEach((place, i) => assert.equal(place, (report.played + ms(2) + i) % 8000));
  assert.equal(playout.underruns, 0);
});

test('a voice is held at the place that was said', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(1000));
  hear(playout, 100);
  playout.hold(1, ms(250));
  hear(playout, 500);
  assert.equal(playout.takeReports().at(-1).played, ms(270));
});

test('a hold that is released before its place is not heard', () => {
  const playout = new Playout(RATE);
  playout.push(1, rising());
  const before = places(hear(playout, 100));
  playout.hold(1, ms(300));
  const held = places(hear(playout, 100));
  playout.release(1);
  const all = [...before, ...held, ...places(hear(playout, 600))].slice(ms(2));
  all.forEach((place, i) => assert.equal(place, (ms(2) + i) % 8000));
});

test('a hold comes before the audio that it is about', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(100));
  playout.end(1);
  playout.hold(2, 0);
  playout.push(2, loud(500));
  assert.ok(audible(hear(playout, 300)) <= ms(120), 'the one before is played to its end');
  playout.release(2);
  assert.ok(audible(hear(playout, 600)) >= ms(498));
});

test('a voice that is held and then cut off makes no sound', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(1000));
  hear(playout, 100);
  playout.hold(1, 0);
  hear(playout, 100);
  playout.clear(1);
  assert.equal(audible(hear(playout, 300)), 0);
  playout.release(1);
  playout.push(2, loud(200));
  assert.ok(audible(hear(playout, 300)) > ms(190), 'the next one is heard');
});

test('the next voice ends a hold, and what was held is heard before it', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(200));
  hear(playout, 100);
  playout.hold(1, 0);
  hear(playout, 100);
  playout.end(1);
  playout.push(2, loud(100));
  playout.end(2);
  hear(playout, 400);
  const ends = playout.takeReports().filter(({ state }) => state === 'ended');
  assert.deepEqual(ends.map(({ generation, played }) => [generation, played]), [[1, ms(200)], [2, ms(100)]]);
});

test('what is played is told at its first sound and at least every two hundred milliseconds', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(1000));
  playout.end(1);
  hear(playout, 1100);
  const played = playout.takeReports().map((report) => report.played / ms(1));
  assert.ok(played[0] < 20);
  for (let i = 1; i < played.length; i += 1) assert.ok(played[i] - played[i - 1] <= 200);
  assert.equal(played.at(-1), 1000);
});

test('two utterances follow one another without a gap, each with its own figures', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(100));
  playout.end(1);
  playout.push(2, loud(100));
  playout.end(2);
  const heard = hear(playout, 200);
  assert.equal(count(heard.subarray(ms(3), ms(190)), (sample) => Math.abs(sample) < 0.4), 0);
  const ends = playout.takeReports().filter(({ state }) => state === 'ended');
  assert.deepEqual(ends.map(({ generation, played }) => [generation, played]), [[1, ms(100)], [2, ms(100)]]);
});

test('a voice that stalls is counted and filled again before it goes on', () => {
  const playout = new Playout(RATE);
  playout.push(1, loud(100));
  hear(playout, 150);
  playout.push(1, loud(20));
  assert.equal(audible(hear(playout, 20)), 0);
  playout.push(1, loud(100));
  assert.ok(audible(hear(playout, 40)) > 0);
  assert.equal(playout.underruns, 1);
});

test('half a minute is kept, and what exceeds it is refused and counted', () => {
  const playout = new Playout(RATE);
  for (let i = 0; i < 32; i += 1) playout.push(1, loud(1000));
  assert.equal(playout.buffered, ms(30_000));
  assert.equal(playout.dropped, ms(2000));
});

for (const [from, to] of [[48000, 16000], [44100, 16000], [16000, 24000], [16000, 16000]]) {
  test(`${from} samples a second become ${to}, with the same tone and nothing else`, () => {
    const resampler = new Resampler(from, to);
    const out = [];
    let n = 0;
    for (let block = 0; block < from / 128; block += 1) {
      const input = new Float32Array(128);
      for (let i = 0; i < 128; i += 1, n += 1) input[i] = Math.sin((2 * Math.PI * 1000 * n) / from);
      out.push(...resampler.process(input));
    }
    assert.ok(Math.abs(out.length - (n * to) / from) < to / 100, `${out.length} samples came out`);
    const steady = out.slice(to / 10, -to / 10);
    assert.ok(Math.abs(tone(steady, 1000, to) - 1) < 0.02);
    const energy = steady.reduce((sum, x) => sum + x * x, 0) / steady.length;
    assert.ok(Math.abs(energy - 0.5) < 0.02, `the energy is ${energy}`);
  });
}

test('what lies above the band of the lower rate does not fold into it', () => {
  const resampler = new Resampler(48000, 16000);
  const input = Float32Array.from({ length: 48000 }, (_, i) => Math.sin((2 * Math.PI * 9500 * i) / 48000));
  const out = resampler.process(input).slice(1000);
  const loudest = out.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(loudest < 0.002, `the loudest sample is ${loudest}`);
});

test('whole milliseconds of the parts add up to the whole gap', () => {
  for (let round = 0; round < 200; round += 1) {
    const parts = Array.from({ length: 7 }, (_, i) => ({ name: `p${i}`, ms: Math.random() * 300 }));
    const gap = parts.reduce((sum, part) => sum + part.ms, 0);
    const sum = wholeParts(parts, gap).reduce((total, part) => total + part.ms, 0);
    assert.equal(sum, Math.round(gap));
  }
});

function tone(samples, frequency, rate) {
  let re = 0;
  let im = 0;
  samples.forEach((x, i) => {
    re += x * Math.cos((2 * Math.PI * frequency * i) / rate);
    im += x * Math.sin((2 * Math.PI * frequency * i) / rate);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
}
