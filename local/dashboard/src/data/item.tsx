// SPDX-License-Identifier: Apache-2.0

import { bytes, count, seconds } from '../ui/format';
import { type Detail, isForeign, left, typeName } from './details';
import type { Folder, Row } from './keys';
import type { ListProps } from './list';

type Props = ListProps & { row: Row; index: number; now: number; top: number };

/** One row: a folder or a key. */
export function Item({ row, index, top, ...rest }: Props) {
	const chosen = row.folder ? undefined : rest.chosen.has(row.key);
	return (
		<div class={`item ${row.key !== undefined && row.key === rest.current ? 'current' : ''}`} role="row" data-index={index} aria-rowindex={index + 1} aria-level={row.depth + 1}
			aria-expanded={row.folder ? rest.open.has(row.folder.prefix) : undefined} aria-selected={chosen} style={{ top: `${top}px` }}>
			{row.folder ? <FolderCells folder={row.folder} depth={row.depth} {...rest} /> : <KeyCells name={row.name} of={row.key} depth={row.depth} {...rest} />}
		</div>
	);
}

const indent = (depth: number) => ({ paddingLeft: `${Math.min(depth, 12) * 18}px` });

function FolderCells({ folder, depth, open, chosenIn, onOpen, onChoose }: ListProps & { folder: Folder; depth: number }) {
	const opened = open.has(folder.prefix);
	const n = chosenIn.get(folder.prefix) ?? 0;
	return (
		<>
			<span role="gridcell" class="name" style={indent(depth)}>
				<input type="checkbox" tabIndex={-1} aria-label={`Choose all in ${folder.prefix.slice(0, 100)}`} checked={n > 0 && n === folder.count} indeterminate={n > 0 && n < folder.count}
					onChange={(e) => onChoose(folder, e.currentTarget.checked)} />
				<span class="twist" aria-hidden="true">{opened ? '▾' : '▸'}</span>
				<button type="button" aria-expanded={opened} title={folder.prefix} onClick={() => onOpen(folder.prefix, !opened)}><span>{folder.name}</span></button>
			</span>
			<span role="gridcell" class="count">{count(folder.count)}</span>
		</>
	);
}

function KeyCells({ name, of, depth, details, current, chosen, now, onShow, onChoose }: ListProps & { name: string; of: string; depth: number; now: number }) {
	const detail = details.get(of);
	return (
		<>
			<span role="gridcell" class="name" style={indent(depth)}>
				<input type="checkbox" aria-label={`Choose ${of.slice(0, 100)}`} checked={chosen.has(of)} onChange={(e) => onChoose([of], e.currentTarget.checked)} />
				<button type="button" aria-current={of === current ? 'true' : undefined} title={of.slice(0, 300)} onClick={() => onShow(of)}><span>{name.slice(0, 300)}</span></button>
			</span>
			<span role="gridcell" class="type">{detail ? typeName(detail.type) : ''}</span>
			<span role="gridcell" class="size number">{detail && !isForeign(detail.type) && detail.type !== 'none' ? bytes(detail.size) : ''}</span>
			<span role="gridcell" class="ttl number">{detail ? life(detail, now) : ''}</span>
		</>
	);
}

function life(detail: Detail, now: number): string {
	const ms = left(detail, now);
	return ms < 0 ? '–' : ms === 0 ? 'expired' : seconds(ms / 1000);
}
