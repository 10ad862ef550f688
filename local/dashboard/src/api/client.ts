// SPDX-License-Identifier: Apache-2.0
//
// The client of the API: calls typed by the OpenAPI document, and the errors that every page handles.

import createClient, { type Middleware } from 'openapi-fetch';
import { at, base } from '../base';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Session = Schemas['Session'];
export type Status = Schemas['Status'];

/** A problem from the API. */
export class Refusal extends Error {
	constructor(readonly status: number, readonly problem: Partial<Schemas['Problem']>) {
		super(problem.detail ?? `The server answered ${status}.`);
	}
}

/** The server does not answer. */
export class Unreachable extends Error {
	constructor() { super('The server does not answer.'); }
}

const place = `tempskv-session${base}`; // another server may be at another path of the origin
let kept = ''; // where the browser stores nothing

/** The secret of the session. Only pages of this origin can read it; the cookie goes to every port of the host. */
function secret(): string {
	try {
		return localStorage.getItem(place) ?? kept;
	} catch {
		return kept;
	}
}

function keep(next: string) {
	kept = '';
	try {
		if (next) localStorage.setItem(place, next);
		else localStorage.removeItem(place);
	} catch {
		kept = next;
	}
}

/** Calls back when another tab has signed in or out. */
export function watchTabs(changed: () => void): () => void {
	const look = (e: StorageEvent) => { if (e.key === place || e.key === null) changed(); };
	window.addEventListener('storage', look);
	return () => window.removeEventListener('storage', look);
}

/** Called with events that concern the whole page. */
export const listeners = { signedOut: () => {}, reached: (_yes: boolean) => {} };

const limit = 20_000; // ms, of calls other than jobs

async function reach(request: Request): Promise<Response> {
	try {
		const response = await fetch(request);
		listeners.reached(true);
		return response;
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') throw error;
		listeners.reached(false);
		throw new Unreachable();
	}
}

const middleware: Middleware = {
	onRequest({ request }) {
		if (secret()) request.headers.set('X-CSRF-Token', secret());
		request.headers.set('Content-Type', 'application/json');
		return request;
	},
};

const client = createClient<paths>({ baseUrl: location.origin + base, fetch: reach });
client.use(middleware);

/** Returns the data of a response, or throws a Refusal. */
async function must<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
	const { data, error, response } = await call;
	if (response.ok) return data as T;
	const refusal = new Refusal(response.status, (error ?? {}) as Schemas['Problem']);
	if (response.status === 401 && secret()) {
		forget();
		listeners.signedOut();
	}
	throw refusal;
}

const forget = () => keep('');

const soon = () => AbortSignal.timeout(limit);

export const api = {
	/** Who is signed in, null if nobody is. */
	session: async (): Promise<Session | null> => (secret() ? must(client.GET('/api/session', { signal: soon() })) : null),
	signIn: async (token: string): Promise<Session> => {
		const { data, error, response } = await client.POST('/api/session', { body: { token }, signal: soon() });
		if (!data) throw new Refusal(response.status, error ?? {});
		const { csrf_token, ...session } = data;
		keep(csrf_token);
		return session;
	},
	signOut: () => must(client.DELETE('/api/session', { signal: soon() })).then(forget),
	sessions: () => must(client.GET('/api/sessions', { signal: soon() })).then((a) => a.sessions),
	endSession: (id: string) => must(client.DELETE('/api/sessions/{id}', { params: { path: { id } } })),

	status: () => must(client.GET('/api/kv/status', { signal: soon() })),
	stats: (range: '15m' | '1h' | '24h' = '1h') => must(client.GET('/api/kv/stats', { params: { query: { range } }, signal: soon() })),
	enable: (body: Schemas['EnableRequest']) => must(client.POST('/api/kv/enable', { body })),
	update: (body: Schemas['UpdateRequest']) => must(client.PATCH('/api/kv/update', { body })),
	disable: () => must(client.DELETE('/api/kv/disable')),
	system: () => must(client.GET('/api/system', { signal: soon() })),

	projects: () => must(client.GET('/api/projects', { signal: soon() })).then((a) => a.projects),
	project: (id: number) => must(client.GET('/api/projects/{id}', { params: { path: { id } }, signal: soon() })),
	createProject: (body: Schemas['ProjectRequest']) => must(client.POST('/api/projects', { body })),
	updateProject: (id: number, body: Schemas['ProjectUpdateRequest']) => must(client.PATCH('/api/projects/{id}', { params: { path: { id } }, body })),
	projectStats: (id: number, range: '15m' | '1h' | '24h') =>
		must(client.GET('/api/projects/{id}/stats', { params: { path: { id }, query: { range } }, signal: soon() })),
	deleteProject: (id: number) => must(client.DELETE('/api/projects/{id}', { params: { path: { id } } })),

	backups: () => must(client.GET('/api/kv/backups', { signal: soon() })),
	permitDownload: (id: string) =>
		must(client.POST('/api/kv/backups/{id}/download-code', { params: { path: { id } }, signal: soon() })).then((a) => a.code),
	createBackup: (project_id?: number) => must(client.POST('/api/kv/backups', { body: { ...(project_id && { project_id }) } })),
	verifyBackup: (id: string) => must(client.POST('/api/kv/backups/{id}/verify', { params: { path: { id } } })),
	restoreBackup: (id: string, body: Schemas['RestoreRequest']) =>
		must(client.POST('/api/kv/backups/{id}/restore', { params: { path: { id } }, body })),
	deleteBackup: (id: string) => must(client.DELETE('/api/kv/backups/{id}', { params: { path: { id } } })),
	scheduleBackups: (body: Schemas['ScheduleRequest']) => must(client.PATCH('/api/kv/backup-schedule', { body })),

	tokens: (id: number) =>
		must(client.GET('/api/projects/{id}/tokens', { params: { path: { id } }, signal: soon() })).then((a) => a.tokens),
	createToken: (id: number, body: Schemas['TokenRequest']) =>
		must(client.POST('/api/projects/{id}/tokens', { params: { path: { id } }, body })),
	revokeToken: (id: number, token_id: string) =>
		must(client.DELETE('/api/projects/{id}/tokens/{token_id}', { params: { path: { id, token_id } } })),

	keys: () => must(client.GET('/api/api-keys', { signal: soon() })).then((a) => a.api_keys),
	createKey: (body: Schemas['APIKeyRequest']) => must(client.POST('/api/api-keys', { body })),
	revokeKey: (id: string) => must(client.DELETE('/api/api-keys/{id}', { params: { path: { id } } })),
	audit: (cursor?: string) =>
		must(client.GET('/api/audit', { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal: soon() })),
};

