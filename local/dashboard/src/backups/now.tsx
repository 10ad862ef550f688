// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import type { Event, Schemas } from '../api/client';
import { Select } from '../ui/parts';
import { Progress } from '../ui/progress';

const jobs: Partial<Record<Event['action'], string>> = {
	backup: 'A backup is being made', verify: 'A backup is being verified', restore: 'A backup is being restored',
};

/** Makes a backup, and shows the running job, also one that others started. onCreate is set if the user may make one. */
export function Now({ projects, event, busy, off, onCreate }: { off: boolean; projects: Schemas['Project'][]; event: Event | undefined; busy: boolean; onCreate: ((project?: number) => void) | undefined }) {
	const [of, setOf] = useState('');
	const job = event && !event.done ? jobs[event.action] : undefined;
	return (
		<form class="card stack" onSubmit={(e) => { e.preventDefault(); onCreate?.(of ? Number(of) : undefined); }}>
			<h2>Back up now</h2>
			{onCreate && (
				<>
					<Select label="What" value={of} onText={setOf} options={[['', 'The whole service'], ...projects.map((p): [string, string] => [String(p.id), `Project ${p.name} (${p.id})`])]}
						hint="The whole service is every project with its keys and tokens, and the API keys. A backup of one project holds only its keys." />
					<div class="row"><button class="primary" disabled={busy || off}>{busy ? 'Working…' : 'Back up now'}</button></div>
				</>
			)}
			<div class="job">
				{job ? <><strong>{job}</strong><Progress event={event} /></> : <p class="muted">{busy ? 'Getting ready…' : off ? 'KV Storage is off. Turn it on to make a backup.' : 'Nothing is running. Applications can read and write during a backup.'}</p>}
			</div>
		</form>
	);
}
