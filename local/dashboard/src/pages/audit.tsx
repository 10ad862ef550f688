// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { at } from '../base';
import { api, type Schemas } from '../api/client';
import { action, problem } from '../ui/codes';
import { plural, time } from '../ui/format';
import { useAct, useLoad, useTitle } from '../ui/hooks';
import { Await, Empty, Page, Problem, Select, Table, Text } from '../ui/parts';

type Entry = Schemas['AuditEntry'];

export function Audit() {
	useTitle('Audit');
	const first = useLoad(() => api.audit(), []);
	return (
		<Page title="Audit" extra={<button type="button" class="push" onClick={first.reload}>Refresh</button>}>
			<p class="muted">Who changed something or tried to, newest first. It never contains values or tokens.</p>
			<Await of={first} what="the audit log">{(page) => <Log key={page.entries[0]?.request_id} page={page} />}</Await>
		</Page>
	);
}

const outcome = (code: string) => (code === 'failed' ? 'Failed' : code === 'rolled_back' ? 'Failed, and undone' : problem(code));

/** Somebody by name, with the id of the key in small letters. */
function Who({ of }: { of: string }) {
	const [, name, id] = /^(.*) (\([\w-]+\))$/.exec(of) ?? [];
	return name ? <div>{name} <span class="muted small nowrap">{id}</span></div> : <>{of}</>;
}

/** What an entry is about: project:1 is project 1. */
function Target({ of }: { of: string }) {
	const [kind, id] = of.split(':');
	if (!id) return <>{of || '–'}</>;
	const words = `${kind} ${id}`;
	return kind === 'project' ? <a href={at(`/projects/${id}`)}>{words}</a> : <span class="nowrap">{words}</span>;
}

function Log({ page }: { page: Schemas['Audit'] }) {
	const [older, setOlder] = useState<Entry[]>([]);
	const [cursor, setCursor] = useState(page.cursor);
	const [words, setWords] = useState('');
	const [result, setResult] = useState('');
	const { busy, error, act } = useAct();
	const all = [...page.entries, ...older];
	const shown = all.filter((e) => (!result || (e.result === 'ok') === (result === 'ok')) &&
		words.toLowerCase().split(/\s+/).every((word) => `${e.actor} ${action(e.action, e.result === 'ok')} ${e.action} ${e.target} ${e.result} ${e.ip} ${e.request_id}`.toLowerCase().includes(word)));
	const more = () => act(async () => {
		const next = await api.audit(cursor!);
		setOlder([...older, ...next.entries]);
		setCursor(next.cursor);
	});
	return (
		<>
			<div class="fields">
				<Text label="Filter" type="search" placeholder="name, action, project, address…" value={words} onText={setWords} />
				<Select label="Result" value={result} options={[['', 'Any'], ['ok', 'Done'], ['refused', 'Refused']]} onText={setResult} />
			</div>
			<div class="card flush">
				{shown.length === 0 ? <Empty title={all.length ? 'Nothing matches' : 'Nothing yet'}><p>{all.length ? `None of the ${plural(all.length, 'entry', 'entries')} loaded.` : 'Changes of the service, of projects and of tokens are listed here.'}</p></Empty> : (
					<Table label="Audit log" rows={shown} id={(e) => e.request_id + e.time} columns={[
						['Action', (e) => <span title={e.action}>{action(e.action, e.result === 'ok')}</span>, 'name'],
						['When', (e) => time(e.time), 'nowrap'],
						['Who', (e) => <Who of={e.actor} />],
						['What', (e) => <Target of={e.target} />],
						['Result', (e) => <span class={`badge ${e.result === 'ok' ? 'good' : 'bad'}`} title={e.result}>{e.result === 'ok' ? 'Done' : outcome(e.result)}</span>],
						['From', (e) => <span class="nowrap" title={`Request id ${e.request_id}`}>{e.ip}</span>],
					]} />
				)}
			</div>
			<div class="row"><span class="muted small" role="status">{plural(shown.length, 'entry', 'entries')} of {all.length} loaded</span>
				{cursor && <button type="button" class="small" disabled={busy} onClick={more}>{busy ? 'Loading older entries…' : 'Load older entries'}</button>}</div>
			<Problem error={error} />
		</>
	);
}