/** The data operations of one project. */
export function store(project_id: number) {
	return {
		scan: (pattern: string, cursor: string | null, signal?: AbortSignal) => must(client.POST('/api/kv/scan', {
			body: { project_id, pattern, limit: 1000, ...(cursor && { cursor }) }, signal,
		})),
		read: (key: string, offset = 0, bytes = 65_536) =>
			must(client.POST('/api/kv/read', { body: { project_id, key, offset, limit: bytes }, signal: soon() })),
		describe: (keys: string[], signal?: AbortSignal) =>
			must(client.POST('/api/kv/describe', { body: { project_id, keys }, signal: signal ?? soon() })).then((a) => a.keys),
		del: (keys: string[]) => must(client.POST('/api/kv/del', { body: { project_id, keys } })).then((a) => a.deleted),
		expire: (key: string, seconds: number) =>
			must(client.POST('/api/kv/expire', { body: { project_id, key, seconds } })).then((a) => a.success),
		persist: (key: string) => must(client.POST('/api/kv/persist', { body: { project_id, key } })).then((a) => a.success),
		/** Sets a value to a JSON text, which is sent unchanged: numbers are not rounded. */
		set: (key: string, json: string, options: Omit<Schemas['SetRequest'], 'key' | 'value' | 'project_id'>) =>
			must(client.POST('/api/kv/set', {
				body: { key, value: null },
				bodySerializer: () => JSON.stringify({ project_id, key, ...options }).slice(0, -1) + `,"value":${json}}`,
			})).then((a) => a.result === 'OK'),
		/** Sets many values to JSON texts, which are sent unchanged. */
		mset: (entries: { key: string; json: string; px?: number }[], signal: AbortSignal) =>
			must(client.POST('/api/kv/mset', {
				body: { entries: [] }, signal,
				bodySerializer: () => `{"project_id":${project_id},"entries":[${entries.map(({ key, json, px }) => `{"key":${JSON.stringify(key)},"value":${json}${px ? `,"px":${px}` : ''}}`).join(',')}]}`,
			})),
		/** Calls each with the bytes of an export of all keys. */
		export: async (signal: AbortSignal, each: (part: Uint8Array<ArrayBuffer>) => void): Promise<void> => {
			const request = new Request(at('/api/kv/export'), {
				method: 'POST', signal, body: JSON.stringify({ project_id }), headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': secret() },
			});
			const response = await reach(request);
			if (!response.ok) throw new Refusal(response.status, await response.json());
			const reader = response.body!.getReader();
			for (;;) {
				const { done, value } = await reader.read();
				if (done) return;
				each(value);
			}
		},
	};
}

export type Event = Schemas['ServiceEvent'];
export type Backup = Schemas['Backup'];
export type RestoreRequest = Schemas['RestoreRequest'];

/** Calls each with the events of the service until the signal or the server ends it. */
export async function watchEvents(signal: AbortSignal, each: (event: Event) => void): Promise<void> {
	const response = await fetch(at('/api/kv/events'), { signal, headers: { 'X-CSRF-Token': secret() } });
	if (!response.ok) throw new Refusal(response.status, await response.json());
	const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
	for (let text = ''; ;) {
		const { done, value } = await reader.read();
		if (done) return;
		text += value;
		for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
			const data = text.slice(0, end).split('\n').find((line) => line.startsWith('data:'));
			text = text.slice(end + 2);
			if (data) each(JSON.parse(data.slice(5)));
		}
	}
}

/** Returns the text of a page that is no operation of the API. */
export async function readPage(path: string): Promise<string> {
	const response = await reach(new Request(at(path), { signal: soon(), headers: { 'X-CSRF-Token': secret() } }));
	if (!response.ok) throw new Refusal(response.status, await response.json());
	return response.text();
}
