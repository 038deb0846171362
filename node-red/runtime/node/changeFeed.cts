/** How something looks now, and after how many milliseconds it would look different by itself. */
export interface Look<T> {
	value: T;
	staleInMs?: number | undefined;
}

export type ChangeFeed = ReturnType<typeof createChangeFeed>;

/** Publishes how something looks: on change only, at most once in `gapMs`, the last look always. */
export function createChangeFeed<T>(options: {
	gapMs: number;
	look: () => Look<T>;
	publish: (value: T) => void;
	/** What was published last, as JSON, and when (milliseconds since the epoch), perhaps by an earlier feed. */
	last: { text: string; at: number };
}) {
	const { gapMs, look, publish, last } = options;
	let timer: NodeJS.Timeout | undefined;
	/** When that calls, by the clock. */
	let due = Infinity;
	let closed = false;

	// A clock that is set back must not make it wait for longer.
	const waitMs = () => Math.min(gapMs, last.at + gapMs - Date.now());

	const flushIn = (ms: number) => {
		clearTimeout(timer);
		timer = setTimeout(flush, ms);
		due = Date.now() + ms;
	};

	const flush = () => {
		clearTimeout(timer);
		due = Infinity;
		const { value, staleInMs } = look();
		const text = JSON.stringify(value);
		if (text !== last.text) {
			last.text = text;
			last.at = Date.now();
			publish(value);
		}
		// `publish` may have closed it.
		if (staleInMs === undefined || closed) return;
		flushIn(Math.max(staleInMs, waitMs()));
	};

	return {
		/** To be called after every change of what is looked at. */
		update() {
			if (closed) return;
			const ms = waitMs();
			if (ms <= 0) flush();
			// A burst of changes is one look.
			else if (due > Date.now() + ms) flushIn(ms);
		},
		/** Nothing is published from then on, and no timer is left. */
		close() {
			closed = true;
			clearTimeout(timer);
		},
	};
}
