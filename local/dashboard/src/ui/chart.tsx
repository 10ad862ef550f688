// SPDX-License-Identifier: Apache-2.0

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import './chart.css';

export interface Series { name: string; values: (number | null)[] }

interface Props {
	/** Describes the chart for those who do not see it. */
	label: string;
	/** Said where there is nothing to draw. */
	empty: string;
	/** When each step began, in seconds since 1970, and how long a step is. */
	times: number[];
	step: number;
	series: Series[];
	unit: (n: number) => string;
}

const edge = { left: 62, right: 20, top: 10, bottom: 26 };
const height = 190;
const shortest = 120; // seconds that the chart shows at least

/**
 * A line chart over time. A value without neighbours is a point. The values under the pointer are shown and, while the chart has
 * the focus, those of a step that the arrow keys choose.
 */
export function Chart({ label, empty, times, step, series, unit }: Props) {
	const place = useRef<HTMLDivElement>(null);
	const [width, setWidth] = useState(600);
	const [chosen, setChosen] = useState<number>(); // a time, since steps come and go
	useLayoutEffect(() => {
		const box = place.current!;
		const measure = () => setWidth(box.clientWidth || 600);
		const resize = new ResizeObserver(measure);
		measure();
		resize.observe(box);
		return () => resize.disconnect();
	}, []);
	const last = times.length - 1;
	const end = times[last] ?? Date.now() / 1000;
	const begin = Math.min(times[0] ?? end, end - shortest);
	const top = ceiling(Math.max(0, ...series.flatMap((s) => s.values.map((v) => v ?? 0))));
	const x = (t: number) => edge.left + ((t - begin) / (end - begin || 1)) * (width - edge.left - edge.right);
	const y = (v: number) => height - edge.bottom - (v / top) * (height - edge.top - edge.bottom);
	const at = chosen === undefined || last < 0 ? undefined : Math.max(0, times.findLastIndex((t) => t <= chosen));
	const choose = (i: number) => setChosen(times[Math.max(0, Math.min(last, i))]);
	const point = (e: PointerEvent) => {
		const from = x(times[0] ?? begin), each = (x(end) - from) / Math.max(1, last) || 1;
		choose(Math.round((e.clientX - place.current!.getBoundingClientRect().left - from) / each));
	};
	const leave = () => { if (document.activeElement !== place.current) setChosen(undefined); };
	const shown = at ?? last;
	const nothing = series.every((s) => s.values.every((v) => !v));
	const reading = last < 0 ? {} : {
		tabIndex: 0, role: 'slider' as const, 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': last, 'aria-valuenow': shown,
		'aria-valuetext': [clock(times[shown]!, step < 60), ...series.map((s) => `${s.name} ${said(s, shown, unit)}`)].join(', '),
		onFocus: () => choose(shown), onBlur: () => setChosen(undefined),
		onKeyDown: (e: KeyboardEvent) => press(e, shown, last, choose),
	};
	return (
		<div class="chart" ref={place} onPointerMove={point} onPointerDown={point} onPointerLeave={leave} {...reading}>
			<svg width={width} height={height} role="img" aria-label={label}>
				{[0, 0.5, 1].map((part) => (
					<g key={part}>
						<line class="grid" x1={edge.left} x2={width - edge.right} y1={y(top * part)} y2={y(top * part)} />
						<text x={edge.left - 10} y={y(top * part) + 4} text-anchor="end">{unit(top * part)}</text>
					</g>
				))}
				{ticks(begin, end, width).map((t) => <text key={t} x={x(t)} y={height - 6} text-anchor="middle">{clock(t)}</text>)}
				{!nothing && series.map((s, i) => <Line key={s.name} index={i} values={s.values} x={(n) => x(times[n]!)} y={y} />)}
				{at !== undefined && <line class="cursor" x1={x(times[at]!)} x2={x(times[at]!)} y1={edge.top} y2={height - edge.bottom} />}
				{at !== undefined && series.map((s, i) => s.values[at] != null && <circle key={s.name} class={`dot s${i}`} cx={x(times[at]!)} cy={y(s.values[at]!)} r="4" />)}
			</svg>
			{at !== undefined && <Values time={times[at]!} step={step} at={at} series={series} unit={unit} x={x(times[at]!)} width={width} />}
			{at === undefined && nothing && <span class="soon">{empty}</span>}
		</div>
	);
}

/** Chooses another step by its key. */
function press(event: KeyboardEvent, at: number, last: number, choose: (i: number) => void) {
	const to: Record<string, number> = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - 10, PageUp: at + 10, Home: 0, End: last };
	const next = to[event.key];
	if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
	event.preventDefault();
	choose(next);
}

/** A value, as text. */
const said = (s: Series, at: number, unit: (n: number) => string) => (s.values[at] == null ? 'none' : unit(s.values[at]!));

/** One series: a line through values that follow each other, and a point for each that is alone or one of few. */
function Line({ index, values, x, y }: { index: number; values: (number | null)[]; x: (i: number) => number; y: (v: number) => number }) {
	const runs: [number, number][][] = [];
	let last: [number, number][] | undefined;
	values.forEach((v, i) => {
		if (v === null) last = undefined;
		else if (last) last.push([x(i), y(v)]);
		else runs.push(last = [[x(i), y(v)]]);
	});
	const few = runs.reduce((n, run) => n + run.length, 0) < 40;
	const path = runs.filter((run) => run.length > 1).map((run) => `M${run.map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join('L')}`).join('');
	return (
		<g class={`s${index}`}>
			<path d={path} />
			{runs.flatMap((run) => (few || run.length === 1 ? run : [])).map(([a, b]) => <circle key={a} cx={a} cy={b} r="2.5" />)}
		</g>
	);
}

function Values({ time, step, at, series, unit, x, width }: { time: number; step: number; at: number; series: Series[]; unit: (n: number) => string; x: number; width: number }) {
	return (
		<div class="values" style={x > width / 2 ? { right: `${width - x + 10}px` } : { left: `${x + 10}px` }}>
			<strong>{clock(time, step < 60)}</strong>
			{series.map((s, i) => <span key={s.name} class={`s${i}`}>{s.name} <b>{said(s, at, unit)}</b></span>)}
		</div>
	);
}

/** The next round number: 1, 2 or 5 and zeros. */
function ceiling(n: number): number {
	if (n <= 0) return 1;
	const power = 10 ** Math.floor(Math.log10(n));
	return power * [1, 2, 5, 10].find((m) => m * power >= n * 0.999)!;
}

const clock = (t: number, seconds = false) => new Date(t * 1000).toTimeString().slice(0, seconds ? 8 : 5);

const apart = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600]; // seconds between times on the axis

function ticks(begin: number, end: number, width: number): number[] {
	const every = apart.find((s) => (end - begin) / s <= Math.max(2, (width - edge.left) / 80) && s >= 60) ?? 43200;
	const offset = new Date(end * 1000).getTimezoneOffset() * 60;
	const all: number[] = [];
	for (let t = Math.ceil((begin - offset) / every) * every + offset; t <= end; t += every) all.push(t);
	return all;
}

export function Legend({ names }: { names: string[] }) {
	return <div class="legend">{names.map((name, i) => <span key={name} class={`s${i}`}>{name}</span>)}</div>;
}
