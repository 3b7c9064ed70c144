// The whole of it: the real program, a browser, and a person's voice as the microphone.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { MISSING_BROWSER, recordOutput, recordedOutput, startBrowser } from './lib/browser.mjs';
import { MISSING_PROGRAM, Program, ROOH } from './lib/program.mjs';
import { MISSING_SPEECH, wav, writeRecording } from './lib/speech.mjs';
import { shows } from './lib/ui.mjs';

const MISSING = MISSING_BROWSER || MISSING_PROGRAM || MISSING_SPEECH;
const OUT = fileURLToPath(new URL('out/', import.meta.url));

/** Long enough to be interrupted on the slowest machine. */
const GREETING =
  'Good morning, and welcome. You have reached the front desk of the small hotel by the lake. ' +
  'We are happy to help you with anything that you may need, at any time of the day or of the night, ' +
  'in summer as well as in winter. Breakfast is served from seven to ten, and the boats leave at nine. ' +
  'Please tell me your telephone number, one digit after the other, and somebody will call you back.';
const DIGITS = ['5', '5', '5', '1', '2', '3', '4'].map((digit) => `digits/${digit}`);
/** A caller who waits a little, speaks over the greeting, and says it again later. */
const CALL = [6, ...DIGITS, 14, ...DIGITS, 1];

/** Stretches of sound, in seconds; silences of less than a third of a second belong to speech. */
function stretches(samples, rate) {
  const found = [];
  const step = Math.round(rate / 50);
  for (let at = 0; at + step <= samples.length; at += step) {
    let sum = 0;
    for (let i = at; i < at + step; i += 1) sum += samples[i] * samples[i];
    if (Math.sqrt(sum / step) < 0.004) continue;
    const [from, to] = [at / rate, (at + step) / rate];
    if (found.length > 0 && from - found.at(-1).to < 0.33) found.at(-1).to = to;
    else found.push({ from, to });
  }
  return found.filter(({ from, to }) => to - from > 0.1);
}

const words = (text) => text.toLowerCase().match(/[a-z]+/g) ?? [];

/** How many of these words come in the other text, in their order. */
function inOrder(wanted, given) {
  let row = new Array(given.length + 1).fill(0);
  for (const word of wanted) {
    const next = [0];
    given.forEach((other, i) => next.push(other === word ? row[i] + 1 : Math.max(row[i + 1], next[i])));
    row = next;
  }
  return row.at(-1);
}

