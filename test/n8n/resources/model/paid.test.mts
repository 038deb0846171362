// A model's run is paid for once, however long it takes, also when the money is used up in the middle.
import { describe, expect, it } from '@jest/globals';
import { LONG_MS, useSmallN8n } from '../../support/parked.mts';
import {
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	namedIn,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const TEXT = '={{ JSON.stringify({ prompt: $json.prompt }) }}';

const run = (options: Json = {}, more: Json = {}) =>
	rig.toRunModel(TEXT, { ...more, options: { downloadFiles: false, ...options } });

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `fox ${index}` }));

/** The outcome of each item: its status, or its error code. */
const endsOf = (items: Array<{ json: Json }>) =>
	items.map(({ json }) => json['status'] ?? json['error_code']);

it('a run that goes on for minutes is parked, and outlives a restart of n8n', async () => {
	rig.simulator.update({ latencyMs: LONG_MS });
	const image = { image: 'https://example.com/boat.png' };
	const inputs = `={{ JSON.stringify({ prompt: $json.prompt, ...${JSON.stringify(image)} }) }}`;
	const parameters = rig.toRunModel(inputs, { name: 'imageEdit' });
	const { id, until } = await n8n.park(workflowOf({ parameters }), { inputs: prompts(2) });
	const kept = JSON.stringify(n8n.read(id).stored.executionData?.contextData);
	for (const runId of rig.modelRuns()) expect(kept).toContain(runId);
	rig.clock.elapse(LONG_MS);
	await n8n.timer(id);
	const done = await until();
	expect(idsOf(done)).toEqual(rig.modelRuns());
	expect(itemsOf(done)[1]).toMatchObject({
		json: { status: 'succeeded', cost: 0.03 },
		binary: { data: { mimeType: 'image/png' } },
		pairedItem: { item: 1 },
	});
	expect(rig.countOf('models.submit')).toBe(2);
});

describe('when the money is used up in the middle of a batch', () => {
	it('nothing more is submitted, and the error names the requests that were', async () => {
		rig.simulator.update({ balanceUsd: 0.03 });
		const outcome = await rig.runNode(run({ concurrency: 1 }), prompts(5));
		expect(codeOf(outcome)).toBe('insufficient_funds');
		expect(outcome.error?.message).toContain('[item 2]');
		expect(namedIn(outcome).map(({ item, status }) => [item, status])).toEqual([
			[0, 'succeeded'],
			[1, 'succeeded'],
		]);
		expect(rig.countOf('models.submit')).toBe(3);
	});

	it('those that were submitted come out if the node goes on, and RunComfy refuses the others, free', async () => {
		rig.simulator.update({ balanceUsd: 0.03 });
		const items = itemsOf(await rig.runNode(run({ concurrency: 1 }), prompts(4), CONTINUE));
		const refused = 'insufficient_funds';
		expect(endsOf(items)).toEqual(['succeeded', 'succeeded', refused, refused]);
		expect(rig.modelRuns()).toHaveLength(2);
	});
});
