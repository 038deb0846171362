// n8n may hand a parked execution back with items that are not byte for byte as before: they are the
// same items all the same, and paid for.
import { describe, expect, it } from '@jest/globals';
import type { IRunExecutionData } from 'n8n-workflow';
import { useSmallN8n } from '../support/parked.mts';
import {
	byId,
	codeOf,
	copyOf,
	countOf,
	type Json,
	paidIn,
	RETRY,
	runAndWait,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const LONG_MS = 3_600_000;

async function stepOf(options: Json = {}, settings: Json = {}) {
	rig.simulator.update({ latencyMs: LONG_MS });
	const deploymentId = byId(await copyOf(rig));
	return workflowOf({ parameters: runAndWait(rig, { deploymentId, options }), settings });
}

const itemsIn = (data: IRunExecutionData) =>
	data.executionData!.nodeExecutionStack.flatMap(({ data: { main = [] } }) =>
		main.flatMap((items) => items ?? []),
	);

/** Where n8n keeps a file that came with a call; it is moved once the id of the execution is known. */
const fileIn = (execution: string) =>
	`filesystem-v2:workflows/w1/executions/${execution}/binary_data/6f7e`;

function putFile(data: IRunExecutionData, execution: string) {
	for (const item of itemsIn(data)) {
		item.binary = { data: { data: 'filesystem-v2', mimeType: 'image/png', id: fileIn(execution) } };
	}
}

describe('an item whose file n8n has moved to the folder of the execution', () => {
	it('is taken up after the wait', async () => {
		const json = await stepOf();
		n8n.tamper = (data) => putFile(data, 'temp');
		const { id, until } = n8n.start(json);
		await until('waiting');
		await n8n.restart();
		rig.clock.elapse(LONG_MS);
		n8n.tamper = (data) => putFile(data, id);
		await n8n.timer(id);
		const done = await until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('is taken up by a retry of the execution', async () => {
		const json = await stepOf({ timeout: 2, waitMode: 'poll' });
		n8n.tamper = (data) => putFile(data, 'temp');
		const failed = await n8n.start(json).until();
		expect(codeOf(failed as never)).toBe('timed_out');
		rig.clock.elapse(LONG_MS);
		putFile(failed.stored, '7');
		const outcome = await rig.engine.run(json, { retryOf: failed as never }).outcome;
		expect(outcome.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});
});

describe('an item that has changed in any other way while its execution was parked', () => {
	it('is taken up, also by a later try', async () => {
		const { id, until } = n8n.start(await stepOf({ timeout: 8 }, RETRY));
		await until('waiting');
		await n8n.restart();
		rig.clock.elapse(LONG_MS);
		n8n.tamper = (data) => {
			for (const item of itemsIn(data)) item.json = { rounded: 1 };
		};
		rig.simulator.inject({ name: 'server_error', on: 'result', times: 8 });
		await n8n.timer(id);
		const done = await until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});
});
