// How much work a call is, as a number that is the same on every machine: how often V8 enters the blocks of each
// function. What a regular expression does is not in it; those are looked at by test/package/regexps.test.mts.
import { Session } from 'node:inspector';

export interface StepCounter {
	/** Blocks of the wanted files that are entered while it runs. */
	count(work: () => unknown): Promise<number>;
	stop(): void;
}

/**
 * To be made before the code that it counts has run for the first time: V8 counts only the blocks of what it
 * compiles from then on.
 */
export function countSteps(wanted: RegExp): StepCounter {
	const session = new Session();
	session.connect();
	session.post('Profiler.enable');
	session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
	/** What was entered since it was last asked. */
	const take = () => {
		let steps = 0;
		session.post('Profiler.takePreciseCoverage', (error, answer) => {
			if (error) throw error;
			const functions = answer.result
				.filter(({ url }) => wanted.test(url))
				.flatMap((script) => script.functions);
			// The most that one of its blocks was entered: V8 makes one of neighbours that are entered as often.
			const most = functions.map(({ ranges }) => Math.max(...ranges.map(({ count }) => count)));
			steps = most.reduce((sum, count) => sum + count, 0);
		});
		return steps;
	};
	return {
		async count(work) {
			take();
			await work();
			return take();
		},
		stop: () => session.disconnect(),
	};
}
