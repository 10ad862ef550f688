// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { api, readPage } from '../api/client';
import { at } from '../base';
import { bytes, seconds, time } from '../ui/format';
import { useLoad, useTitle } from '../ui/hooks';
import { Await, Dialog, Page, Table } from '../ui/parts';

export function System() {
	useTitle('System');
	const system = useLoad(api.system, [], 30);
	const [metrics, setMetrics] = useState('');
	return (
		<Page title="System">
			<Await of={system} what="system information">{(s) => (
				<>
					<div class="pair">
						<section class="card stack">
							<h2>Server</h2>
							<dl class="facts">
								<dt>Version</dt><dd>tempskv {s.version}</dd>
								<dt>Built with</dt><dd>{s.go}, {s.platform}</dd>
								<dt>Started</dt><dd>{time(s.started_at)}</dd>
								<dt>Uptime</dt><dd>{seconds(s.uptime_seconds)}</dd>
							</dl>
						</section>
						<section class="card stack">
							<h2>Data directory</h2>
							<dl class="facts">
								<dt>Path</dt><dd class="mono">{s.data.path}</dd>
								<dt>Used</dt><dd>{bytes(s.data.used)}</dd>
								{s.data.disk_size > 0 && <><dt>Disk</dt><dd>{bytes(s.data.disk_free)} free of {bytes(s.data.disk_size)}
									<div class={`bar ${s.data.disk_free < s.data.disk_size / 10 ? 'full' : ''}`}><span style={{ width: `${100 - (100 * s.data.disk_free) / s.data.disk_size}%` }} /></div></dd></>}
							</dl>
						</section>
					</div>
					<section class="card flush">
						<div class="head"><h2>Configuration</h2><span class="row"><a href={at('/docs')} target="_blank" rel="noreferrer">Documentation</a>{s.metrics && <button type="button" class="small" onClick={() => setMetrics(s.metrics!)}>Metrics</button>}</span></div>
						<Table label="Configuration" rows={s.settings} id={(v) => v.name} columns={[
							['Setting', (v) => v.name, 'name'],
							['Value', (v) => (v.value ? <code>{v.value}</code> : <span class="muted">not set</span>)],
							['From', (v) => (v.from === 'default' ? <span class="muted">default</span> : v.from)],
						]} />
					</section>
				</>
			)}</Await>
			{metrics && <Metrics path={metrics} onClose={() => setMetrics('')} />}
		</Page>
	);
}

/** A link would not carry the session's secret. */
function Metrics({ path, onClose }: { path: string; onClose: () => void }) {
	const text = useLoad(() => readPage(path), [path]);
	return (
		<Dialog title="Metrics" onClose={onClose}>
			<Await of={text} what="metrics">{(t) => <pre class="value" tabIndex={0} role="region" aria-label="Metrics">{t}</pre>}</Await>
			<div class="foot"><button type="button" onClick={onClose}>Close</button></div>
		</Dialog>
	);
}
