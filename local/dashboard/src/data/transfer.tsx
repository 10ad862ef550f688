// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import { type Schemas, store } from '../api/client';
import { bytes, count, plural } from '../ui/format';
import { useAct } from '../ui/hooks';
import { Check, Dialog, Field, Problem } from '../ui/parts';
import { Import, type Report } from './importing';

const blobBytes = 8 << 20; // parts of an export are joined from so many bytes on

/** Collects an export. The browser may move what is in a Blob to its disk. */
class Collector {
	bytes = 0;
	lines = 0;
	#blobs: Blob[] = [];
	#parts: Uint8Array<ArrayBuffer>[] = [];
	#held = 0;

	add(part: Uint8Array<ArrayBuffer>) {
		this.#parts.push(part);
		this.#held += part.length;
		this.bytes += part.length;
		for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) this.lines++;
		if (this.#held >= blobBytes) this.#join();
	}

	#join() {
		this.#blobs.push(new Blob(this.#parts));
		this.#parts = [];
		this.#held = 0;
	}

	/** Returns all of it. Throws if the last line is missing, which says how many keys there are. */
	async whole(): Promise<{ file: Blob; keys: number }> {
		this.#join();
		const file = new Blob(this.#blobs, { type: 'application/x-ndjson' });
		const end = /\{"end":\{"keys":(\d+)\}\}\n$/.exec(await file.slice(-100).text());
		if (!end) throw new Error('The export was cut off before its end: start it again.');
		return { file, keys: Number(end[1]) };
	}
}

function save(file: Blob, name: string) {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(file);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Downloads all keys of a project. */
export function Export({ project, onClose }: { project: Schemas['Project']; onClose: () => void }) {
	const [progress, setProgress] = useState<{ bytes: number; lines: number }>();
	const [saved, setSaved] = useState<number>();
	const stop = useRef(new AbortController());
	const { busy, error, act } = useAct();
	useEffect(() => () => stop.current.abort(), []);
	const run = () => act(async () => {
		const found = new Collector();
		setProgress({ bytes: 0, lines: 0 });
		let painted = 0;
		await store(project.id).export(stop.current.signal, (part) => {
			found.add(part);
			if (performance.now() - painted < 100) return;
			painted = performance.now();
			setProgress({ bytes: found.bytes, lines: found.lines });
		});
		const { file, keys } = await found.whole();
		save(file, `${project.name.replace(/[^\w.-]+/g, '-')}-${new Date().toISOString().slice(0, 10)}.ndjson`);
		setSaved(keys);
	});
	return (
		<Dialog title="Export all keys" onClose={onClose}>
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void run(); }}>
				<p>A file with one line of JSON for each key: its name, its value as it is stored, and when it expires. Import reads it again.</p>
				{saved !== undefined ? <p class="notice good" role="status">{plural(saved, 'key')} exported. The browser saves the file.</p>
					: progress && busy && <div class="stack" role="status"><span>{plural(progress.lines, 'key')} so far, {bytes(progress.bytes)}…</span><progress aria-label="Exporting" /></div>}
				<Problem error={error} />
				<div class="foot">
					<button type="button" onClick={onClose}>{saved !== undefined ? 'Close' : busy ? 'Stop' : 'Cancel'}</button>
					{saved === undefined && <button class="primary" disabled={busy}>{busy ? 'Exporting…' : 'Export'}</button>}
				</div>
			</form>
		</Dialog>
	);
}

/** Uploads keys from a file. */
export function ImportKeys({ project, onDone, onClose }: { project: number; onDone: () => void; onClose: () => void }) {
	const [file, setFile] = useState<File>();
	const [keep, setKeep] = useState(false);
	const [report, setReport] = useState<Report>();
	const [state, setState] = useState<'asking' | 'done' | 'stopped'>('asking');
	const stop = useRef(new AbortController());
	const { busy, error, act } = useAct();
	useEffect(() => () => stop.current.abort(), []);
	const run = () => act(async () => {
		stop.current = new AbortController();
		const { signal } = stop.current;
		const work = new Import(project, keep, signal, setReport);
		try {
			await work.run(file!);
			setState(signal.aborted ? 'stopped' : 'done');
		} catch (failure) {
			setState('stopped');
			if (!signal.aborted) throw failure;
		} finally {
			setReport({ ...work.report });
		}
	});
	const close = () => (report && report.keys > 0 ? onDone() : onClose());
	return (
		<Dialog title="Import keys" onClose={close}>
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void run(); }}>
				{state === 'asking' && !busy && (
					<>
						<Field label="File" hint={<>One JSON object a line, as Export writes it: <code>{'{"key":"a","value":1}'}</code></>}>
							{(props) => <input {...props} type="file" accept=".ndjson,.jsonl,.json,application/x-ndjson" required onChange={(e) => setFile(e.currentTarget.files?.[0])} />}
						</Field>
						<Check checked={keep} onCheck={setKeep}>Leave keys alone that exist already. Otherwise they are replaced.</Check>
					</>
				)}
				{(busy || report) && <Result report={report} state={state} busy={busy} size={file?.size ?? 0} />}
				<Problem error={error} />
				<div class="foot">
					{busy ? <button type="button" onClick={() => stop.current.abort()}>Stop</button> : <button type="button" onClick={close}>{state === 'asking' ? 'Cancel' : 'Close'}</button>}
					{state === 'asking' && <button class="primary" disabled={busy || !file}>{busy ? 'Importing…' : 'Import'}</button>}
				</div>
			</form>
		</Dialog>
	);
}

function Result({ report, state, busy, size }: { report: Report | undefined; state: string; busy: boolean; size: number }) {
	const { keys, kept, expired, refused, faults, offset } = report ?? { keys: 0, kept: 0, expired: 0, refused: 0, faults: [], offset: 0 };
	return (
		<div class="stack">
			<div class="stack" role="status">
				<span>{state === 'stopped' && !busy ? 'Stopped: ' : ''}{plural(keys, 'key')} imported{busy ? ' so far…' : '.'}
					{kept > 0 && ` ${plural(kept, 'key')} existed already.`}{expired > 0 && ` ${plural(expired, 'key')} had expired.`}</span>
				{busy && <progress aria-label="Importing" max={size || 1} value={offset} />}
			</div>
			{refused > 0 && (
				<div class="notice warn" role="status">
					<strong>{refused === 1 ? '1 line was left out' : `${count(refused)} lines were left out`}</strong>
					<ul class="faults" tabIndex={0} aria-label="Lines left out">{faults.map((f) => <li>Line {count(f.line)}: {f.words}.</li>)}{refused > faults.length && <li>and {count(refused - faults.length)} more</li>}</ul>
				</div>
			)}
		</div>
	);
}
