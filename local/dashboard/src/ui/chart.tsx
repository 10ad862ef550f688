// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';

export interface Series { name: string; values: (number | null)[] }

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A line chart over time, in the colours of the theme. label describes it. */
export function Chart({ label, times, series, unit }: { label: string; times: number[]; series: Series[]; unit: (n: number) => string }) {
	const place = useRef<HTMLDivElement>(null);
	const [theme, setTheme] = useState(0);
	useEffect(() => {
		const change = () => setTheme((n) => n + 1);
		window.addEventListener('theme', change);
		return () => window.removeEventListener('theme', change);
	}, []);
	useEffect(() => {
		const box = place.current!;
		const axis = { stroke: color('--muted'), font: '12px system-ui', grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
		const lines = [color('--accent'), color('--second')];
		const plot = new uPlot({
			width: box.clientWidth, height: box.clientHeight, legend: { show: false },
			cursor: { y: false, points: { size: 6 }, drag: { setScale: false } },
			padding: [10, 4, 0, 0],
			scales: {
				x: { range: () => { const end = times.at(-1) ?? Date.now() / 1000; return [Math.min(times[0] ?? end, end - 120), end]; } },
				y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.15 : 1] },
			},
			axes: [{ ...axis, values: (_u, at) => at.map((t) => new Date(t * 1000).toTimeString().slice(0, 5)), space: 70, size: 30 },
				{ ...axis, size: 64, values: (_u, at) => at.map(unit) }],
			series: [{}, ...series.map((s, i) => ({ label: s.name, stroke: lines[i], width: 1.75, points: { show: times.length < 3 }, ...(i === 0 && { fill: `${lines[0]}1f` }) }))],
		}, [times, ...series.map((s) => s.values)], box);
		const resize = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: box.clientHeight }));
		resize.observe(box);
		return () => { resize.disconnect(); plot.destroy(); };
	}, [theme, times, series]);
	return <div class="chart" ref={place} role="img" aria-label={label} />;
}
