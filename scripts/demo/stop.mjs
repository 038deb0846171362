// What Ctrl-C does to runs: they are canceled, and named by their ids.
import { until } from '../process.mjs';

/** @typedef {'under way' | 'canceled'} State */

/** How long to wait for RunComfy's answer to a cancel. */
const PATIENCE_MS = 15_000;

/**
 * Cancels what runs in a Node-RED, as the button of its sidebar does.
 * @param {string} url of its editor
 * @param {{withinMs?: number}} [options]
 * @returns {Promise<string | undefined>} what became of the runs, for a person; undefined if there were none
 */
export async function cancelRunsOf(url, { withinMs = PATIENCE_MS } = {}) {
	const going = (await jobsOf(url)).filter(isGoing);
	if (going.length === 0) return undefined;
	for (const { job } of going) {
		await fetch(`${url}/runcomfy/jobs/${job}/cancel`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: '{}',
		});
	}
	const mine = new Set(going.map(({ job }) => job));
	const read = async () => (await jobsOf(url)).filter(({ job }) => mine.has(job));
	await until('the cancel', async () => !(await read()).some(isGoing), withinMs).catch(
		() => undefined,
	);
	/** @type {Map<string, State>} */
	const states = new Map();
	for (const { requestId, outcome } of await read()) {
		if (requestId) states.set(requestId, outcome === 'run_canceled' ? 'canceled' : 'under way');
	}
	return whatWasStopped(states, going.length);
}

/**
 * @param {Map<string, State>} states by request id
 * @param {number} submits
 */
export function whatWasStopped(states, submits) {
	if (states.size === 0) {
		return submits === 0
			? 'Stopped. Nothing was sent to RunComfy.'
			: 'Stopped while the run was sent: look on RunComfy’s page whether it is there.';
	}
	const lines = [...states].map(([id, state]) =>
		state === 'canceled'
			? `request ${id} was canceled at RunComfy`
			: `request ${id} had ended, or goes on: look at it on RunComfy’s page`,
	);
	return `Stopped: ${lines.join('; ')}.`;
}

/** @typedef {{job: string, requestId?: string, endedAt?: number, outcome?: string}} Job */

/** @param {string} url @returns {Promise<Job[]>} */
async function jobsOf(url) {
	const answer = await fetch(`${url}/runcomfy/jobs`);
	return /** @type {any} */ (await answer.json()).jobs;
}

/** @param {Job} job */
const isGoing = ({ endedAt }) => endedAt === undefined;
