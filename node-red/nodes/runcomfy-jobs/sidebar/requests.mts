// HTTP calls of the tab to the runtime.
import type { JobList } from '../../../contract/jobs.ts';

// URLs must be relative, so that the editor adds its root path and the user's session.

export function loadJobs(withUrls: boolean): Promise<JobList> {
	const url = withUrls ? 'runcomfy/jobs/with-urls' : 'runcomfy/jobs';
	return answerOf<JobList>({ url, dataType: 'json', timeout: 15_000 });
}

export function requestCancel(job: string): Promise<unknown> {
	// Protects against cross-site requests: another site cannot send JSON, and the runtime accepts nothing else.
	const json = { method: 'POST', data: '{}', contentType: 'application/json' };
	return answerOf({ url: `runcomfy/jobs/${encodeURIComponent(job)}/cancel`, ...json });
}

/** @throws RequestError */
function answerOf<T>(settings: JQuery.AjaxSettings): Promise<T> {
	return new Promise((resolve, reject) => {
		$.ajax({
			...settings,
			success: (answer: T) => resolve(answer),
			error: ({ status }) => reject(new RequestError(status)),
		});
	});
}

export class RequestError extends Error {
	/** 0 if there was no answer. */
	constructor(readonly status: number) {
		super(status === 0 ? 'no answer' : `HTTP ${status}`);
	}
}

/** Reloads the tab's data after every change, one load at a time. `load` may reject. */
export function createFeed<T>(options: {
	load: () => Promise<T>;
	onLoaded: (loaded: T) => void;
	onFailed: (error: unknown) => void;
}) {
	let fresh = false;
	let visible = false;
	let loading = false;

	const loadIfNeeded = async () => {
		if (fresh || !visible || loading) return;
		fresh = true;
		loading = true;
		try {
			options.onLoaded(await options.load());
		} catch (error) {
			options.onFailed(error);
		}
		loading = false;
		void loadIfNeeded();
	};

	return {
		/** Call this when there may be new data. */
		stale() {
			fresh = false;
			void loadIfNeeded();
		},
		/** Follows the tab's visibility: nothing is loaded while it is hidden. */
		setVisible(next: boolean) {
			visible = next;
			void loadIfNeeded();
		},
	};
}
