// SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';

/** The program to test with. */
const program = process.env['TEMPSKV_PROGRAM'] ?? '../../bin/tempskv';

/** Where standard output is no terminal, a server does not print the key that it would make. */
const admin = `tk_${'0123456789'.repeat(4)}`;

/** Runs a program until standard input ends, which it also does if the process that writes to it is killed. */
const untilStdinEnds = '"$@" & exec >&-; read -r _; kill -9 $!';

/** A real server, with an empty store. */
export interface Server {
  url: string;
  /** A deployment token of project 1. */
  token: string;
  /** An API key that may do everything. */
  admin: string;
}

/** Starts a server that ends with the tests of the file. */
export async function serve(...args: string[]): Promise<Server> {
  if (!existsSync(program)) throw new Error(`there is no ${program}: run make build, or set TEMPSKV_PROGRAM`);
  const data = await mkdtemp(join(tmpdir(), 'kv-sdk-'));
  const serving = [program, 'serve', '--dev', '--addr', '127.0.0.1:0', '--data', data, ...args];
  const child = spawn('/bin/sh', ['-c', untilStdinEnds, 'sh', ...serving], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { HOME: data, PATH: process.env['PATH'], TEMPSKV_ADMIN_KEY: admin },
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  after(async () => {
    child.stdin.end();
    await exited; // and the server has too: it holds the other end of standard output
    await rm(data, { recursive: true });
  });
  let printed = '';
  for await (const line of createInterface(child.stdout)) {
    printed += `${line}\n`;
    if (line.startsWith('Next: ')) break;
  }
  child.stdout.resume();
  return { url: find(printed, /http:\S+/), token: find(printed, /dt_\w+/), admin };
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[0];
  if (!found) throw new Error(`the server printed ${JSON.stringify(text)}`);
  return found;
}
