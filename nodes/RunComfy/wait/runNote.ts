import type { IExecuteFunctions } from 'n8n-workflow';
import type { Ledger } from '../session/ledger';
import { CLOCK } from '../transport/host';
import { resumeTokenOf } from './reentry';
import { type SeenList, seenListOf } from './seenList';

/** The maximum number of attempts to write a note, and the shortest pause between two, in milliseconds. */
const TRIES = 8;
const APART_MS = 100;

/** Milliseconds after the first accepted request, by which n8n has usually stored the execution. */
const STORED_MS = 1_000;

/**
 * Tells a later process that requests of this run may not be stored. Until n8n has stored the execution, only its
 * log has the request ids. If n8n is killed before that, a retry starts from the same data as this try, and would
 * submit everything again. The note's name identifies that data by its token, the run and the last park.
 */
export class RunNote {
	private readonly over = new AbortController();
	private readonly list: SeenList;
	/** Empty if n8n gives retries no token (2.8). */
	private readonly names: readonly string[];
	private isDue = false;
	private isWritten = false;
	private found: Promise<boolean> | undefined;

	constructor(context: IExecuteFunctions, { storedAs, hasUnstored }: Ledger) {
		this.list = seenListOf(context);
		const token = resumeTokenOf(context);
		this.names = token ? [`runcomfy run ${token} ${storedAs}`] : [];
		if (hasUnstored) this.accepted();
	}

	/** Call this when RunComfy has accepted a request. */
	accepted(): void {
		if (this.isDue || this.names.length === 0) return;
		this.isDue = true;
		void this.write().catch(() => undefined);
	}

	/**
	 * Whether an earlier process left the note. If not, writes the note, because n8n's list cannot be read without
	 * writing to it.
	 */
	async isFound(): Promise<boolean> {
		if (this.names.length === 0) return false;
		this.isWritten = true;
		return (this.found ??= this.list.add(this.names).then(({ length }) => length === 0));
	}

	/**
	 * Call this when the try is over. From then on, no request is lost if this process dies. A note that was found stays in
	 * the list: n8n still has to store that items were refused.
	 */
	async close(): Promise<void> {
		this.over.abort();
		if (this.isWritten && !(await this.found)) await this.list.remove(this.names);
	}

	private async write(): Promise<void> {
		const { signal } = this.over;
		await CLOCK.sleep(STORED_MS, signal);
		this.isWritten = true;
		// Another process may overwrite the note.
		for (let tries = 1; !signal.aborted; tries += 1) {
			if ((await this.list.add(this.names)).length === 0 || tries === TRIES) return;
			await CLOCK.sleep(APART_MS * (1 + 4 * Math.random()));
		}
	}
}
