// The real `rooh`, started on a port of its own with an empty data directory.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGET = fileURLToPath(new URL('../../../../target/', import.meta.url));

/** Where the program is: `ROOH_BIN`, or whichever of cargo's is newest. */
export const ROOH =
  process.env.ROOH_BIN ??
  ['release/rooh', 'debug/rooh']
    .map((name) => join(TARGET, name))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];

/** What is not there and has to be for tests of the program; empty if it is. */
export const MISSING_PROGRAM = ROOH && existsSync(ROOH) ? '' : 'there is no rooh: build it, or name it in ROOH_BIN';

/** A server with its data; `stop()` and `start()` keep the data, `close()` removes it. */
export class Program {
  constructor() {
    this.token = randomBytes(32).toString('hex');
    this.log = '';
  }

  async start() {
    this.data ??= await mkdtemp(join(tmpdir(), 'rooh-data-'));
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}/`;
    // What this machine's owner has set for vendors is none of a test's business.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_API_KEY$|^ROOH_/.test(name)));
    this.child = spawn(ROOH, ['serve', '--port', String(this.port), '--data-dir', this.data], {
      env: { ...env, ROOH_TOKEN: this.token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (text) => {
        this.log += text;
      });
    }
    let isOver = false;
    this.over = new Promise((resolve) => {
      this.child.once('exit', () => {
        isOver = true;
        resolve();
      });
    });
    const end = performance.now() + 30_000;
    for (;;) {
      const answer = await fetch(`${this.url}healthz`).catch(() => null);
      if (answer?.ok) return;
      if (isOver || performance.now() > end) throw new Error(`rooh did not start:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Kills it, as a power cut would. */
  async stop() {
    this.child?.kill('SIGKILL');
    await this.over;
  }

  async close() {
    await this.stop();
    if (this.data) await rm(this.data, { recursive: true, force: true });
  }
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