describe('the program in a browser', { skip: MISSING || false, concurrency: false }, () => {
  const program = new Program();
  let browser;
  let page;
  let heardOfGreeting = '';

  before(async () => {
    await mkdir(OUT, { recursive: true });
    const microphone = join(OUT, 'microphone.wav');
    await writeRecording(microphone, CALL);
    await program.start();
    browser = await startBrowser({ microphone });
    page = await browser.page();
    page.setDefaultTimeout(60_000);
    await recordOutput(page);
  });

  after(async () => {
    await browser?.close();
    await program.close();
  });

  test('the link that the server prints opens the page', async () => {
    await page.goto(`${program.url}#token=${program.token}`);
    await page.locator('#start:enabled').waitFor();
    assert.equal(new URL(page.url()).hash, '');
    assert.ok(!(await page.content()).includes(program.token));
    await shows(page.locator('#agent-name'), 'reception');
  });

  test('an agent is made in the wizard, from what comes with the program', async () => {
    await page.click('#create');
    for (const title of ['How does it listen?', 'How does it think?', 'How does it speak?']) {
      await shows(page.locator('.wizard-title'), title);
      await page.click('#next');
    }
    await shows(page.locator('.wizard-title'), 'Who is it?');
    await page.fill('#agent-name-field', 'hotel');
    await page.locator('.field[data-field="greeting"] select').selectOption('say');
    await page.locator('.field[data-field="greeting"] textarea').fill(GREETING);
    await page.getByLabel('Quick').check();
    await page.click('#next');
    await shows(page.locator('#agent-name'), 'hotel');
    await page.locator('#start:enabled').waitFor();
  });

  test('it greets, is interrupted, listens, and answers aloud', async () => {
    await page.click('#start');
    await page.locator('.turn.agent:not(.unheard-yet)').waitFor();
    const cut = page.locator('.turn.agent.interrupted').first();
    await cut.waitFor();
    const [heard, unheard] = await Promise.all([
      cut.locator('.heard').innerText(),
      cut.locator('.unheard').evaluate((element) => element.lastChild.textContent),
    ]);
    heardOfGreeting = heard;
    assert.deepEqual([...words(heard), ...words(unheard)], words(GREETING), 'heard and not heard are the greeting');
    assert.ok(words(heard).length >= 3 && words(unheard).length >= 3);
    // What was said is there, and so is the answer to it, with its timing.
    await page.locator('.turn.user:not(.interim) .turn-text').first().waitFor();
    assert.match(await page.locator('.turn.user:not(.interim) .turn-text').first().innerText(), /[a-z0-9]/i);
    const answer = page.locator('.turn.agent:not(.unheard-yet) .timing').first();
    await answer.waitFor();
    const [gap, parts] = await answer.evaluate((element) => [
      Number(element.dataset.gap),
      [...element.querySelectorAll('.segment')].reduce((sum, each) => sum + Number(each.dataset.ms), 0),
    ]);
    assert.equal(parts, gap);
    await page.locator('#talk[data-state=listening]').waitFor();
    const recordings = await recordedOutput(page);
    const { rate, samples } = recordings.filter(({ samples: each }) => each.some((x) => Math.abs(x) > 0.01)).at(-1);
    const pcm = Buffer.from(Int16Array.from(samples, (x) => x * 32767).buffer);
    await writeFile(join(OUT, 'agent.wav'), wav(pcm, rate));
    const sounds = stretches(samples, rate);
    assert.ok(sounds.length >= 2, `the greeting and an answer are heard: ${JSON.stringify(sounds)}`);
    const note = await cut.locator('.turn-note').innerText();
    const position = parseFloat(/[\d.]+/.exec(note)[0]) / (note.includes('ms') ? 1000 : 1);
    // The greeting ends where the server says that it was cut, and only then comes the answer.
    const at = sounds[0].from + position;
    const index = sounds.findLastIndex(({ from }) => from < at + 0.3);
    const [greeting, reply] = [sounds[index], sounds[index + 1]];
    const told = `cut at ${at} s, heard ${JSON.stringify(sounds)}`;
    assert.ok(Math.abs(greeting.to - at) < 0.8, told);
    assert.ok(reply && reply.from - greeting.to > 0.3 && sounds.slice(index + 1).some(({ from, to }) => to - from > 0.3), told);
  });

  test('what was heard of the greeting is recognized again in what the page played', async (t) => {
    const talk = (...args) => spawnSync(ROOH, ['talk', ...args], { encoding: 'utf8', timeout: 120_000 });
    if (talk('--help').status !== 0) return t.skip(`${ROOH} does not talk`);
    const events = join(OUT, 'agent.jsonl');
    const data = join(program.data, 'transcription');
    const { status, stderr } = talk('--data-dir', data, '--input', join(OUT, 'agent.wav'), '--events', events);
    assert.equal(status, 0, stderr);
    const turns = (await readFile(events, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter(({ type }) => type === 'user_final');
    const recognized = turns.map(({ text }) => text).join(' ');
    const share = inOrder(words(heardOfGreeting), words(recognized)) / words(heardOfGreeting).length;
    assert.ok(share >= 0.6, `heard “${heardOfGreeting}”, recognized “${recognized}”`);
  });

  test('a server that is killed and started again has its agents, and the page comes back', async () => {
    const said = await page.locator('.turn').count();
    await program.stop();
    await page.locator('#talk[data-state=waiting]').waitFor();
    await program.start();
    await page.waitForFunction(() => ['listening', 'speaking', 'processing'].includes(document.querySelector('#talk').dataset.state));
    assert.ok((await page.locator('.turn').count()) >= said, 'what was said is still there');
    await page.click('#stop');
  });

  test('a reload keeps the page signed in and the agent chosen', async () => {
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await shows(page.locator('#agent-name'), 'hotel');
    await page.click('#start');
    await page.locator('.turn.agent:not(.unheard-yet)').waitFor();
    await page.click('#stop');
    await page.locator('#start').waitFor();
    assert.deepEqual(page.troubles.filter((trouble) => !/WebSocket|ERR_CONNECTION/.test(trouble)), []);
  });
});
