// n8n's own Wait nodes when processes end in the same ways: no node can keep what they lose.
import { setTimeout as pause } from 'node:timers/promises';
import { WAIT_PATH, waitWorkflow } from '../lib/batchWorkflow.mjs';
import { textOf } from '../lib/workflow.mjs';

const FIRST_MARK = 900_000;

/**
 * Keeps so many of them waiting, and calls each one until n8n takes the call.
 * @param {import('../lib/world.mjs').World} world
 * @param {{random: ReturnType<import('../../e2e/lib/random.mjs').createRandom>, waitMs: [number, number], inFlight: number}} options
 */
export async function startWaits(world, { random, waitMs, inFlight }) {
	const { deliveries, post, sinkUrl } = world;
	await world.addWorkflow(waitWorkflow(sinkUrl), WAIT_PATH);
	/** @type {Map<number, {called: boolean, taken: boolean}>} */
	const waits = new Map();
	let marks = FIRST_MARK;
	const addressOf = (mark) => deliveries.get(mark * 1_000_000)?.[0]?.requestId;
	const isOut = (mark) => deliveries.has(mark);
	let over = false;

	const call = async (wait, mark, ms) => {
		while (!over && !addressOf(mark)) await pause(200);
		await pause(ms);
		while (!over && !wait.taken && !isOut(mark)) {
			wait.called = true;
			const answer = await fetch(addressOf(mark), {
				method: 'POST',
				headers: { connection: 'close' },
			}).catch(() => undefined);
			// 409 means that n8n is running it, or that it has ended.
			wait.taken = answer?.status === 200 || answer?.status === 409;
			await pause(1_000);
		}
	};

	return {
		async refill() {
			const going = [...waits].filter(([mark, { taken }]) => !taken && !isOut(mark)).length;
			for (let count = going; count < inFlight; count += 1) {
				marks += 1;
				const answer = await post({ mark: textOf(marks) }, WAIT_PATH).catch(() => undefined);
				if (!answer?.ok) continue;
				const wait = { called: false, taken: false };
				waits.set(marks, wait);
				void call(wait, marks, random.between(...waitMs));
			}
		},
		/** Those that were called, and those of them that never came out. */
		async end(withinMs) {
			const called = () => [...waits].filter(([, wait]) => wait.called).map(([mark]) => mark);
			const lost = () => called().filter((mark) => !isOut(mark));
			const deadline = Date.now() + withinMs;
			while (lost().length > 0 && Date.now() < deadline) await pause(1_000);
			over = true;
			return { called: called().length, lost: lost().length };
		},
	};
}
