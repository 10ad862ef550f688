// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import { api, type Schemas } from '../api/client';
import { at } from '../base';
import { useCan } from '../session';
import { bytes, count, date } from '../ui/format';
import { useLoad } from '../ui/hooks';
import { Await } from '../ui/parts';
import { nowOf, Share, soon, Traffic, useRange } from '../ui/traffic';

type Stats = Schemas['ProjectStats'];

export function ProjectOverview({ project }: { project: Schemas['Project'] }) {
	const { range, words, choose } = useRange();
	const stats = useLoad(() => api.projectStats(project.id, range), [project.id, range], 10);
	return (
		<Await of={stats} what="statistics">{(s) => (
			<>
				<Held project={project} stats={s} />
				<div class="row apart"><h2>Traffic</h2>{choose}</div>
				<Traffic steps={s.steps} seconds={s.step_seconds} words={words} />
			</>
		)}</Await>
	);
}

function Held({ project, stats }: { project: Schemas['Project']; stats: Stats }) {
	const admin = useCan('SystemAdmin');
	const { limits } = stats;
	const least = stats.complete ? '' : '≥ ';
	const now = nowOf(stats.steps, stats.step_seconds);
	return (
		<div class="tiles">
			<Tile label="Keys" figure={`${least}${count(stats.keys)}`} note={limits.keys ? `of ${count(limits.keys)}` : 'no limit'}>
				<Share used={stats.keys} limit={limits.keys} of="the keys allowed" />
			</Tile>
			<Tile label="Storage" figure={stats.bytes === null ? '–' : `${least}${bytes(stats.bytes)}`} note={stats.bytes === null ? 'this engine does not count it' : limits.bytes ? `of ${bytes(limits.bytes)}` : 'no limit'}>
				<Share used={stats.bytes ?? 0} limit={limits.bytes} of="the storage allowed" />
			</Tile>
			<Tile label="Operations now" figure={now?.text ?? '–'} note={!now ? soon(stats.step_seconds) : limits.requests_per_second ? `of ${count(limits.requests_per_second)}/s allowed` : 'no limit'}>
				<Share used={now?.rate ?? 0} limit={limits.requests_per_second} of="the requests allowed" />
			</Tile>
			<div class="card tile">
				<span class="label">Project</span>
				<span>Created {project.created_at ? date(project.created_at) : 'at an unknown time'}</span>
				<span class="small">{admin ? <a href={at(`/projects/${project.id}/settings`)}>Name and limits</a> : null}</span>
			</div>
		</div>
	);
}

function Tile({ label, figure, note, children }: { label: string; figure: string; note: string; children: ComponentChildren }) {
	return <div class="card tile"><span class="label">{label}</span><span class="figure">{figure}</span><span class="muted small">{note}</span>{children}</div>;
}
