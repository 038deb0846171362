// Every fault of the simulator that may strike a run that is not canceled.
import { loadSimulator } from '../../../scripts/dist.mjs';

const { FAULT_TABLE } = loadSimulator();

const ROUTES = ['submit', 'status', 'result', 'storage'];

/** Shorter than in real life, so that a test can wait for it. */
const SHORT = {
	stall: { ms: 300 },
	slow_submit: { ms: 300 },
	run_time: { ms: 2_000 },
	huge_result: { bytes: 1024 * 1024 },
};

/** Each fault on each route of a run where it can strike. */
export const FAULTS = Object.entries(FAULT_TABLE).flatMap(([name, { on }]) => {
	const targets = on === '*' ? ROUTES : [on].flat().filter((target) => ROUTES.includes(target));
	return targets.map((target) => ({ name, on: target, ...SHORT[name] }));
});
