// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { api, type Schemas } from '../api/client';
import { at } from '../base';
import { Data } from '../data/data';
import { Total } from '../data/total';
import { useCan } from '../session';
import { denied, useAct, useLoad, useTitle } from '../ui/hooks';
import { Await, Confirm, Page } from '../ui/parts';
import { Connect } from './connect';
import { Tokens } from './tokens';

const tabs = { connect: 'Connect', data: 'Data', tokens: 'Tokens' } as const;
type Tab = keyof typeof tabs;

export function ProjectPage() {
	const { params } = useRoute();
	const { route } = useLocation();
	const id = Number(params.id);
	const tab = (params.tab ?? '') as Tab;
	useEffect(() => { if (!(tab in tabs)) route(at(`/projects/${params.id}/connect`), true); }, [tab]);
	const project = useLoad<Schemas['Project']>(() => api.project(id).catch((error) => {
		// A key that may only read data cannot ask for the name of the project.
		if (denied(error)) return { id, name: `Project ${id}`, created_at: '', limits: { keys: 0, bytes: 0, requests_per_second: 0 } };
		throw error;
	}), [id]);
	return (
		<Await of={project} what="the project">{(p) => (
			<Page title={p.name} wide={tab === 'data'} extra={<><span class="badge plain">id {p.id}</span><Delete project={p} /></>}>
				<Tabs project={p} tab={tab} />
				{tab === 'connect' && <Connect project={p} />}
				{tab === 'data' && <Data project={p} />}
				{tab === 'tokens' && <Tokens project={p} />}
			</Page>
		)}</Await>
	);
}

function Tabs({ project, tab }: { project: Schemas['Project']; tab: Tab }) {
	useTitle(`${tabs[tab] ?? ''} · ${project.name}`);
	return (
		<nav class="tabs" aria-label="Project">
			{Object.entries(tabs).map(([name, words]) => <a href={at(`/projects/${project.id}/${name}`)} aria-current={name === tab ? 'page' : undefined}>{words}</a>)}
		</nav>
	);
}

function Delete({ project }: { project: Schemas['Project'] }) {
	const { route } = useLocation();
	const admin = useCan('SystemAdmin');
	const [asking, setAsking] = useState(false);
	const { busy, error, act, clear } = useAct();
	if (!admin) return null;
	const yes = () => act(async () => {
		await api.deleteProject(project.id);
		route(at('/projects'));
	});
	return (
		<>
			<button type="button" class="danger push" onClick={() => { clear(); setAsking(true); }}>Delete project</button>
			{asking && (
				<Confirm title={`Delete ${project.name}?`} action="Delete" word={project.name} busy={busy} error={error} onYes={yes} onClose={() => setAsking(false)}>
					<p role="status">Its tokens stop working at once. This deletes <Total project={project.id} />, and cannot be undone.</p>
				</Confirm>
			)}
		</>
	);
}
