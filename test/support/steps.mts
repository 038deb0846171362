// Measures the work of a call as a number that is the same on every machine: how often V8 enters the blocks of each
// function. Regular expressions are not included; test/package/regexps.test.mts checks them.
import { Session } from 'node:inspector';

export interface StepCounter {
	/** Counts blocks of the wanted files that are entered during the work. */
	count(work: () => unknown): Promise<number>;
	stop(): void;
}

/**
 * Create it before the measured code runs for the first time, because V8 counts only blocks that are compiled
 * afterwards.
 */
export function countSteps(wanted: RegExp): StepCounter {
	const session = new Session();
	session.connect();
	session.post('Profiler.enable');
	session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
	/** Blocks entered since the last call. */
	const take = () => {
		let steps = 0;
		session.post('Profiler.takePreciseCoverage', (error, answer) => {
			if (error) throw error;
			const functions = answer.result
				.filter(({ url }) => wanted.test(url))
				.flatMap((script) => script.functions);
			// The count of the most frequent block, because V8 merges neighbors with the same count.
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
