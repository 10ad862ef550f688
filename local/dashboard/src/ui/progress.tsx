// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import { type Event, Refusal, watchEvents } from '../api/client';

const again = 3000; // ms, until it connects again

/** Follows the jobs of the service while the page is shown. */
export function useEvent(): Event | undefined {
	const [event, setEvent] = useState<Event>();
	useEffect(() => {
		const stop = new AbortController();
		let timer: ReturnType<typeof setTimeout>;
		const retry = () => { if (!stop.signal.aborted) timer = setTimeout(watch, again); };
		const watch = () => void watchEvents(stop.signal, setEvent).then(retry, (error) => { if (!(error instanceof Refusal)) retry(); });
		watch();
		return () => { stop.abort(); clearTimeout(timer); };
	}, []);
	return event;
}

/** Shows the progress of a job. */
export function Progress({ event }: { event: Event | undefined }) {
	const step = event && !event.done && event.step ? event.step : 'Getting ready';
	return (
		<div class="stack" role="status">
			<span>{step}…{event && event.percent > 0 ? ` ${event.percent}%` : ''}</span>
			<progress aria-label={step} max={100} value={event?.percent || undefined} />
		</div>
	);
}

/** Progress of a job that the user just started. The call itself returns its result. */
export function Working() {
	return <Progress event={useEvent()} />;
}
