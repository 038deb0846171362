// What happens to Node-RED while runs are in progress.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { STEADY, VOLATILE } from './durable-flow.mjs';
import { findOpen } from './ledger.mjs';

const DEPLOY_TYPES = ['full', 'flows', 'nodes', 'nodes'];

/** Deploys so many times, each time with random edits, and keeps so many messages under way. */
export async function redeployAtRandom(runtime, random, { deploys, inFlight }) {
	const { flow, simulator } = runtime;
	const refill = () => {
		const tab = random.pick([...STEADY, ...(flow.takes(VOLATILE) ? [VOLATILE] : [])]);
		const missing = inFlight - findOpen(runtime).length;
		simulator.update({ latencyMs: random.between(20, 1_500) });
		if (random.chance(0.1)) simulator.inject({ name: 'run_failed' });
		return missing > 0 ? runtime.send(tab, random.between(1, missing)) : undefined;
	};
	for (let made = 0; made < deploys; made += 1) {
		const refilled = random.chance(0.8) ? refill() : undefined;
		// Messages arrive between deploys and in the middle of them.
		if (random.chance(0.5)) await refilled;
		flow.edit(random);
		await runtime.deploy(random.pick(DEPLOY_TYPES));
		await refilled;
		await pause(random.between(0, 40));
	}
	flow.delete();
	await runtime.deploy('nodes');
}

/** Stops and starts Node-RED at random moments, sometimes in the middle of a deploy. */
export async function endAtRandom(runtime, random, signals) {
	const { flow, simulator } = runtime;
	for (const signal of signals) {
		await runtime.start();
		const last = random.between(0, 1_500);
		simulator.update({ latencyMs: random.between(20, 2_500) });
		const sending = [runtime.send(random.pick(STEADY), random.between(3, 8))];
		await pause(random.between(0, last));
		sending.push(runtime.send(random.pick(STEADY), random.between(1, 4)));
		await pause(random.between(0, last));
		if (random.chance(0.25)) {
			flow.edit(random);
			sending.push(runtime.deploy(random.pick(DEPLOY_TYPES)).catch(() => undefined));
			await pause(random.between(0, 30));
		}
		await runtime.stop(signal);
		await Promise.all(sending);
	}
	await runtime.start();
}

/** Starts Node-RED, deploys, and gets so many requests under way at RunComfy, on several tabs. */
export async function startWith(runtime, count, latencyMs, options) {
	const { simulator } = runtime;
	await runtime.start(options);
	await runtime.deploy('full');
	simulator.update({ latencyMs });
	const share = Math.ceil(count / STEADY.length);
	const shares = STEADY.map((_tab, at) => Math.min(share, count - at * share));
	await Promise.all(STEADY.map((tab, at) => runtime.send(tab, shares[at])));
	await until('every message is accepted', () => {
		const accepted = [...runtime.journal().values()].filter(({ receipt }) => receipt.ids.requestId);
		return accepted.length === count;
	});
}

/** Sends as many messages as there are faults, under all of them at once, and then twice as many. */
export async function sendUnderFaults(runtime, faults) {
	for (const times of [1, 3]) {
		for (const fault of faults) runtime.simulator.inject({ ...fault, times });
		for (const tab of STEADY) await runtime.send(tab, Math.ceil(faults.length / STEADY.length));
		await runtime.settled(60_000);
		runtime.simulator.clearFaults();
	}
}

/** Sends so many messages at once, and waits until the last one has arrived. */
export async function sendBurst(runtime, count) {
	await runtime.start();
	await runtime.deploy('full');
	runtime.simulator.update({ latencyMs: 2_000 });
	const share = Math.ceil(count / STEADY.length);
	const sending = STEADY.map((tab) => runtime.send(tab, share));
	await Promise.all(sending);
	const all = [...runtime.messages.values()];
	await runtime.soon('every message has come in', () => all.every(({ reached }) => reached));
	// The turn of the event loop in which it arrived is over.
	await runtime.turn();
}

/** Shuffles the values. */
export function shuffled(random, values) {
	const rest = [...values];
	return values.map(() => rest.splice(random.below(rest.length), 1)[0]);
}
