// SPDX-License-Identifier: Apache-2.0

import { api, type Schemas, type Status } from '../api/client';
import { at } from '../base';
import { Operations, Problems } from '../overview/calls';
import { Projects } from '../overview/projects';
import { Start } from '../overview/start';
import { useCan } from '../session';
import { engineName, versionOf } from '../ui/codes';
import { bytes, count, millis, percent, sentence } from '../ui/format';
import { denied, useLoad, useTitle } from '../ui/hooks';
import { Await, Empty, Page, Problem } from '../ui/parts';
import { nowOf, Share, soon, Traffic, useRange } from '../ui/traffic';

export function Health({ status }: { status: Status }) {
	if (!status.enabled) return <span class="badge">Off</span>;
	return status.healthy ? <span class="badge good">Healthy</span> : <span class="badge bad">Not healthy</span>;
}

/** What the status says, and what it warns of. */
export function Said({ status }: { status: Status }) {
	const warnings = status.warnings ?? [];
	const calm = status.healthy && !warnings.some((w) => w.detail === status.message) || !status.enabled;
	return (
		<>
			{status.message && <div class={`notice ${calm ? '' : 'warn'}`} role="status">{sentence(status.message)}</div>}
			{warnings.filter((w) => w.detail !== status.message).map((w) => <div key={w.code + w.detail} class="notice warn" role="status">{sentence(w.detail)}</div>)}
		</>
	);
}

export function Overview() {
	useTitle('Overview');
	const status = useLoad(api.status, [], 5);
	const { range, words, choose } = useRange();
	return (
		<Page title="Overview" extra={status.data && <><Health status={status.data} />{status.data.enabled && <span class="push">{choose}</span>}</>}>
			<Await of={status} what="the state of the service">{(s) => (
				<>
					<Said status={s} />
					{s.backups && <div class="notice warn" role="status"><strong>Backups</strong><span>{sentence(s.backups)} <a href={at('/backups')}>Go to the backups</a></span></div>}
					{s.enabled ? <On status={s} range={range} words={words} /> : <Off status={s} />}
				</>
			)}</Await>
		</Page>
	);
}

function Off({ status }: { status: Status }) {
	const admin = useCan('SystemAdmin');
	return (
		<div class="card">
			<Empty title={status.engine ? 'KV Storage is off' : 'KV Storage is not enabled yet'}>
				<p>{status.engine ? 'Its data is kept until you turn it on again.' : 'Turn it on, create a project, and your first key is one request away.'}</p>
				{admin && <a class="button primary" href={at('/settings')}>{status.engine ? 'Turn it on' : 'Enable KV Storage'}</a>}
			</Empty>
		</div>
	);
}

interface Shown { status: Status; range: '15m' | '1h' | '24h'; words: string }

function On({ status, range, words }: Shown) {
	const stats = useLoad(() => api.stats(range), [range], 10);
	const projects = useLoad(api.projects, [], 30);
	if (denied(stats.error)) return <><div class="tiles"><Engine status={status} /></div><Problem error={stats.error} /></>;
	return <Await of={stats} what="statistics">{(s) => <Figures status={status} stats={s} projects={projects.data} words={words} />}</Await>;
}

function Figures({ status, stats, projects, words }: { status: Status; stats: Schemas['Stats']; projects: Schemas['Project'][] | undefined; words: string }) {
	return (
		<>
			{projects && <Start stats={stats} projects={projects} />}
			<Tiles status={status} stats={stats} words={words} />
			{(projects?.length !== 0 || stats.operations.length > 0) && (
				<>
					<Traffic steps={stats.steps} seconds={stats.step_seconds} words={words} />
					<div class="pair">
						<Operations stats={stats} words={words} />
						<Problems stats={stats} words={words} />
					</div>
					<Projects stats={stats} projects={projects} words={words} />
				</>
			)}
		</>
	);
}

function Engine({ status }: { status: Status }) {
	return (
		<div class="card tile">
			<span class="label">Engine</span>
			<span class="figure">{engineName(status.engine)}</span>
			<span class="muted small">{versionOf(status)}{status.docker_image && <><br />{status.docker_image}</>}</span>
		</div>
	);
}

function Tile({ label, figure, note }: { label: string; figure: string; note: string }) {
	return <div class="card tile"><span class="label">{label}</span><span class="figure">{figure}</span><span class="muted small">{note}</span></div>;
}

function Tiles({ status, stats, words }: { status: Status; stats: Schemas['Stats']; words: string }) {
	const keys = stats.projects.reduce((sum, p) => sum + p.keys, 0);
	const whole = stats.projects.every((p) => p.complete);
	const last = stats.steps.at(-1);
	const now = nowOf(stats.steps, stats.step_seconds);
	const pace = last?.p99_ms != null ? `99% within ${millis(last.p99_ms)}` : stats.step_seconds > 60 ? 'on average of 5 minutes' : 'none in the last 15 seconds';
	const read = stats.hits + stats.misses;
	const calls = stats.operations.reduce((sum, o) => sum + o.requests, 0);
	const failed = stats.operations.reduce((sum, o) => sum + o.refused + o.faults, 0);
	return (
		<div class="tiles six">
			<Engine status={status} />
			<div class="card tile">
				<span class="label">Memory used</span>
				<span class="figure">{bytes(stats.used_memory)}</span>
				<span class="muted small">{stats.max_memory ? `${percent(stats.used_memory, stats.max_memory)} of ${bytes(stats.max_memory)}` : stats.max_memory === 0 ? 'no limit set' : 'limit unknown'}</span>
				<Share used={stats.used_memory} limit={stats.max_memory ?? 0} of="the memory limit" />
			</div>
			<Tile label="Keys" figure={`${whole ? '' : '≥ '}${count(keys)}`} note={whole ? 'in all projects' : 'counted so far'} />
			<Tile label="Operations now" figure={now?.text ?? '–'} note={now ? pace : soon(stats.step_seconds)} />
			<Tile label="Hit rate" figure={read ? percent(stats.hits, read) : '–'} note={read ? `${count(stats.misses)} of ${count(read)} keys were missing` : `nothing was read in ${words}`} />
			<Tile label="Failed" figure={calls ? percent(failed, calls) : '–'} note={calls ? `${count(failed)} of ${count(calls)} operations` : `no operations in ${words}`} />
		</div>
	);
}
