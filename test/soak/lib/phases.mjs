// The load, in phases, and what is measured between them.
import { setTimeout as pause } from 'node:timers/promises';
import { injectFaults } from './faults.mjs';
import { beginDelay, delayOf, handlesOf, heapOf } from './looks.mjs';

/** Requests of each phase; 1,000 in all. */
export const REQUESTS = 200;
/** For checking that the test itself works. */
export const FEW_REQUESTS = 30;
/** How many milliseconds a run takes, in each phase. */
const RUNS = [2_000, 2_750, 3_500, 4_250, 5_000];
const WARM_UP = { count: 100, runMs: 2_000 };
/** After so long, connections that are kept for the next request have closed. */
const REST_MS = 8_000;

/**
 * @typedef {object} Host
 * @property {string} name
 * @property {Record<string, import('./looks.mjs').Process>} processes
 * @property {any} simulator
 * @property {(count: number) => Promise<void>} perform resolves once as many results are out
 * @property {() => {results: number, repeated: number}} came out so far
 */

/**
 * @param {Host} host
 * @param {number} count of each phase
 * @returns {Promise<Outcome>}
 */
export async function soak(host, count) {
	const { simulator, processes } = host;
	const perform = async (/** @type {{count: number, runMs: number}} */ { count, runMs }) => {
		simulator.update({ latencyMs: runMs });
		simulator.requests.length = 0;
		injectFaults(simulator, count);
		await host.perform(count);
		simulator.clearFaults();
		return simulator.requests.filter((request) => request.faults.length > 0).length;
	};
	await perform({ ...WARM_UP, count: Math.min(WARM_UP.count, count) });
	const before = { paid: simulator.jobs.size, ...host.came() };
	const began = Date.now();
	let faults = 0;
	/** @type {Outcome['looks']} */
	const looks = Object.fromEntries(Object.keys(processes).map((name) => [name, []]));
	for (const runMs of RUNS) {
		for (const one of Object.values(processes)) await beginDelay(one);
		faults += await perform({ count, runMs });
		const delays = await each(processes, delayOf);
		await pause(REST_MS);
		const handles = await each(processes, handlesOf);
		const heaps = await each(processes, heapOf);
		for (const name of Object.keys(processes))
			looks[name].push({ delay: delays[name], handles: handles[name], heap: heaps[name] });
	}
	const { results, repeated } = host.came();
	return {
		host: host.name,
		requests: count * RUNS.length,
		faults,
		looks,
		paid: simulator.jobs.size - before.paid,
		results: results - before.results,
		repeated: repeated - before.repeated,
		seconds: Math.round((Date.now() - began) / 1000),
	};
}

/**
 * @typedef {object} Outcome
 * @property {string} host
 * @property {number} requests
 * @property {number} faults that a request has met
 * @property {number} paid requests that RunComfy has accepted
 * @property {number} results
 * @property {number} repeated results that came out more than once
 * @property {number} seconds
 * @property {Record<string, Array<{delay: number, handles: Record<string, number>, heap: number}>>} looks after each phase
 */

async function each(processes, look) {
	const found = {};
	for (const [name, one] of Object.entries(processes)) found[name] = await look(one);
	return found;
}
