// Status calls and lag of one 5-minute run, on a virtual clock: the core's own polling against a
// service that answers at once.
import { loadCore } from '../scripts/dist.mjs';

const MINUTE = 60_000;

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function polling() {
	// Only now: the build comes first.
	const core = loadCore();
	return [...(await measure(core, 2_000)), ...(await measure(core, MINUTE))];
}

async function measure(core, queuedMs) {
	const runTimes = core.createRunTimes();
	const unknown = await watchRun(core, queuedMs, 5 * MINUTE, runTimes);
	const known = await watchRun(core, queuedMs, 5 * MINUTE, runTimes);
	const after = `after ${queuedMs / 1000} s in the queue`;
	return [
		{ name: `status calls, first run, ${after}`, value: unknown.calls, unit: '', most: 30 },
		{ name: 'lag after its end', value: unknown.lag, unit: '%', most: 15 },
		{ name: `status calls, run time known, ${after}`, value: known.calls, unit: '', most: 12 },
		{ name: 'lag after its end', value: known.lag, unit: '%', most: 5 },
	];
}

async function watchRun(core, queuedMs, runMs, runTimes) {
	let clock = 0;
	const submittedAt = clock;
	const ends = queuedMs + runMs;
	const state = () => (clock < queuedMs ? 'in_queue' : clock < ends ? 'in_progress' : 'completed');
	const iso = (ms) => new Date(ms).toISOString();
	const host = {
		now: () => clock,
		sleep: async (ms) => {
			clock += ms;
		},
		request: async ({ url }) => {
			const status = state();
			const body = url.endsWith('/status')
				? { status }
				: status === 'completed'
					? { status: 'succeeded', outputs: {}, created_at: iso(0), finished_at: iso(ends) }
					: { status };
			return { status: 200, headers: {}, body: JSON.stringify(body) };
		},
	};
	const client = core.createClient({ host });
	const ref = { deploymentId: 'deployment', requestId: 'request' };
	const { statusCalls } = await core.watch(client, ref, { submittedAt, runTimes });
	return { calls: statusCalls, lag: (100 * (clock - ends)) / runMs };
}
