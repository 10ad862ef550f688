// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { at } from '../base';
import { curl } from '../project/lines';
import { Snippet } from '../project/snippet';
import { useCan } from '../session';
import { useAct } from '../ui/hooks';
import { Problem, Text } from '../ui/parts';

/** What to do next on a server that holds nothing yet: create a project, and copy three lines. */
export function Start({ stats, projects }: { stats: Schemas['Stats']; projects: Schemas['Project'][] }) {
	const admin = useCan('SystemAdmin');
	const [made, setMade] = useState<{ project: Schemas['Project']; token: string }>();
	if (made) return <Lines {...made} />;
	const used = stats.operations.length > 0 || stats.projects.some((p) => p.keys > 0);
	if (!admin || used) return null;
	return projects.length === 0 ? <First onMade={setMade} /> : <Waiting project={projects[0]!} onMade={setMade} />;
}

type Made = (made: { project: Schemas['Project']; token: string }) => void;

const tokenFor = async (project: Schemas['Project']) => ({ project, token: (await api.createToken(project.id, { name: 'first steps' })).token });

function First({ onMade }: { onMade: Made }) {
	const [name, setName] = useState('my-app');
	const { busy, error, act } = useAct();
	const create = () => act(async () => onMade(await tokenFor(await api.createProject({ name }))));
	return (
		<section class="card stack start">
			<h2>What to do next</h2>
			<ol class="steps">
				<li>
					<strong>Create a project</strong>
					<p class="muted">A project has its own keys, which no other project can see. You also get a token, which lets an application use it.</p>
					<form class="row" onSubmit={(e) => { e.preventDefault(); void create(); }}>
						<Text label="Name of the project" value={name} onText={setName} required maxLength={200} />
						<button class="primary" disabled={busy}>{busy ? 'Creating…' : 'Create project'}</button>
					</form>
					<Problem error={error} />
				</li>
				<li><strong>Copy three lines</strong><p class="muted">They store a value, read it, and count. They appear here once there is a project.</p></li>
			</ol>
		</section>
	);
}

function Waiting({ project, onMade }: { project: Schemas['Project']; onMade: Made }) {
	const { busy, error, act } = useAct();
	return (
		<section class="card stack start">
			<div class="row apart">
				<div><h2>What to do next</h2><p class="muted">Nothing has been stored yet. Make a token for <strong>{project.name}</strong>, and copy three lines that use it.</p></div>
				<button type="button" class="primary" disabled={busy} onClick={() => act(async () => onMade(await tokenFor(project)))}>{busy ? 'Making a token…' : 'Show the three lines'}</button>
			</div>
			<Problem error={error} />
		</section>
	);
}

function Lines({ project, token }: { project: Schemas['Project']; token: string }) {
	return (
		<section class="card stack start">
			<div>
				<h2>{project.name} is ready</h2>
				<p class="muted">Paste these lines into a shell. The token in them is shown only this once.</p>
			</div>
			<Snippet name="first lines" file="In a shell" text={curl(token)} />
			<p>Next: <a href={at(`/projects/${project.id}/connect`)}>connect from other languages</a>, or <a href={at(`/projects/${project.id}/data`)}>look at the keys</a>.</p>
		</section>
	);
}
