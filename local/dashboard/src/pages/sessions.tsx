// SPDX-License-Identifier: Apache-2.0

import { api, type Schemas } from '../api/client';
import { ago, time } from '../ui/format';
import { useAct, useLoad } from '../ui/hooks';
import { Await, Problem, Table } from '../ui/parts';

type Entry = Schemas['SessionEntry'];

/** The browsers that are signed in: with the same key or, for an administrator, with any. */
export function Sessions() {
	const sessions = useLoad(api.sessions, []);
	const { busy, error, act } = useAct();
	const end = (s: Entry) => act(async () => {
		await api.endSession(s.id);
		sessions.reload();
	});
	return (
		<section class="card flush">
			<div class="head"><h2>Signed-in browsers</h2></div>
			{error ? <div class="head"><Problem error={error} /></div> : null}
			<Await of={sessions} what="sessions">{(all) => (
				<Table label="Signed-in browsers" rows={all} id={(s) => s.id} columns={[
					['Signed in with', (s) => <>{s.key_name} {s.current && <span class="badge good">This browser</span>}</>, 'name'],
					['Address', (s) => s.ip, 'nowrap'],
					['Since', (s) => time(s.created_at), 'nowrap'],
					['Last used', (s) => ago(s.last_used_at), 'nowrap'],
					['Expires', (s) => time(s.expires_at), 'nowrap'],
					['', (s) => !s.current && <button type="button" class="danger small" disabled={busy} aria-label={`Sign out ${s.key_name} at ${s.ip}`} onClick={() => end(s)}>Sign out</button>, 'end'],
				]} />
			)}</Await>
		</section>
	);
}
