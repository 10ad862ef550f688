// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { useCan } from '../session';
import { ago, count, time } from '../ui/format';
import { useAct } from '../ui/hooks';
import { Problem, Text } from '../ui/parts';
import { every } from './words';

type Plan = Schemas['Schedule'];

/** Shows the schedule of backups and its last result, and changes it in place. */
export function Schedule({ schedule, location, onChange }: { schedule: Plan; location: string; onChange: () => void }) {
	const admin = useCan('SystemAdmin');
	const [editing, setEditing] = useState(false);
	return (
		<section class="card stack">
			<div class="row apart"><h2>Schedule</h2><State schedule={schedule} /></div>
			<Trouble schedule={schedule} />
			{editing ? <Edit schedule={schedule} onClose={() => setEditing(false)} onSaved={() => { setEditing(false); onChange(); }} /> : (
				<>
					<Facts schedule={schedule} location={location} />
					{admin && <div class="row"><button type="button" onClick={() => setEditing(true)}>Change schedule</button></div>}
				</>
			)}
		</section>
	);
}

function State({ schedule }: { schedule: Plan }) {
	if (schedule.every_hours === 0) return <span class="badge">Off</span>;
	if (schedule.error) return <span class="badge bad">Failing</span>;
	return schedule.overdue ? <span class="badge warn">Overdue</span> : <span class="badge good">On time</span>;
}

function Trouble({ schedule: s }: { schedule: Plan }) {
	return (
		<>
			{s.error && <p class="notice bad" role="status">The last attempt{s.last_attempt_at && `, of ${time(s.last_attempt_at)},`} failed: {s.error}. It will be tried again.</p>}
			{s.overdue && <p class="notice warn" role="status">A backup is overdue: {s.last_success_at ? `the last one is of ${time(s.last_success_at)}` : 'there is none yet'}.</p>}
		</>
	);
}

function Facts({ schedule: s, location }: { schedule: Plan; location: string }) {
	return (
		<dl class="facts">
			<dt>Backups</dt><dd>{s.every_hours === 0 ? 'No automatic backups' : `The whole service, ${every(s.every_hours)}`}</dd>
			{s.every_hours > 0 && <><dt>Keeps</dt><dd>{s.keep === 0 ? 'All of them' : `The latest ${s.keep === 1 ? 'one' : count(s.keep)}`}</dd></>}
			{s.every_hours > 0 && <><dt>Next</dt><dd>{!s.next_at ? '–' : Date.parse(s.next_at) <= Date.now() ? 'Within a minute' : time(s.next_at)}</dd></>}
			<dt>Last success</dt><dd>{s.last_success_at ? <>{time(s.last_success_at)} <span class="muted">{ago(s.last_success_at)}</span></> : 'None yet'}</dd>
			<dt>Kept in</dt><dd><code>{location}</code></dd>
		</dl>
	);
}

function Edit({ schedule, onClose, onSaved }: { schedule: Plan; onClose: () => void; onSaved: () => void }) {
	const [hours, setHours] = useState(String(schedule.every_hours || 24));
	const [keep, setKeep] = useState(String(schedule.every_hours ? schedule.keep : schedule.keep || 7));
	const { busy, error, act } = useAct();
	const save = () => act(async () => {
		await api.scheduleBackups({ every_hours: Number(hours), keep: Number(keep) });
		onSaved();
	});
	return (
		<form class="stack" onSubmit={(e) => { e.preventDefault(); void save(); }}>
			<Text label="Interval in hours" type="number" min="0" max="8760" required value={hours} onText={setHours} autofocus hint="24 is a day, 168 a week; 0 for never. After a change the first backup is made soon." />
			<Text label="Keep" type="number" min="0" max="10000" required value={keep} onText={setKeep} hint="How many automatic backups to keep; 0 for all. Others are kept until you delete them." />
			<Problem error={error} />
			<div class="row"><button class="primary" disabled={busy}>{busy ? 'Saving…' : 'Save schedule'}</button><button type="button" onClick={onClose}>Cancel</button></div>
		</form>
	);
}
