// How much work a call is, as a number that is the same on every machine: how often V8 enters the blocks of each
// function. It does not include regular expressions, which test/package/regexps.test.mts checks.
import { Session } from 'node:inspector';

export interface StepCounter {
	/** Blocks of the wanted files that are entered while the work runs. */
	count(work: () => unknown): Promise<number>;
	stop(): void;
}

/**
 * Create it before the code that it counts has run for the first time, since V8 counts only the blocks of what it
 * compiles from then on.
 */
export function countSteps(wanted: RegExp): StepCounter {
	const session = new Session();
	session.connect();
	session.post('Profiler.enable');
	session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
	/** What was entered since the last call. */
	const take = () => {
		let steps = 0;
		session.post('Profiler.takePreciseCoverage', (error, answer) => {
			if (error) throw error;
			const functions = answer.result
				.filter(({ url }) => wanted.test(url))
				.flatMap((script) => script.functions);
			// How often the most frequent of its blocks was entered, since V8 merges neighbours that are entered equally
			// often.
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
