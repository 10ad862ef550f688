// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api, type Schemas } from '../api/client';
import { at } from '../base';
import { Total } from '../data/total';
import { useCan } from '../session';
import { useAct, useSaid } from '../ui/hooks';
import { Confirm, Problem, Text } from '../ui/parts';
import { Limits } from './limits';

interface Props { project: Schemas['Project']; onChange: () => void }

export function ProjectSettings({ project, onChange }: Props) {
	const admin = useCan('SystemAdmin');
	return (
		<>
			{!admin && <p class="muted">Only an API key that may do everything can change these.</p>}
			<Rename project={project} onChange={onChange} />
			<Limits project={project} onChange={onChange} />
			{admin && <Delete project={project} />}
		</>
	);
}

function Rename({ project, onChange }: Props) {
	const admin = useCan('SystemAdmin');
	const [name, setName] = useState(project.name);
	const [done, setDone] = useSaid();
	const { busy, error, act } = useAct();
	const rename = () => {
		void act(async () => {
			await api.updateProject(project.id, { name });
			setDone(`The project is now called ${name}.`);
			onChange();
		});
	};
	return (
		<form class="card stack" onSubmit={(e) => { e.preventDefault(); rename(); }}>
			<h2>Name</h2>
			<div class="fields"><Text label="Name of the project" value={name} onText={(text) => { setDone(''); setName(text); }} required maxLength={200} hint="Only people use it. Applications have a token." /></div>
			{done && <p class="notice good" role="status">{done}</p>}
			<Problem error={error} />
			{admin && <div class="row"><button disabled={busy || name === project.name || !name}>{busy ? 'Renaming…' : 'Rename'}</button></div>}
		</form>
	);
}

function Delete({ project }: { project: Schemas['Project'] }) {
	const { route } = useLocation();
	const [asking, setAsking] = useState(false);
	const { busy, error, act, clear } = useAct();
	const yes = () => act(async () => {
		await api.deleteProject(project.id);
		route(at('/projects'));
	});
	return (
		<section class="card danger row apart">
			<div><h2>Delete the project</h2><p class="muted">Its tokens stop working at once, and its keys are deleted.</p></div>
			<button type="button" class="danger" onClick={() => { clear(); setAsking(true); }}>Delete project</button>
			{asking && (
				<Confirm title={`Delete ${project.name}?`} action="Delete" word={project.name} busy={busy} error={error} onYes={yes} onClose={() => setAsking(false)}>
					<p role="status">Its tokens stop working at once. This deletes <Total project={project.id} />, and cannot be undone.</p>
				</Confirm>
			)}
		</section>
	);
}
