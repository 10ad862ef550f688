// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api } from '../api/client';
import { at } from '../base';
import { useCan, useSession } from '../session';
import { count, date } from '../ui/format';
import { denied, useAct, useLoad, useTitle } from '../ui/hooks';
import { Await, Dialog, Empty, Page, Problem, Table, Text } from '../ui/parts';

export function Projects() {
	useTitle('Projects');
	const projects = useLoad(api.projects, []);
	const stats = useLoad(api.stats, []);
	const admin = useCan('SystemAdmin');
	const [creating, setCreating] = useState(false);
	const keys = new Map(stats.data?.projects.map((p) => [p.id, p]));
	const create = <button type="button" class="primary" onClick={() => setCreating(true)}>Create project</button>;
	return (
		<Page title="Projects" extra={admin && projects.data?.length ? <span class="push">{create}</span> : null}>
			{denied(projects.error) && <Known />}
			<div class="card flush" hidden={denied(projects.error)}>
				<Await of={projects} what="projects">{(all) => all.length === 0 ? (
					<Empty title="No project yet"><p>Each project has its own keys, which no other project can see, and tokens that give access to them.</p>{admin && create}</Empty>
				) : (
					<Table label="Projects" rows={all} id={(p) => String(p.id)} columns={[
						['Name', (p) => <a href={at(`/projects/${p.id}`)}>{p.name}</a>, 'name'],
						['Id', (p) => p.id, 'number'],
						['Keys', (p) => { const k = keys.get(p.id); return k ? `${k.complete ? '' : '≥ '}${count(k.keys)}` : '–'; }, 'number'],
						['Created', (p) => date(p.created_at), 'nowrap'],
						['', (p) => <span class="row"><a href={at(`/projects/${p.id}/connect`)}>Connect</a> <a href={at(`/projects/${p.id}/data`)}>Data</a> <a href={at(`/projects/${p.id}/tokens`)}>Tokens</a></span>, 'end'],
					]} />
				)}</Await>
			</div>
			{creating && <Create onClose={() => setCreating(false)} />}
		</Page>
	);
}

/** For keys that may read data but not list projects: those they are restricted to, or any project by its id. */
function Known() {
	const { session } = useSession();
	const { route } = useLocation();
	const [id, setID] = useState('');
	return (
		<div class="card stack">
			<p>{session.name} may not see the list of projects{session.project_ids ? '. It can open these:' : ', but can open one by its id.'}</p>
			{session.project_ids ? (
				<div class="row">{session.project_ids.map((p) => <a class="button" href={at(`/projects/${p}/data`)}>Project {p}</a>)}</div>
			) : (
				<form class="stack" onSubmit={(e) => { e.preventDefault(); route(at(`/projects/${id}/data`)); }}>
					<div class="fields"><Text label="Id of the project" value={id} onText={setID} inputMode="numeric" pattern="[1-9][0-9]*" required /></div>
					<div class="row"><button class="primary">Open</button></div>
				</form>
			)}
		</div>
	);
}

function Create({ onClose }: { onClose: () => void }) {
	const { route } = useLocation();
	const [name, setName] = useState('');
	const [id, setID] = useState('');
	const { busy, error, act } = useAct();
	const create = () => act(async () => {
		const project = await api.createProject({ name, ...(id && { id: Number(id) }) });
		route(at(`/projects/${project.id}/connect`));
	});
	return (
		<Dialog title="Create a project" onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void create(); }}>
				<Text label="Name" value={name} onText={setName} required maxLength={200} autofocus />
				<Text label="Id (optional)" value={id} onText={setID} inputMode="numeric" pattern="[1-9][0-9]*" hint="Leave it empty, unless your Redis already holds keys of a project, for example from Temps: with its id the new project gets these keys." />
				<Problem error={error} />
				<div class="foot"><button type="button" onClick={onClose}>Cancel</button><button class="primary" disabled={busy}>{busy ? 'Creating…' : 'Create'}</button></div>
			</form>
		</Dialog>
	);
}
