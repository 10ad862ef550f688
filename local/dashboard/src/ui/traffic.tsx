// SPDX-License-Identifier: Apache-2.0
//
// What requests did over time, of the service or of one project.

import { useMemo, useState } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { Chart, Legend } from './chart';
import { count, millis, sentence } from './format';
import { Switch } from './parts';

type Step = Schemas['StatsStep'];
export type Range = '15m' | '1h' | '24h';

const ranges: [Range, string][] = [['15m', '15 min'], ['1h', '1 hour'], ['24h', '24 hours']];
const spoken: Record<Range, string> = { '15m': 'the last 15 minutes', '1h': 'the last hour', '24h': 'the last 24 hours' };
let chosen: Range = '1h'; // kept from page to page

export function useRange() {
	const [range, setRange] = useState(chosen);
	const change = (r: string) => setRange(chosen = r as Range);
	return { range, words: spoken[range], choose: <Switch label="Time range" value={range} options={ranges} onChoose={change} /> };
}

const perSecond = (n: number) => `${count(n < 10 ? Math.round(n * 100) / 100 : Math.round(n))}/s`;

/** How many operations a second there were in the last step, as text, and null while no step is over. */
export function nowOf(steps: Step[], seconds: number): { rate: number; text: string } | null {
	const last = steps.at(-1);
	if (!last) return null;
	const rate = (last.reads + last.writes) / seconds;
	return { rate, text: `${count(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s` };
}

/** When there are figures. */
export const soon = (seconds: number) => `the first figures come within ${seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`}`;

/** Two charts: how many operations, and how long they took. */
export function Traffic({ steps, seconds, words }: { steps: Step[]; seconds: number; words: string }) {
	const [times, rates, latency] = useMemo(() => [
		steps.map((s) => Date.parse(s.time) / 1000),
		[{ name: 'Reads', values: steps.map((s) => s.reads / seconds) }, { name: 'Writes', values: steps.map((s) => s.writes / seconds) }],
		[{ name: 'Half within', values: steps.map((s) => s.p50_ms) }, { name: '99% within', values: steps.map((s) => s.p99_ms) }],
	] as const, [steps]);
	const peak = Math.max(0, ...steps.map((s) => (s.reads + s.writes) / seconds));
	const slowest = Math.max(0, ...steps.map((s) => s.p99_ms ?? 0));
	const empty = steps.length === 0 ? sentence(soon(seconds)) : `No operations in ${words}.`;
	const failed = steps.reduce((sum, s) => sum + s.faults + s.refused, 0);
	return (
		<div class="pair">
			<section class="card stack">
				<div class="row apart"><h2>Operations per second</h2><Legend names={['Reads', 'Writes']} /></div>
				<Chart label={`Operations per second in ${words}: at most ${perSecond(peak)}; ${count(failed)} operations failed`} empty={empty} times={times} step={seconds} series={[...rates]} unit={perSecond} />
			</section>
			<section class="card stack">
				<div class="row apart"><h2>Latency</h2><Legend names={['Half within', '99% within']} /></div>
				<Chart label={slowest ? `Latency in ${words}: 99% within ${millis(slowest)} at worst` : `Latency in ${words}: no operations`} empty={empty} times={times} step={seconds} series={[...latency]} unit={(n) => (n === 0 ? '0' : millis(n).replace('.0 ', ' '))} />
			</section>
		</div>
	);
}

/** How much of a limit is used. Without a limit there is nothing to draw. */
export function Share({ used, limit, of }: { used: number; limit: number; of: string }) {
	if (!limit) return null;
	const share = Math.min(100, (100 * used) / limit);
	return <div class={`bar ${share > 90 ? 'full' : ''}`} role="img" aria-label={`${Math.round(share)}% of ${of}`}><span style={{ width: `${share}%` }} /></div>;
}
