// SPDX-License-Identifier: Apache-2.0

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { createKVClient } from '@temps-sdk/kv';
import type { KV, KVClientConfig } from '@temps-sdk/kv';
import { serve } from './server.js';

/** What the way to the server does to one request, which reach takes there. */
export type Fault = (response: ServerResponse, reach: () => Promise<unknown>) => void;

/** Answers with that status, and a page as a proxy has it. */
export const page = (status: number, headers: Record<string, string> = {}): Fault => (response) =>
  response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end('<html>as a proxy says it</html>');

/** Answers with that status and JSON. */
export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Fault => (response) =>
  response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers }).end(JSON.stringify(body));

/** Cuts the connection without an answer. */
export const cut: Fault = (response) => response.destroy();

/** Lets the server do what it is asked for, and cuts the connection then. */
export const cutAfter: Fault = (response, reach) => void reach().then(() => response.destroy());

/** Lets the server do what it is asked for, and answers with that status then, as a proxy that lost it. */
export const pageAfter = (status: number): Fault => (response, reach) => void reach().then(() => page(status)(response, reach));

/** Cuts the connection within an answer with that status. */
export const cutInside = (status: number): Fault => (response) => {
  response.writeHead(status, { 'Content-Length': '1000' }).write('{"value":');
  setTimeout(() => response.destroy(), 20);
};

/** Never answers. */
export const silence: Fault = () => {};

/** A way to a real server on which requests come to harm: each as the next fault has it, and then none. */
export interface Way {
  kv: KV;
  client(config: KVClientConfig): KV;
  /** A client that no fault reaches. */
  direct: KV;
  faults: Fault[];
  /** How many requests have come, and how many of them reached the server. */
  came: number;
  reached: number;
  /** The Idempotency-Key of each. */
  keys: (string | undefined)[];
}

/** Starts a server, and the way to it. Both end with the tests of the file. */
export async function rough(): Promise<Way> {
  const { url, token } = await serve();
  const server = createServer((request, response) => {
    way.came++;
    way.keys.push(request.headers['idempotency-key'] as string | undefined);
    const fault = way.faults.shift();
    const reach = () => forward(url, request).finally(() => way.reached++);
    if (fault) fault(response, reach);
    else void reach().then((answer) => pass(answer, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = (config: KVClientConfig) => createKVClient({ baseUrl, token, ...config });
  const way: Way = { kv: client({}), client, direct: createKVClient({ baseUrl: url, token }), faults: [], came: 0, reached: 0, keys: [] };
  return way;
}

async function forward(url: string, request: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { authorization = '', 'idempotency-key': key } = request.headers;
  const headers = { Authorization: authorization, 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': `${key}` }) };
  return fetch(url + request.url, { method: 'POST', headers, body: Buffer.concat(parts) });
}

async function pass(answer: Response, response: ServerResponse): Promise<void> {
  answer.headers.forEach((value, name) => response.setHeader(name, value));
  response.writeHead(answer.status).end(await answer.text());
}
