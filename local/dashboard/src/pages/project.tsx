// SPDX-License-Identifier: Apache-2.0

import { useEffect } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { api, Refusal, type Schemas } from '../api/client';
import { at } from '../base';
import { Data } from '../data/data';
import { Connect } from '../project/connect';
import { ProjectOverview } from '../project/overview';
import { ProjectSettings } from '../project/settings';
import { Tokens } from '../project/tokens';
import { useCan } from '../session';
import { denied, useLoad, useTitle } from '../ui/hooks';
import { Await, Page } from '../ui/parts';
import { NotFound } from './notfound';

const tabs = { overview: 'Overview', data: 'Data', connect: 'Connect', tokens: 'Tokens', settings: 'Settings' } as const;
type Tab = keyof typeof tabs;

export function ProjectPage() {
	const { params } = useRoute();
	const { route } = useLocation();
	const id = Number(params.id);
	const known = /^[1-9]\d{0,15}$/.test(params.id ?? '');
	const tab = (params.tab ?? '') as Tab;
	const reads = useCan('SystemRead');
	useEffect(() => { if (known && !tab) route(at(`/projects/${params.id}/${reads ? 'overview' : 'data'}`), true); }, [tab]);
	const project = useLoad<Schemas['Project'] | null>(async () => (known ? api.project(id).catch((error) => {
		// A key that may only read data cannot ask for the name of the project.
		if (denied(error)) return { id, name: `Project ${id}`, created_at: '', limits: { keys: 0, bytes: 0, requests_per_second: 0 } };
		if (error instanceof Refusal && error.status === 404) return null;
		throw error;
	}) : null), [params.id]);
	if (tab && !(tab in tabs)) return <NotFound />;
	return (
		<Await of={project} what="the project">{(p) => (p === null ? <NoProject id={params.id!} /> : (
			<Page title={p.name} wide={tab === 'data'} extra={<span class="badge plain">id {p.id}</span>}>
				<Tabs project={p} tab={tab} reads={reads} />
				{tab === 'overview' && <ProjectOverview project={p} />}
				{tab === 'connect' && <Connect project={p} />}
				{tab === 'data' && <Data project={p} />}
				{tab === 'tokens' && <Tokens project={p} />}
				{tab === 'settings' && <ProjectSettings project={p} onChange={project.reload} />}
			</Page>
		))}</Await>
	);
}

function NoProject({ id }: { id: string }) {
	return (
		<NotFound title={`There is no project ${id}`}>
			<p>It was deleted, or the address is wrong.</p>
			<a class="button" href={at('/projects')}>All projects</a>
		</NotFound>
	);
}

function Tabs({ project, tab, reads }: { project: Schemas['Project']; tab: Tab; reads: boolean }) {
	useTitle(`${tabs[tab] ?? ''} · ${project.name}`);
	return (
		<nav class="tabs" aria-label="Project">
			{Object.entries(tabs).filter(([name]) => reads || name === 'data' || name === 'connect').map(([name, words]) => (
				<a key={name} href={at(`/projects/${project.id}/${name}`)} aria-current={name === tab ? 'page' : undefined}>{words}</a>
			))}
		</nav>
	);
}
