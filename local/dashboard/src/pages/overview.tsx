// SPDX-License-Identifier: Apache-2.0

import { useMemo } from 'preact/hooks';
import { api, type Schemas, type Status } from '../api/client';
import { at } from '../base';
import { useCan } from '../session';
import { Chart } from '../ui/chart';
import { bytes, count, millis, sentence } from '../ui/format';
import { denied, useLoad, useTitle } from '../ui/hooks';
import { Await, Empty, Page, Problem, Table } from '../ui/parts';

export function Health({ status }: { status: Status }) {
	if (!status.enabled) return <span class="badge">Off</span>;
	return status.healthy ? <span class="badge good">Healthy</span> : <span class="badge bad">Not healthy</span>;
}

export function Overview() {
	useTitle('Overview');
	const status = useLoad(api.status, [], 5);
	return (
		<Page title="Overview" extra={status.data && <Health status={status.data} />}>
			<Await of={status} what="the state of the service">{(s) => (
				<>
					{s.message && <div class={`notice ${s.healthy ? '' : 'warn'}`} role="status">{s.message}</div>}
					{(s.warnings ?? []).filter((w) => w.detail !== s.message).map((w) => <div key={w.code + w.detail} class="notice warn" role="status">{sentence(w.detail)}</div>)}
					{s.backups && <div class="notice warn" role="status"><strong>Backups</strong><span>{sentence(s.backups)} <a href={at('/backups')}>To the backups</a></span></div>}
					{s.enabled ? <On status={s} /> : <Off status={s} />}
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

function On({ status }: { status: Status }) {
	const stats = useLoad(api.stats, [], 10);
	const projects = useLoad(api.projects, [], 30);
	if (denied(stats.error)) return <><Engine status={status} /><Problem error={stats.error} /></>;
	return <Await of={stats} what="statistics">{(s) => <Busy status={status} stats={s} projects={projects.data} />}</Await>;
}

function Engine({ status }: { status: Status }) {
	return (
		<div class="card tile">
			<span class="label">Engine</span>
			<span class="figure">{status.engine}</span>
			<span class="muted small">{status.version ?? 'no version known'}{status.docker_image && <><br />{status.docker_image}</>}</span>
		</div>
	);
}

function Busy({ status, stats, projects }: { status: Status; stats: Schemas['Stats']; projects: Schemas['Project'][] | undefined }) {
	const keys = stats.projects.reduce((sum, p) => sum + p.keys, 0);
	const whole = stats.projects.every((p) => p.complete);
	const last = stats.steps.at(-1);
	const rate = last ? (last.reads + last.writes) / stats.step_seconds : 0;
	const share = stats.max_memory ? Math.min(100, (100 * stats.used_memory) / stats.max_memory) : 0;
	return (
		<>
			<div class="tiles">
				<Engine status={status} />
				<div class="card tile">
					<span class="label">Memory used</span>
					<span class="figure">{bytes(stats.used_memory)}</span>
					<span class="muted small">{stats.max_memory ? `${share.toFixed(share < 10 ? 1 : 0)} % of ${bytes(stats.max_memory)}` : stats.max_memory === 0 ? 'no limit set' : 'limit unknown'}</span>
					{stats.max_memory !== null && stats.max_memory > 0 && <div class={`bar ${share > 90 ? 'full' : ''}`}><span style={{ width: `${share}%` }} /></div>}
				</div>
				<div class="card tile">
					<span class="label">Keys</span>
					<span class="figure">{whole ? '' : '≥ '}{count(keys)}</span>
					<span class="muted small">{whole ? 'in all projects' : 'counted so far'}</span>
				</div>
				<div class="card tile">
					<span class="label">Operations now</span>
					<span class="figure">{count(Math.round(rate * 10) / 10)}/s</span>
					<span class="muted small">{last?.p99_ms != null ? `99 % within ${millis(last.p99_ms)}` : 'none in the last 15 seconds'}</span>
				</div>
			</div>
			<Charts stats={stats} />
			<Keys stats={stats} projects={projects} />
		</>
	);
}

function Charts({ stats }: { stats: Schemas['Stats'] }) {
	const [times, rates, latency] = useMemo(() => [
		stats.steps.map((s) => Date.parse(s.time) / 1000),
		[{ name: 'Reads', values: stats.steps.map((s) => s.reads / stats.step_seconds) }, { name: 'Writes', values: stats.steps.map((s) => s.writes / stats.step_seconds) }],
		[{ name: '50 %', values: stats.steps.map((s) => s.p50_ms) }, { name: '99 %', values: stats.steps.map((s) => s.p99_ms) }],
	] as const, [stats]);
	const faults = stats.steps.reduce((sum, s) => sum + s.faults, 0);
	const peak = Math.max(0, ...stats.steps.map((s) => (s.reads + s.writes) / stats.step_seconds));
	const slowest = Math.max(0, ...stats.steps.map((s) => s.p99_ms ?? 0));
	return (
		<div class="pair">
			<section class="card stack">
				<div class="row apart"><h2>Operations per second</h2><div class="legend"><span>Reads</span><span class="second">Writes</span></div></div>
				<Chart label={`Operations per second in the last hour: at most ${count(Math.round(peak * 10) / 10)}, ${count(faults)} failed`} times={[...times]} series={[...rates]} unit={(n) => count(n)} />
			</section>
			<section class="card stack">
				<div class="row apart"><h2>Latency</h2><div class="legend"><span>50 %</span><span class="second">99 %</span></div></div>
				<Chart label={`Latency in the last hour: 99 % within ${millis(slowest)} at worst`} times={[...times]} series={[...latency]} unit={(n) => (n === 0 ? '0' : millis(n))} />
			</section>
		</div>
	);
}

function Keys({ stats, projects }: { stats: Schemas['Stats']; projects: Schemas['Project'][] | undefined }) {
	const names = new Map(projects?.map((p) => [p.id, p.name]));
	return (
		<section class="card flush">
			<div class="head"><h2>Keys by project</h2><a href={at('/projects')}>All projects</a></div>
			{stats.projects.length === 0 ? (
				<Empty title="No project yet"><p>A project has its own keys, which no other project can see.</p><a class="button primary" href={at('/projects')}>Create a project</a></Empty>
			) : (
				<Table label="Keys by project" rows={stats.projects} id={(p) => String(p.id)} columns={[
					['Project', (p) => <a href={at(`/projects/${p.id}/data`)}>{names.get(p.id) ?? `Project ${p.id}`}</a>, 'name'],
					['Id', (p) => p.id, 'number'],
					['Keys', (p) => `${p.complete ? '' : '≥ '}${count(p.keys)}`, 'number end'],
				]} />
			)}
		</section>
	);
}
