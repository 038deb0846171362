// What a large picture costs between the message and the wire: all of it blocks the event loop.
import { createRequire } from 'node:module';
import { MB } from './load.mjs';

const ROUNDS = 5;

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function picture() {
	const require = createRequire(import.meta.url);
	const core = require('../dist/core/index.js');
	const { createHost } = require('../dist/node-red/runtime/account/host.cjs');
	const host = {
		...createHost({ token: '', dispatcher: () => undefined }),
		request: async () => ({ status: 200, headers: {}, body: '{"request_id":"1"}' }),
	};
	const client = core.createClient({ host });
	const bytes = Buffer.alloc(8 * MB, 7);
	bytes.write('\x89PNG\r\n\x1a\n', 'latin1');

	const native = await fastest(() => bytes.toString('base64'));
	const encoded = await fastest(() => core.toMediaInput(bytes, host));
	const { value } = await core.toMediaInput(bytes, host);
	const overrides = { 1: { inputs: { image: value } } };
	const sent = await fastest(() => core.submit(client, { deploymentId: 'd', overrides }));
	return [
		{ name: 'as a data URI', value: encoded, unit: 'ms' },
		{ name: 'written into the submit', value: sent, unit: 'ms' },
		{
			name: 'as a data URI, against native base64',
			value: encoded / native,
			unit: 'times',
			most: 3,
		},
	];
}

/** Milliseconds. @param {() => unknown} work */
async function fastest(work) {
	let best = Infinity;
	for (let round = 0; round < ROUNDS; round += 1) {
		const began = performance.now();
		await work();
		best = Math.min(best, performance.now() - began);
	}
	return best;
}
