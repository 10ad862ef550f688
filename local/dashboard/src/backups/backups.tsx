// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api, type Backup, type RestoreRequest } from '../api/client';
import { useCan } from '../session';
import { bytes, plural } from '../ui/format';
import { useAct, useLoad, useTitle } from '../ui/hooks';
import { Await, Confirm, Page, Problem } from '../ui/parts';
import { useEvent } from '../ui/progress';
import { List } from './list';
import { Now } from './now';
import { Restore } from './restore';
import { Schedule } from './schedule';
import { restored, verified } from './words';

/** The result of a job, as it is shown. */
interface Said { well: boolean; words: ComponentChildren }

export function Backups() {
	useTitle('Backups');
	const admin = useCan('SystemAdmin');
	const list = useLoad(async () => { const [all, status] = await Promise.all([api.backups(), api.status()]); return { ...all, engine: status.engine, off: !status.enabled }; }, [], 30);
	const projects = useLoad(api.projects, [], 30);
	const event = useEvent();
	useEffect(() => { if (event?.done) list.reload(); }, [JSON.stringify(event)]); // the last one is repeated
	const [said, setSaid] = useState<Said>();
	const [restoring, setRestoring] = useState<Backup>();
	const [deleting, setDeleting] = useState<Backup>();
	const { busy, error, act, clear } = useAct();
	const asking = restoring || deleting;

	/** Runs one job, shows its result, and reloads the list. */
	const run = async (job: () => Promise<Said>) => {
		setSaid(undefined);
		let outcome: Said | undefined;
		await act(async () => { outcome = await job(); });
		list.reload();
		if (!outcome) return;
		setSaid(outcome); // the element that gets the focus back is enabled again by now
		setRestoring(undefined);
		setDeleting(undefined);
	};
	const create = (project?: number) => run(async () => {
		const b = await api.createBackup(project);
		return { well: true, words: <>Backup <code>{b.id}</code> was made: {plural(b.keys, 'key')}, {bytes(b.size)}.</> };
	});
	const verify = (b: Backup) => run(async () => {
		const found = await api.verifyBackup(b.id);
		return { well: found.ok, words: verified(b.id, found) };
	});
	const restore = (b: Backup, wishes: RestoreRequest) => run(async () => ({ well: true, words: restored(b.id, await api.restoreBackup(b.id, wishes)) }));
	const remove = (b: Backup) => run(async () => {
		await api.deleteBackup(b.id);
		return { well: true, words: <>Backup <code>{b.id}</code> was deleted.</> };
	});
	const ask = (open: (b: Backup) => void) => (b: Backup) => { clear(); setSaid(undefined); open(b); };

	return (
		<Page title="Backups">
			{said && <div class={`notice ${said.well ? 'good' : 'bad'}`} role="status"><span>{said.words}</span></div>}
			{!asking && <Problem error={error} />}
			<Await of={list} what="backups">{(all) => (
				<>
					<div class="pair">
						<Now off={all.off} projects={projects.data ?? []} event={event} busy={busy} onCreate={admin ? create : undefined} />
						<Schedule schedule={all.schedule} location={all.location} onChange={list.reload} />
					</div>
					<List backups={all.backups} projects={projects.data ?? []} busy={busy} onVerify={verify} onRestore={ask(setRestoring)} onDelete={ask(setDeleting)} />
				</>
			)}</Await>
			{restoring && <Restore backup={restoring} engine={list.data?.engine} projects={projects.data ?? []} event={event} busy={busy} error={error} onYes={(wishes) => restore(restoring, wishes)} onClose={() => setRestoring(undefined)} />}
			{deleting && (
				<Confirm title="Delete the backup?" action="Delete" busy={busy} error={error} onYes={() => remove(deleting)} onClose={() => setDeleting(undefined)}>
					<p>This deletes <code>{deleting.id}</code>. This cannot be undone.</p>
				</Confirm>
			)}
		</Page>
	);
}
