// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import type { Backup, Event, RestoreRequest, Schemas } from '../api/client';
import { plural } from '../ui/format';
import { Check, Confirm, Select } from '../ui/parts';
import { Progress } from '../ui/progress';
import { projectName } from './words';

interface Props {
	backup: Backup;
	engine: string | null | undefined; // the one that takes the keys
	projects: Schemas['Project'][];
	event: Event | undefined;
	busy: boolean;
	error: unknown;
	onYes: (wishes: RestoreRequest) => void;
	onClose: () => void;
}

/** Asks which part of a backup to restore, and where, and says what will happen. */
export function Restore({ backup, engine, projects, event, busy, error, onYes, onClose }: Props) {
	const [from, setFrom] = useState(backup.project_id ? String(backup.project_id) : '');
	const [into, setInto] = useState('');
	const [replace, setReplace] = useState(false);
	const [keysOnly, setKeysOnly] = useState(false);
	const same = projects.some((p) => String(p.id) === from) ? from : ''; // a project that is gone has no other for it
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
				<Check checked={replace} disabled={busy} onCheck={setReplace}>Replace the keys that are there, after a backup of them</Check>
				{whole && <Check checked={keysOnly} disabled={busy} onCheck={setKeysOnly}>Leave projects, tokens and API keys as they are</Check>}
			</fieldset>
			<ul class="notice warn" aria-label="What happens">
				{(whole ? wholeWords(backup, engine !== 'external', replace, keysOnly) : projectWords(backup, Number(from), name, replace)).map((words) => <li>{words}</li>)}
			</ul>
			{busy && <><Progress event={event} /><p class="hint">It goes on if you close this.</p></>}
		</Confirm>
	);
}

/** What restoring all does. aside: the engine can fill a new store while the old one stays in use. */
function wholeWords(b: Backup, aside: boolean, replace: boolean, keysOnly: boolean): string[] {
	return [
		`${plural(b.keys, 'key')} of ${plural(b.projects.length, 'project')} are restored, less those that have expired since.`,
		aside ? 'They are put into a new store, which takes the place of the one in use at the end: what applications write meanwhile is lost.'
			: 'They are put into the store in use: applications see it filling. A key that they write meanwhile stays as they wrote it.',
		!replace ? 'If a project holds keys already, nothing is done.'
			: aside ? 'The keys of every project are replaced, of those made since too. All of them are backed up first.'
				: 'The keys of the projects in the backup are replaced. All keys are backed up first.',
		keysOnly ? 'Projects, tokens and API keys stay as they are.'
			: 'Projects, tokens and API keys come back as they were, those that were revoked or deleted since too. Those made since stay.',
	];
}

function projectWords(b: Backup, from: number, name: string, replace: boolean): string[] {
	const keys = b.projects.find((p) => p.id === from)?.keys ?? 0;
	return [
		`${plural(keys, 'key')} of ${projectName(from, b.projects)} are put into ${name}, less those that have expired since.`,
		replace ? `The keys that ${name} holds are backed up first, and removed.` : `If ${name} holds keys already, nothing is done.`,
		'Applications see it filling. A key that they write meanwhile stays as they wrote it.',
		'Tokens and API keys stay as they are.',
	];
}
