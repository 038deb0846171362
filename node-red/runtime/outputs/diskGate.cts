import { perRuntime } from '../runtime.cjs';

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

interface Step<T> {
	/** The directory that it is about: one step at a time is taken there. */
	place: string;
	ask: () => Promise<T>;
	/** Milliseconds in which the disk must have answered. */
	limitMs: number;
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
export async function takeStep<T>({
	place,
	ask,
	limitMs,
	onSilence,
	patient = false,
}: Step<T>): Promise<T> {
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
