// A microphone's recording: human speech from Debian's prompts, with the pauses a caller makes.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

/** What Chromium's test microphone takes. */
const RATE = 48000;
const PROMPTS = '/usr/share/asterisk/sounds/en_US_f_Allison';

/** What is not there and has to be for speech; empty if all is. */
export const MISSING_SPEECH = (() => {
  if (!existsSync(`${PROMPTS}/digits/5.g722`) && !existsSync(`${PROMPTS}/digits/5.wav`)) {
    return 'Debian’s asterisk-core-sounds-en-g722 or -wav is not installed';
  }
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return '';
  } catch {
    return 'ffmpeg is not installed';
  }
})();

/** A prompt, as samples at the microphone's rate; the wideband recording where there is one. */
function prompt(name) {
  const wide = `${PROMPTS}/${name}.g722`;
  const input = existsSync(wide) ? ['-f', 'g722', '-i', wide] : ['-i', `${PROMPTS}/${name}.wav`];
  return execFileSync('ffmpeg', ['-loglevel', 'error', ...input, '-ac', '1', '-ar', String(RATE), '-f', 's16le', '-'], { maxBuffer: 1 << 28 });
}

/**
 * Writes a recording: numbers are seconds of silence, texts are prompts.
 * @param {string} path
 * @param {(number|string)[]} parts
 */
export async function writeRecording(path, parts) {
  const pcm = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.alloc(2 * Math.round(part * RATE)) : prompt(part))));
  await writeFile(path, wav(pcm, RATE));
}

/** A WAV file around 16-bit mono samples. */
export function wav(pcm, rate) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([head, pcm]);
}
