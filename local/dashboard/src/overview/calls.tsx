// SPDX-License-Identifier: Apache-2.0

import type { Schemas } from '../api/client';
import { operation, problem } from '../ui/codes';
import { count, millis } from '../ui/format';
import { Empty, Table } from '../ui/parts';

type Props = { stats: Schemas['Stats']; words: string };

/** The operations, the slowest first. */
export function Operations({ stats, words }: Props) {
	const slowest = [...stats.operations].sort((a, b) => b.p99_ms - a.p99_ms);
	return (
		<section class="card flush">
			<div class="head"><h2>Slowest operations</h2></div>
			{slowest.length === 0 ? <Empty title="No operations" ><p>None in {words}.</p></Empty> : (
				<Table label="Slowest operations" rows={slowest} id={(o) => o.operation} columns={[
					['Operation', (o) => operation(o.operation), 'name'],
					['Calls', (o) => count(o.requests), 'number'],
					['Half within', (o) => millis(o.p50_ms), 'number'],
					['99% within', (o) => millis(o.p99_ms), 'number'],
				]} />
			)}
		</section>
	);
}

/** Why operations failed, the most frequent reason first. */
export function Problems({ stats, words }: Props) {
	return (
		<section class="card flush">
			<div class="head"><h2>Errors</h2></div>
			{stats.problems.length === 0 ? <Empty title="No errors"><p>{stats.operations.length ? `Every operation in ${words} was done.` : `There were no operations in ${words}.`}</p></Empty> : (
				<Table label="Errors" rows={stats.problems} id={(p) => p.code} columns={[
					['What happened', (p) => <div>{problem(p.code)}<br /><code class="muted plain">{p.status} {p.code}</code></div>, 'name'],
					['Times', (p) => count(p.count), 'number end'],
				]} />
			)}
		</section>
	);
}
