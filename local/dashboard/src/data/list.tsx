// SPDX-License-Identifier: Apache-2.0

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useNow } from '../ui/now';
import { type Details } from './details';
import { Item } from './item';
import type { Folder, Rows } from './keys';
import type { Column, Sort } from './sort';

const height = 32; // px of a row, as in style.css
// Browsers limit the height of a box. Longer lists scroll faster instead.
const tallest = 8_000_000;

export interface ListProps {
	details: Details;
	open: Set<string>;
	current: string | null;
	chosen: Set<string>;
	chosenIn: Map<string, number>; // how many chosen keys are in a folder
	onOpen: (prefix: string, yes: boolean) => void;
	onShow: (key: string) => void;
	onChoose: (keys: string[] | Folder, yes: boolean) => void;
}

interface Props extends ListProps { rows: Rows; sort: Sort | null; onSort: (by: Column) => void; onEnd: () => void }

const columns: [Column, string][] = [['name', 'Name'], ['type', 'Type'], ['size', 'Size'], ['ttl', 'Time to live']];

/** Renders only the visible rows of a long list. */
export function List({ rows, onEnd, sort, onSort, ...rest }: Props) {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 600 });
	useLayoutEffect(() => {
		const look = () => setView({ top: box.current!.scrollTop, height: box.current!.clientHeight });
		const sized = new ResizeObserver(look);
		sized.observe(box.current!);
		return () => sized.disconnect();
	}, []);
	const now = useNow();
	const full = rows.length * height;
	const space = Math.min(full, tallest);
	const scale = full > space ? (full - view.height) / (space - view.height) : 1;
	const offset = view.top * scale; // of the visible part, in the full height
	const first = Math.max(0, Math.floor(offset / height) - 8);
	const last = Math.min(rows.length, Math.ceil((offset + view.height) / height) + 8);
	useEffect(() => { if (last >= rows.length - 50) onEnd(); }, [last, rows.length]);
	const items = [];
	const shown: string[] = [];
	for (let i = first; i < last; i++) {
		const row = rows.at(i);
		if (row.key !== undefined) shown.push(row.key);
		items.push(<Item key={row.folder ? `/${row.folder.prefix}` : `.${row.key}`} row={row} index={i} now={now} top={i * height - offset + view.top} {...rest} />);
	}
	useEffect(() => rest.details.want(shown), [rest.details, first, last, rows]);
	return (
		<div class="grid" role="treegrid" aria-label="Keys" aria-rowcount={rows.length} aria-multiselectable="true" onKeyDown={(e) => move(e, box.current!, rows, rest)}>
			<div class="heads" role="row">
				{columns.map(([name, words]) => (
					<span role="columnheader" class={name} aria-sort={sort?.by === name ? (sort.down ? 'descending' : 'ascending') : 'none'}>
						<button type="button" onClick={() => onSort(name)}>{words}<span aria-hidden="true">{sort?.by === name ? (sort.down ? ' ↓' : ' ↑') : ''}</span></button>
					</span>
				))}
			</div>
			<div class="list" role="rowgroup" ref={box} onScroll={(e) => setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })}>
				<div class="space" role="presentation" style={{ height: `${space}px` }}>{items}</div>
			</div>
		</div>
	);
}

/** Arrows walk through the rows, and open and close folders. */
function move(event: KeyboardEvent, box: HTMLElement, rows: Rows, { open, onOpen }: ListProps) {
	const at = (event.target as HTMLElement).closest('[data-index]');
	if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
	const index = Number(at.getAttribute('data-index'));
	const focus = (i: number) => {
		const next = box.querySelector<HTMLElement>(`[data-index="${i}"] button`);
		next?.focus({ preventScroll: true });
		next?.scrollIntoView({ block: 'nearest' });
	};
	const row = rows.at(index);
	const opened = row.folder && open.has(row.folder.prefix);
	const actions: Record<string, () => void> = {
		ArrowDown: () => focus(index + 1),
		ArrowUp: () => focus(index - 1),
		ArrowRight: () => { if (row.folder && !opened) onOpen(row.folder.prefix, true); else if (row.folder) focus(index + 1); },
		ArrowLeft: () => {
			if (row.folder && opened) return onOpen(row.folder.prefix, false);
			for (let i = index - 1; i >= 0 && row.depth > 0; i--) if (rows.at(i).depth < row.depth) return focus(i);
		},
	};
	const action = actions[event.key];
	if (!action) return;
	event.preventDefault();
	action();
}
