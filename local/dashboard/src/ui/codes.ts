// SPDX-License-Identifier: Apache-2.0
//
// Names of the API in plain words.

const problems: Record<string, string> = {
	not_found: 'There is no such page', token_not_found: 'No such token or key', session_not_found: 'No such session', backup_not_found: 'No such backup',
	kv_not_enabled: 'KV Storage is off', already_enabled: 'KV Storage is on already', busy: 'Another change is under way', backup_damaged: 'The backup is damaged',
	method_not_allowed: 'This cannot be done here', malformed_json: 'The body was not valid JSON', project_id_required: 'No project was named', unauthorized: 'The key or token is not valid',
	permission_denied: 'This is not allowed with this key', project_not_found: 'No such project', not_an_integer: 'The value was not an integer',
	overflow: 'The number would be too large', wrong_type: 'The key holds another type of Redis', conflict: 'This is not possible',
	too_many_keys: 'Too many keys matched', too_large: 'The request or the answer is too large', unsupported_media_type: 'The content was not JSON',
	invalid: 'The request was not valid', many_slots: 'The keys are on several servers of the cluster', rate_limited: 'Too many requests',
	not_supported: 'Not supported by this engine', kv_disabled: 'KV Storage was off', kv_unavailable: 'The store could not be reached',
	storage_full: 'The disk was full', timeout: 'The store did not answer in time', out_of_memory: 'The memory limit was reached',
	quota_exceeded: 'The project reached its limit', data_damaged: 'The stored data was damaged', internal: 'An error inside the server',
};

/** What happened, from the code of a problem. */
export const problem = (code: string) => problems[code] ?? code.replaceAll('_', ' ');

const engines: Record<string, string> = { embedded: 'Embedded', podman: 'Managed Redis', external: 'Your Redis' };

/** What the pages call an engine. */
export const engineName = (engine: string | null) => engines[engine ?? ''] ?? engine ?? 'None';

/** The version of what holds the keys, with its name. */
export function versionOf({ version, engine }: { version: string | null; engine: string | null }): string {
	if (!version) return 'Version unknown';
	return /^\d/.test(version) && engine !== 'embedded' ? `Version ${version}` : version;
}

const permissions: Record<string, string> = {
	SystemAdmin: 'Everything', SystemRead: 'See the server, projects and the audit log', KvRead: 'Read keys and values', KvWrite: 'Write and delete keys',
};

/** What a permission allows. */
export const allows = (permission: string) => permissions[permission] ?? permission;

/** A message of the API, with what permissions allow instead of their names. */
export const inPageWords = (message: string) => message.replace(', or ?force=true', '').replace(/\b(?:SystemAdmin|SystemRead|KvRead|KvWrite)\b/g, (name) => `"${allows(name)}"`);

// What the pages call the fields of requests.
const fields: Record<string, string> = {
	max_memory: 'Max memory', redis_url: 'Redis URL', docker_image: 'Image', version: 'Redis version', name: 'Name', key: 'Key', value: 'Value',
	ex: 'Time to live', px: 'Time to live', seconds: 'Time to live', pattern: 'Pattern', expires_at: 'Expiry', permissions: 'Permissions',
	project_ids: 'Projects', project_id: 'Project', token: 'Token', keys: 'Keys', bytes: 'Bytes', requests_per_second: 'Requests a second',
	every_hours: 'Hours between backups', keep: 'Backups to keep', into: 'Project to restore into', eviction: 'When it is full', engine: 'Engine',
};

/** Where in a request something is wrong, as the beginning of a sentence: "Max memory: ". */
export function field(location: string): string {
	const name = location.split(/[.[\]]+/).filter((part) => part && !/^\d+$/.test(part)).pop() ?? '';
	if (!name || name === 'body' || name === 'query' || name === 'path') return '';
	return `${fields[name] ?? name.replaceAll('_', ' ')}: `;
}

/** The name of a data operation, from its operationId: kvGet is get. */
export const operation = (id: string) => (id.startsWith('kv') ? id.slice(2).toLowerCase() : id);

// What was done, and what somebody tried to do.
const actions: Record<string, [string, string]> = {
	createSession: ['Signed in', 'Sign in'], deleteSession: ['Signed out', 'Sign out'], endSession: ['Signed a browser out', 'Sign a browser out'],
	createSessionLink: ['Made a sign-in link', 'Make a sign-in link'], kvEnable: ['Turned KV Storage on', 'Turn KV Storage on'],
	kvUpdate: ['Changed KV Storage', 'Change KV Storage'], kvDisable: ['Turned KV Storage off', 'Turn KV Storage off'],
	kvPurgeEngine: ['Removed the engine and its data', 'Remove the engine and its data'], kvAcceptEmpty: ['Accepted an empty store', 'Accept an empty store'],
	createProject: ['Created a project', 'Create a project'], updateProject: ['Changed a project', 'Change a project'],
	deleteProject: ['Deleted a project', 'Delete a project'], createToken: ['Created a token', 'Create a token'], revokeToken: ['Revoked a token', 'Revoke a token'],
	createAPIKey: ['Created an API key', 'Create an API key'], revokeAPIKey: ['Revoked an API key', 'Revoke an API key'],
	createBackup: ['Made a backup', 'Make a backup'], deleteBackup: ['Deleted a backup', 'Delete a backup'], verifyBackup: ['Checked a backup', 'Check a backup'],
	restoreBackup: ['Restored a backup', 'Restore a backup'], downloadBackup: ['Downloaded a backup', 'Download a backup'],
	updateBackupSchedule: ['Changed the backup schedule', 'Change the backup schedule'], kvExport: ['Exported a project', 'Export a project'],
};

/** What somebody did or, where it was not done, tried to do. */
export function action(id: string, done: boolean): string {
	const words = actions[id];
	if (!words) return id;
	return done ? words[0] : `Tried to ${words[1].charAt(0).toLowerCase()}${words[1].slice(1)}`;
}
