// SPDX-License-Identifier: Apache-2.0

import { useId } from 'preact/hooks';

const units: [string, number][] = [['seconds', 1], ['minutes', 60], ['hours', 3600], ['days', 86400]];

export interface Duration { amount: string; unit: string }

export const noDuration: Duration = { amount: '', unit: 'seconds' };

/** Returns so many seconds in the largest unit that divides them. */
export function durationOf(seconds: number): Duration {
	const [unit, size] = [...units].reverse().find(([, n]) => seconds % n === 0) ?? units[0]!;
	return { amount: String(seconds / size), unit };
}

/** Returns about so many seconds in a unit of which there are at least two. */
export function aboutDuration(seconds: number): Duration {
	const [unit, size] = [...units].reverse().find(([, n]) => seconds >= 1.5 * n) ?? units[0]!;
	return { amount: String(Math.round(seconds / size)), unit };
}

/** Returns the seconds, 0 if no amount is given. */
export const secondsOf = ({ amount, unit }: Duration) => Number(amount) * (units.find(([name]) => name === unit)?.[1] ?? 1);

/** A field for a time to live. */
export function DurationField({ value, onChange, required, hint, autofocus }: { value: Duration; onChange: (d: Duration) => void; required?: boolean; hint?: string; autofocus?: boolean }) {
	const id = useId();
	const most = Math.floor(1_000_000_000 / secondsOf({ amount: '1', unit: value.unit }));
	return (
		<div class="field">
			<label for={id}>Time to live</label>
			<span class="row duration">
				<input id={id} type="number" min="1" max={most} step="1" autofocus={autofocus} required={required} aria-describedby={hint ? `${id}-hint` : undefined} value={value.amount} onInput={(e) => onChange({ ...value, amount: e.currentTarget.value })} />
				<select aria-label="Unit" value={value.unit} onChange={(e) => onChange({ ...value, unit: e.currentTarget.value })}>
					{units.map(([name]) => <option value={name} selected={name === value.unit}>{name}</option>)}
				</select>
			</span>
			{hint && <span class="hint" id={`${id}-hint`}>{hint}</span>}
		</div>
	);
}
