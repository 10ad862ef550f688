// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import type { Backup, Event, RestoreRequest, Schemas } from '../api/client';
import { plural, projectName } from '../ui/format';
import { Check, Confirm, Select } from '../ui/parts';
import { Progress } from '../ui/progress';

interface Props {
	backup: Backup;
	engine: string | null | undefined; // that the keys are restored into
	projects: Schemas['Project'][];
	event: Event | undefined;
	busy: boolean;
	error: unknown;
	onYes: (wishes: RestoreRequest) => void;
	onClose: () => void;
}

/** Asks which part of a backup to restore, and where to, and says what will happen. */
export function Restore({ backup, engine, projects, event, busy, error, onYes, onClose }: Props) {
	const [from, setFrom] = useState(backup.project_id ? String(backup.project_id) : '');
	const [into, setInto] = useState('');
	const [replace, setReplace] = useState(false);
	const [keysOnly, setKeysOnly] = useState(false);
	const same = projects.some((p) => String(p.id) === from) ? from : ''; // a deleted project has no default target
	const target = into || same;
	const whole = from === '';
	const wishes: RestoreRequest = whole ? { replace, keys_only: keysOnly } : { project_id: Number(from), into: Number(target), replace };
	const name = target ? projectName(Number(target), projects) : 'the project';
	const option = (p: { id: number; name: string }): [string, string] => [String(p.id), `${p.name} (${p.id})`];
	return (
		<Confirm title="Restore the backup" action="Restore" word={replace ? (whole ? 'replace' : name) : undefined} busy={busy || (!whole && !target)} error={error} onYes={() => onYes(wishes)} onClose={onClose}>
			<p class="muted"><code>{backup.id}</code></p>
			<fieldset class="stack" disabled={busy}>
				{backup.scope === 'service' && <Select label="What" value={from} onText={(p) => { setFrom(p); setInto(''); }} options={[['', 'Everything in it'], ...backup.projects.map((p): [string, string] => [String(p.id), `Project ${p.name} (${p.id}), ${plural(p.keys, 'key')}`])]} />}
				{!whole && <Select label="Into the project" value={target} onText={setInto} options={[...(same ? [] : [['', 'Choose one'] satisfies [string, string]]), ...projects.map(option)]} hint={projects.length === 0 ? 'There is no project: create one first.' : undefined} />}
				<Check checked={replace} disabled={busy} onCheck={setReplace}>Replace existing keys, after backing them up</Check>
				{whole && <Check checked={keysOnly} disabled={busy} onCheck={setKeysOnly}>Restore keys only, not projects, tokens and API keys</Check>}
			</fieldset>
			<ul class="notice warn" aria-label="What happens">
				{(whole ? wholeWords(backup, engine !== 'external', replace, keysOnly) : projectWords(backup, Number(from), name, replace)).map((words) => <li>{words}</li>)}
			</ul>
			{busy && <><Progress event={event} /><p class="hint">It continues if you close this.</p></>}
		</Confirm>
	);
}

/** What restoring the whole service does. separate: the engine can fill a new store while the old one stays in use. */
function wholeWords(b: Backup, separate: boolean, replace: boolean, keysOnly: boolean): string[] {
	return [
		`${plural(b.keys, 'key')} of ${plural(b.projects.length, 'project')} are restored, except those that have expired since.`,
		separate ? 'They are written to a new store, which replaces the one in use at the end: what applications write during the restore is lost.'
			: 'They are written to the store in use: applications see it fill up. Keys that they write during the restore are kept.',
		!replace ? 'If a project already has keys, nothing is done.'
			: separate ? 'The keys of every project are replaced, including projects created since. All of them are backed up first.'
				: 'The keys of the projects in the backup are replaced. All keys are backed up first.',
		keysOnly ? 'Projects, tokens and API keys stay as they are.'
			: 'Projects, tokens and API keys are restored too, including those revoked or deleted since. Those created since stay.',
	];
}

function projectWords(b: Backup, from: number, name: string, replace: boolean): string[] {
	const keys = b.projects.find((p) => p.id === from)?.keys ?? 0;
	return [
		`${plural(keys, 'key')} of ${projectName(from, b.projects)} are written to ${name}, except those that have expired since.`,
		replace ? `The keys of ${name} are backed up first, and deleted.` : `If ${name} already has keys, nothing is done.`,
		'Applications see it fill up. Keys that they write during the restore are kept.',
		'Tokens and API keys stay as they are.',
	];
}
