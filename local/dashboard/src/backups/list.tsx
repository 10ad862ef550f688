// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Backup, type Schemas } from '../api/client';
import { at } from '../base';
import { useCan } from '../session';
import { engineName } from '../ui/codes';
import { bytes, plural, sentence, time } from '../ui/format';
import { useAct } from '../ui/hooks';
import { Empty, Problem, Table } from '../ui/parts';

const triggers: Record<Backup['trigger'], string> = {
	manual: 'By hand', schedule: 'By the schedule', restore: 'Before a restore', unknown: '–',
};
const page = 50; // rows that are added at once

interface Acts { busy: boolean; onVerify: (b: Backup) => void; onRestore: (b: Backup) => void; onDelete: (b: Backup) => void }

export function List({ backups, projects, ...acts }: { backups: Backup[]; projects: Schemas['Project'][] } & Acts) {
	const admin = useCan('SystemAdmin');
	const [shown, setShown] = useState(page);
	const fetching = useAct();
	return (
		<section class="card flush">
			<div class="head"><h2>{backups.length === 0 ? 'Backups' : plural(backups.length, 'backup')}</h2></div>
			{fetching.error ? <div class="head"><Problem error={fetching.error} /></div> : null}
			{backups.length === 0 ? <Empty title="No backup yet"><p>Make one now, or set a schedule above.</p></Empty> : (
				<Table label="Backups" rows={backups.slice(0, shown)} id={(b) => b.id} columns={[
					['Backup', (b) => <Lines of={b.created_at ? time(b.created_at) : 'Time not known'} more={<code>{b.id}</code>} />, 'name nowrap'],
					['Contents', (b) => <Of backup={b} projects={projects} />],
					['Made', (b) => <Lines of={triggers[b.trigger]} more={engineName(b.engine)} />],
					['', (b) => admin && (
						<span class="row wrap">
							<button type="button" class="small" aria-label={`Verify ${b.id}`} disabled={acts.busy} onClick={() => acts.onVerify(b)}>Verify</button>
							{!b.damaged && <button type="button" class="small" aria-label={`Restore ${b.id}`} disabled={acts.busy} onClick={() => acts.onRestore(b)}>Restore</button>}
							{!b.damaged && <Download id={b.id} onFetch={fetching.act} />}
							<button type="button" class="danger small" aria-label={`Delete ${b.id}`} disabled={acts.busy} onClick={() => acts.onDelete(b)}>Delete</button>
						</span>
					), 'end'],
				]} />
			)}
			{backups.length > shown && <div class="bar-end"><span>{shown} are shown</span><button type="button" class="small" onClick={() => setShown(shown + page)}>Show more</button></div>}
		</section>
	);
}

function Lines({ of, more }: { of: preact.ComponentChildren; more: preact.ComponentChildren }) {
	return <div class="lines"><span>{of}</span><span class="small muted">{more}</span></div>;
}

function Of({ backup: b, projects }: { backup: Backup; projects: Schemas['Project'][] }) {
	if (b.damaged) return <Lines of={<span class="badge bad">Damaged</span>} more={sentence(b.problem ?? 'its manifest cannot be read')} />;
	const holds = `${plural(b.keys, 'key')}, ${bytes(b.size)}${b.deleting.length > 0 ? `, without those of ${plural(b.deleting.length, 'project')} being deleted` : ''}`;
	if (b.project_id) {
		const name = [...projects, ...b.projects].find((p) => p.id === b.project_id)?.name; // as it is now, or was then
		return <Lines of={`Project ${b.project_id}${name === undefined ? '' : `: ${name}`}`} more={holds} />;
	}
	return <Lines of={`The whole service, ${plural(b.projects.length, 'project')}`} more={holds} />;
}

/**
 * Follows a link, so the browser saves the backup while it arrives, whatever its size. A link cannot carry the session's
 * secret: it has a code that works once. If the server refuses that, the page says so instead of saving an error as a file.
 */
function Download({ id, onFetch }: { id: string; onFetch: (f: () => Promise<unknown>) => void }) {
	const download = () => onFetch(async () => {
		const code = await api.permitDownload(id);
		Object.assign(document.createElement('a'), { href: at(`/api/kv/backups/${id}/download?code=${code}`), download: `${id}.ndjson.gz` }).click();
	});
	return <button type="button" class="small" aria-label={`Download ${id}`} onClick={download}>Download</button>;
}
