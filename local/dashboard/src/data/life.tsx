// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import type { store } from '../api/client';
import { aboutDuration, DurationField, durationOf, secondsOf } from '../ui/duration';
import { bytes, seconds } from '../ui/format';
import { useAct } from '../ui/hooks';
import { useNow } from '../ui/now';
import { Problem } from '../ui/parts';
import { type Detail, left, typeName } from './details';

interface Props { kv: ReturnType<typeof store>; name: string; detail: Detail; size: number | undefined; writable: boolean; onChange: () => void }

/** Type, size and time to live of a key, counting down. */
export function Life({ kv, name, detail, size, writable, onChange }: Props) {
	const expires = detail.pttl >= 0;
	const ms = left(detail, useNow(expires));
	const [changing, setChanging] = useState(false);
	const [life, setLife] = useState(() => expires ? aboutDuration(Math.max(1, Math.ceil(detail.pttl / 1000))) : durationOf(3600));
	const { busy, error, act } = useAct();
	const apply = (f: () => Promise<unknown>) => act(async () => { await f(); onChange(); });
	useEffect(() => { if (expires && ms === 0) onChange(); }, [ms === 0]);
	return (
		<>
			<div class="row">
				<span class="badge plain">{typeName(detail.type)}</span>
				{size !== undefined && <span class="badge plain">{bytes(size)}</span>}
				<span class={`badge plain number ${expires ? 'warn' : ''}`} data-testid="ttl">{expires ? `expires in ${seconds(ms / 1000)}` : 'does not expire'}</span>
				{writable && <button type="button" class="small quiet" aria-label="Change time to live" aria-expanded={changing} onClick={() => setChanging(!changing)}>Change</button>}
			</div>
			{changing && (
				<form class="row end" onSubmit={(e) => { e.preventDefault(); void apply(() => kv.expire(name, secondsOf(life))); }}>
					<DurationField value={life} onChange={setLife} required autofocus />
					<button class="primary" disabled={busy}>Set</button>
					{expires && <button type="button" disabled={busy} onClick={() => apply(() => kv.persist(name))}>Never expire</button>}
				</form>
			)}
			<Problem error={error} />
		</>
	);
}
