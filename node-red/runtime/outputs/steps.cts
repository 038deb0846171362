import { takeStep } from './diskGate.cjs';

/** Work on a disk, cut into the steps that it is asked for. */
export interface Steps {
	/** The next step; none is taken once the work was given up. */
	next<T>(ask: () => Promise<T>): Promise<T>;
	/** A step that leaves things tidy: it is taken also when nobody waits for it any more, however late. */
	tidy<T>(ask: () => Promise<T>): Promise<T>;
}

interface Patience {
	/** The directory that the steps are about. */
	place: string;
	/** Milliseconds in which the disk must have answered a step. The work may have any number of them. */
	limitMs: number;
	signal?: AbortSignal | undefined;
}

/**
 * Does work of which each step may never be answered: a mount that is out of reach neither answers
 * nor fails. Nothing can call such a step back; it is no longer waited for. If it is answered
 * after all, the work gets to its `tidy` steps then, unseen.
 * @throws what the work throws, or an error once the disk has not answered, or the signal aborts
 */
export async function inSteps<T>(
	{ place, limitMs, signal }: Patience,
	work: (steps: Steps) => Promise<T>,
): Promise<T> {
	let over: Error | undefined;
	let leave: (error: Error) => void = () => undefined;
	const left = new Promise<never>((_resolve, reject) => {
		leave = reject;
	});
	const giveUp = (error: Error) => {
		over ??= error;
		leave(over);
	};
	const stop = () => giveUp(new Error('Stopped'));
	const limits = { place, limitMs, onSilence: giveUp };
	const tidy: Steps['tidy'] = (ask) => takeStep({ ...limits, ask, patient: true });
	const next: Steps['next'] = (ask) =>
		takeStep({
			...limits,
			async ask() {
				if (over) throw over;
				return await ask();
			},
		});
	signal?.addEventListener('abort', stop);
	if (signal?.aborted) stop();
	try {
		return await Promise.race([left, work({ next, tidy })]);
	} finally {
		signal?.removeEventListener('abort', stop);
	}
}
