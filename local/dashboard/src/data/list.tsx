// SPDX-License-Identifier: Apache-2.0

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { count } from '../ui/format';
import type { Row, Rows } from './keys';

const height = 32; // px of a row, as in style.css
// Browsers limit the height of a box. Longer lists scroll faster instead.
const tallest = 8_000_000;

interface Props {
	rows: Rows;
	open: Set<string>;
	current: string | null;
	chosen: Set<string>;
	onOpen: (prefix: string) => void;
	onShow: (key: string) => void;
	onChoose: (key: string, yes: boolean) => void;
	onEnd: () => void;
}

/** Renders only the visible rows of a long list. */
export function List({ rows, onEnd, ...rest }: Props) {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 600 });
	useLayoutEffect(() => {
		const look = () => setView({ top: box.current!.scrollTop, height: box.current!.clientHeight });
		const sized = new ResizeObserver(look);
		sized.observe(box.current!);
		return () => sized.disconnect();
	}, []);
	const full = rows.length * height;
	const space = Math.min(full, tallest);
	const scale = full > space ? (full - view.height) / (space - view.height) : 1;
	const offset = view.top * scale; // of the visible part, in the full height
	const first = Math.max(0, Math.floor(offset / height) - 8);
	const last = Math.min(rows.length, Math.ceil((offset + view.height) / height) + 8);
	useEffect(() => { if (last >= rows.length - 50) onEnd(); }, [last, rows.length]);
	const items = [];
	for (let i = first; i < last; i++) {
		const row = rows.at(i);
		items.push(<Item key={row.folder ? `/${row.folder.prefix}` : `.${row.key}`} row={row} index={i} of={rows.length} top={i * height - offset + view.top} {...rest} />);
	}
	const move = (event: KeyboardEvent) => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
		const at = (event.target as HTMLElement).closest('[data-index]');
		if (!step || !at) return;
		event.preventDefault();
		const index = Number(at.getAttribute('data-index')) + step;
		const next = box.current!.querySelector<HTMLElement>(`[data-index="${index}"] button`);
		next?.focus({ preventScroll: true });
		next?.scrollIntoView({ block: 'nearest' });
	};
	return (
		<div class="list" ref={box} role="list" aria-label="Keys" onKeyDown={move} onScroll={(e) => setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })}>
			<div class="space" role="presentation" style={{ height: `${space}px` }}>{items}</div>
		</div>
	);
}

type ItemProps = Omit<Props, 'rows' | 'onEnd'> & { row: Row; index: number; of: number; top: number };

function Item({ row, index, of, top, open, current, chosen, onOpen, onShow, onChoose }: ItemProps) {
	const place = { role: 'listitem', 'data-index': index, 'aria-posinset': index + 1, 'aria-setsize': of } as const;
	const style = { top: `${top}px`, paddingLeft: `${12 + Math.min(row.depth, 12) * 18}px` };
	if (row.folder) {
		const { prefix, name, count: n } = row.folder;
		const opened = open.has(prefix);
		return (
			<div class="item" style={style} {...place}>
				<span class="twist" aria-hidden="true">{opened ? '▾' : '▸'}</span>
				<button type="button" aria-expanded={opened} title={prefix} onClick={() => onOpen(prefix)}><span>{name}</span></button>
				<span class="count">{count(n)}</span>
			</div>
		);
	}
	return (
		<div class={`item ${row.key === current ? 'current' : ''}`} style={style} {...place}>
			<input type="checkbox" aria-label={`Choose ${row.key.slice(0, 100)}`} checked={chosen.has(row.key)} onChange={(e) => onChoose(row.key, e.currentTarget.checked)} />
			<button type="button" aria-current={row.key === current ? 'true' : undefined} title={row.key.slice(0, 300)} onClick={() => onShow(row.key)}><span>{row.name.slice(0, 300)}</span></button>
		</div>
	);
}
