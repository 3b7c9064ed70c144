// Headless Chromium with a file as its microphone, and what is needed to listen to a page.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Chromium is: `ROOH_CHROMIUM`, or where distributions put it. */
export const CHROMIUM = [process.env.ROOH_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .filter(Boolean)
  .find((path) => existsSync(path));

/** What is not there and has to be for tests in a browser; empty if all is. */
export const MISSING_BROWSER = await (async () => {
  if (!CHROMIUM) return 'chromium is not installed';
  try {
    await import('playwright-core');
    await import('ws');
  } catch {
    return 'run `npm ci` in crates/rooh-server/e2e first';
  }
  return '';
})();

/** Nothing of the browser's own business may reach for the network or ask for anything. */
const FLAGS = [
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/**
 * Starts a browser; `close()` ends it and removes its profile.
 *
 * @param {object} [options]
 * @param {string} [options.microphone] a WAV file, 48 kHz mono, played once from its beginning
 * @param {string[]} [options.flags] more switches
 */
export async function startBrowser({ microphone, flags = [] } = {}) {
  const { chromium } = await import('playwright-core');
  const profile = await mkdtemp(join(tmpdir(), 'rooh-e2e-'));
  const args = [...FLAGS, ...flags];
  if (microphone) args.push(`--use-file-for-fake-audio-capture=${microphone}%noloop`);
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  const context = await chromium.launchPersistentContext(profile, {
    args,
    executablePath: CHROMIUM,
    headless: true,
    permissions: microphone === null ? [] : ['microphone'],
    viewport: { width: 1180, height: 760 },
  });
  context.setDefaultTimeout(20_000);
  return {
    context,
    async page() {
      const page = await context.newPage();
      // What a page complains about is a failure, wherever it happens.
      page.troubles = [];
      page.on('pageerror', (error) => page.troubles.push(String(error)));
      page.on('console', (message) => {
        const isRefused = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !isRefused) page.troubles.push(message.text());
      });
      return page;
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * Records whatever the page plays, from before its first script on.
 *
 * Everything that is connected to a context's destination is led into a stream as well, and read
 * from there: no script of ours has to pass the page's policy, and no sample is lost when the
 * page is busy.
 */
export async function recordOutput(page) {
  await page.addInitScript(() => {
    const recordings = [];
    window.e2eRecordings = recordings;
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function connectAndRecord(target, ...rest) {
      if (target instanceof AudioDestinationNode) record(this);
      return connect.call(this, target, ...rest);
    };
    async function record(node) {
      const { context } = node;
      const recording = { rate: context.sampleRate, blocks: [] };
      recordings.push(recording);
      const sink = context.createMediaStreamDestination();
      connect.call(node, sink);
      const [track] = sink.stream.getAudioTracks();
      const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 4096 }).readable.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const samples = new Float32Array(value.numberOfFrames);
        value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
        recording.rate = value.sampleRate;
        recording.blocks.push({ at: value.timestamp, samples });
        value.close();
      }
    }
  });
}

/**
 * What was recorded of each context, as samples in their places: silence fills the gaps.
 * @returns {Promise<{rate: number, samples: Float32Array}[]>}
 */
export async function recordedOutput(page) {
  const recordings = await page.evaluate(() =>
    window.e2eRecordings.map(({ rate, blocks }) => {
      const place = ({ at }) => Math.round(((at - blocks[0].at) / 1e6) * rate);
      const last = blocks.at(-1);
      const pcm = new Int16Array(last ? place(last) + last.samples.length : 0);
      // Timestamps are rounded to microseconds: a block that follows the one before follows exactly.
      let end = 0;
      for (const block of blocks) {
        const start = Math.abs(place(block) - end) < rate / 200 ? end : place(block);
        for (let i = 0; i < block.samples.length && start + i < pcm.length; i += 1) {
          pcm[start + i] = Math.round(Math.max(-1, Math.min(1, block.samples[i])) * 32767);
        }
        end = start + block.samples.length;
      }
      let text = '';
      const bytes = new Uint8Array(pcm.buffer);
      for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
      return { rate, pcm: btoa(text) };
    }),
  );
  return recordings.map(({ rate, pcm }) => {
    const bytes = Buffer.from(pcm, 'base64');
    const samples = new Float32Array(bytes.length / 2);
    for (let i = 0; i < samples.length; i += 1) samples[i] = bytes.readInt16LE(2 * i) / 32767;
    return { rate, samples };
  });
}
