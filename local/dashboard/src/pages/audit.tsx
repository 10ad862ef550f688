// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { at } from '../base';
import { api, type Schemas } from '../api/client';
import { action, problem } from '../ui/codes';
import { count, plural, time } from '../ui/format';
import { useAct, useLoad, useTitle } from '../ui/hooks';
import { Await, Empty, Page, Problem, Select, Table, Text } from '../ui/parts';

type Entry = Schemas['AuditEntry'];

export function Audit() {
	useTitle('Audit');
	const first = useLoad(() => api.audit(), []);
	return (
		<Page title="Audit" extra={<button type="button" class="push" onClick={first.reload}>Refresh</button>}>
			<p class="muted">Who changed something or tried to, the newest first. Keys' values and tokens are never in it.</p>
			<Await of={first} what="the audit log">{(page) => <Log key={page.entries[0]?.request_id} page={page} />}</Await>
		</Page>
	);
}

const outcome = (code: string) => (code === 'failed' ? 'Failed' : code === 'rolled_back' ? 'Failed, and undone' : problem(code));

/** Somebody by name, and from where. The id of the key tells apart two of that name. */
function Who({ of, from }: { of: string; from: string }) {
	const [, name, id] = /^(.*) \(([\w-]+)\)$/.exec(of) ?? [];
	return <div class="lines long"><span title={id && `Key ${id}`}>{name ?? of}</span><span class="small muted">{from}</span></div>;
}

const kinds: Record<string, string> = { service: 'KV Storage', session: 'Session', token: 'Token', backup: 'Backup', api_key: 'API key', project: 'Project' };

/** What an entry is about: project:1 is project 1, with its name if there still is one. */
function Target({ of, name }: { of: string; name: string | undefined }) {
	const [kind = '', id] = of.split(':');
	const words = kinds[kind] ?? kind;
	if (!id) return <>{words || '–'}</>;
	return kind === 'project' ? <div class="lines short"><a href={at(`/projects/${id}`)}>{words} {id}</a><span class="small muted">{name}</span></div> : <div class="lines"><span>{words}</span><code class="muted">{id}</code></div>;
}

function Log({ page }: { page: Schemas['Audit'] }) {
	const [older, setOlder] = useState<Entry[]>([]);
	const [cursor, setCursor] = useState(page.cursor);
	const [words, setWords] = useState('');
	const [result, setResult] = useState('');
	const { busy, error, act } = useAct();
	const projects = useLoad(api.projects, []);
	const nameOf = (target: string) => projects.data?.find((p) => `project:${p.id}` === target)?.name;
	const all = [...page.entries, ...older];
	const shown = all.filter((e) => (!result || (e.result === 'ok') === (result === 'ok')) &&
		words.toLowerCase().split(/\s+/).every((word) => `${e.actor} ${action(e.action, e.result === 'ok')} ${e.action} ${e.target} ${nameOf(e.target) ?? ''} ${e.result} ${e.ip} ${e.request_id}`.toLowerCase().includes(word)));
	const more = () => act(async () => {
		const next = await api.audit(cursor!);
		setOlder([...older, ...next.entries]);
		setCursor(next.cursor);
	});
	return (
		<>
			<div class="fields">
				<Text label="Filter" type="search" placeholder="Name, action, project, address…" value={words} onText={setWords} />
				<Select label="Result" value={result} options={[['', 'Any'], ['ok', 'Done'], ['refused', 'Refused']]} onText={setResult} />
			</div>
			<div class="card flush">
				{shown.length === 0 ? <Empty title={all.length ? 'Nothing matches' : 'Nothing yet'}><p>{all.length ? `None of the ${plural(all.length, 'entry', 'entries')} loaded.` : 'Changes to the server, to projects and to tokens are listed here.'}</p></Empty> : (
					<Table label="Audit log" rows={shown} id={(e) => e.request_id + e.time} columns={[
						['Action', (e) => <span title={e.action}>{action(e.action, e.result === 'ok')}</span>, 'name'],
						['What', (e) => <Target of={e.target} name={nameOf(e.target)} />],
						['Who', (e) => <Who of={e.actor} from={e.ip} />],
						['When', (e) => <span class="nowrap" title={`Request id ${e.request_id}`}>{time(e.time)}</span>],
						['Result', (e) => <span class={`badge ${e.result === 'ok' ? 'good' : 'bad'}`} title={e.result}>{e.result === 'ok' ? 'Done' : outcome(e.result)}</span>],
					]} />
				)}
			</div>
			<div class="row"><span class="muted small" role="status">{shown.length === all.length ? `${plural(all.length, 'entry', 'entries')} shown` : `${count(shown.length)} of ${plural(all.length, 'entry', 'entries')} shown`}</span>
				{cursor && <button type="button" class="small" disabled={busy} onClick={more}>{busy ? 'Loading older entries…' : 'Load older entries'}</button>}</div>
			<Problem error={error} />
		</>
	);
}
