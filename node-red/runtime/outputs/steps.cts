import { perRuntime } from '../runtime.cjs';

/** Work on a disk, cut into the steps that it is asked for. */
export interface Steps {
	/** The next step; none is taken once the work was given up. */
	next<T>(ask: () => Promise<T>): Promise<T>;
	/** A step that leaves things tidy: it is taken also when nobody waits for it any more, however late. */
	tidy<T>(ask: () => Promise<T>): Promise<T>;
}

interface Limits {
	/** The directory that the steps are about: one at a time is taken there. */
	place: string;
	/** Milliseconds in which the disk must have answered a step. The work may have any number of them. */
	limitMs: number;
}

/**
 * Does work of which each step may never be answered: a mount that is out of reach neither answers
 * nor fails. Nothing can call such a step back; it is no longer waited for. If it is answered
 * after all, the work gets to its `tidy` steps then, unseen.
 * @throws what the work throws, or an error once the disk has not answered, or the signal aborts
 */
export async function inSteps<T>(
	{ signal, ...limits }: Limits & { signal?: AbortSignal | undefined },
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
	const tidy: Steps['tidy'] = (ask) =>
		takeStep(ask, { ...limits, onSilence: giveUp, patient: true });
	const next: Steps['next'] = (ask) => {
		const unlessOver = async () => {
			if (over) throw over;
			return await ask();
		};
		return takeStep(unlessOver, { ...limits, onSilence: giveUp });
	};
	signal?.addEventListener('abort', stop);
	if (signal?.aborted) stop();
	try {
		return await Promise.race([left, work({ next, tidy })]);
	} finally {
		signal?.removeEventListener('abort', stop);
	}
}

/**
 * Steps that may be under way at once. libuv has four threads for all files and names of Node-RED, and
 * a step that a disk never answers keeps one for good.
 */
const AT_ONCE = 2;

interface Waiter {
	place: string;
	enter(): void;
	/** @returns whether it does not wait any longer */
	refuse(error: Error): boolean;
}

/** Where a step is under way, and for how many seconds it has not been answered, if that is too long. */
const underWay = perRuntime(() => new Map<string, { silentFor?: number }>());
const waiting = perRuntime(() => new Set<Waiter>());

interface StepLimits extends Limits {
	/** Called once it has not, or if the step is refused. Nothing can call back a step under way. */
	onSilence: (error: Error) => void;
	/** Whether a step that is refused is taken anyway, once the place has answered. */
	patient?: boolean;
}

/**
 * Takes a step on a disk when it is its turn. A place that is silent is asked nothing more until it
 * answers, and where as many as may be are silent, no other is, either.
 * @throws what the step throws, or an error if it is refused
 */
async function takeStep<T>(
	ask: () => Promise<T>,
	{ place, limitMs, onSilence, patient = false }: StepLimits,
): Promise<T> {
	await new Promise<void>((resolve, reject) => {
		const refuse = (error: Error) => {
			onSilence(error);
			if (!patient) reject(error);
			return !patient;
		};
		waiting().add({ place, enter: resolve, refuse });
		goOn();
	});
	const timer = setTimeout(() => {
		const silentFor = limitMs / 1000;
		underWay().set(place, { silentFor });
		onSilence(new Error(silence(place, silentFor)));
		goOn();
	}, limitMs);
	try {
		return await ask();
	} finally {
		clearTimeout(timer);
		underWay().delete(place);
		goOn();
	}
}

/** Lets in whoever may go, and refuses whoever would wait for a silent place. */
function goOn(): void {
	for (const waiter of waiting()) {
		const refusal = refusalFor(waiter.place);
		if (refusal) {
			if (waiter.refuse(refusal)) waiting().delete(waiter);
		} else if (underWay().size < AT_ONCE && !underWay().has(waiter.place)) {
			waiting().delete(waiter);
			underWay().set(waiter.place, {});
			waiter.enter();
		}
	}
}

function refusalFor(place: string): Error | undefined {
	const silences = [...underWay()].flatMap(([one, { silentFor }]) =>
		silentFor === undefined ? [] : [{ one, text: silence(one, silentFor) }],
	);
	const own = silences.find(({ one }) => one === place);
	if (own) return new Error(`${own.text}, and is not asked again until it does`);
	if (silences.length < AT_ONCE) return undefined;
	const all = silences.map(({ text }) => text).join('; ');
	return new Error(`${all}: no file is written until one of them does`);
}

function silence(place: string, seconds: number): string {
	return `${place} has not answered for ${seconds} seconds`;
}
