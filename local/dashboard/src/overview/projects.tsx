// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import type { Schemas } from '../api/client';
import { at } from '../base';
import { bytes, count, projectName } from '../ui/format';
import { Empty, Table } from '../ui/parts';
import { Share } from '../ui/traffic';

type Use = Schemas['ProjectUse'];

/** What projects hold, and which are the busiest. */
export function Projects({ stats, projects, words }: { stats: Schemas['Stats']; projects: Schemas['Project'][] | undefined; words: string }) {
	const busiest = [...stats.projects].sort((a, b) => b.requests - a.requests || b.keys - a.keys || a.id - b.id);
	return (
		<section class="card flush">
			<div class="head"><h2>Projects, the busiest first</h2><a href={at('/projects')}>All projects</a></div>
			{busiest.length === 0 ? <Empty title="No project yet"><p>A project has its own keys, which no other project can see.</p></Empty> : (
				<Table label="Projects" rows={busiest.slice(0, 20)} id={(p) => String(p.id)} columns={[
					['Project', (p) => <a href={at(`/projects/${p.id}`)}>{projectName(p.id, projects ?? [])}</a>, 'name'],
					['Operations', (p) => <span title={`In ${words}`}>{count(p.requests)}</span>, 'number'],
					['Failed', (p) => count(p.failed), 'number'],
					['Keys', (p) => <Held used={p.keys} limit={p.max_keys} of="the keys allowed">{keysOf(p)}</Held>, 'number'],
					['Storage', (p) => (p.bytes === null ? <span class="muted">not counted</span> : <Held used={p.bytes} limit={p.max_bytes} of="the storage allowed">{bytes(p.bytes)}{p.max_bytes > 0 && ` of ${bytes(p.max_bytes)}`}</Held>), 'number'],
				]} />
			)}
		</section>
	);
}

const keysOf = (p: Use) => `${p.complete ? '' : '≥ '}${count(p.keys)}${p.max_keys > 0 ? ` of ${count(p.max_keys)}` : ''}`;

function Held({ used, limit, of, children }: { used: number; limit: number; of: string; children: ComponentChildren }) {
	return <div class="held"><span class="nowrap">{children}</span><Share used={used} limit={limit} of={of} /></div>;
}
