// A model's run is paid for once, however long it takes, and nothing more is submitted when the balance is low.
import { describe, expect, it } from '@jest/globals';
import { LONG_MS, useSmallN8n } from '../../support/parked.mts';
import {
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	namedIn,
	RETRY,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const TEXT = '={{ JSON.stringify({ prompt: $json.prompt }) }}';

/** Each test has its own model, because n8n's process remembers the run times of each model. */
const run = (options: Json = {}, more: Json = {}) =>
	rig.toRunModel(TEXT, { ...more, options: { downloadFiles: false, ...options } });

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `fox ${index}` }));

/** The outcome of each item: its status, or its error code. */
const endsOf = (items: Array<{ json: Json }>) =>
	items.map(({ json }) => json['status'] ?? json['error_code']);

it('a run that goes on for minutes is parked, and outlives a restart of n8n', async () => {
	rig.simulator.update({ latencyMs: LONG_MS });
	const image = { image_url: 'https://example.com/boat.png' };
	const inputs = `={{ JSON.stringify({ prompt: $json.prompt, ...${JSON.stringify(image)} }) }}`;
	const parameters = rig.toRunModel(inputs, { name: 'video' });
	const { id, until } = await n8n.park(workflowOf({ parameters }), { inputs: prompts(2) });
	const kept = JSON.stringify(n8n.read(id).stored.executionData?.contextData);
	for (const runId of rig.modelRuns()) expect(kept).toContain(runId);
	rig.clock.elapse(LONG_MS);
	await n8n.timer(id);
	const done = await until();
	expect(idsOf(done)).toEqual(rig.modelRuns());
	expect(itemsOf(done)[1]).toMatchObject({
		json: { service: 'model', status: 'succeeded', cost: 0.35, timings: { resumes: 1 } },
		binary: { data: { mimeType: 'video/mp4' } },
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

describe('Stop Below Balance', () => {
	const FIRST = '$json.prompt === "fox 0"';
	const FIRST_FAILS = `${FIRST} ? $("Nowhere").first().json.limit`;

	it.each([
		['a model', (options: Json) => run(options)],
		['a deployment', (options: Json) => rig.toRun({ options })],
	])('submits nothing to %s below the limit, after one call for all items', async (_what, of) => {
		const outcome = await rig.runNode(of({ stopBelowBalance: 30 }), prompts(3));
		expect(codeOf(outcome)).toBe('insufficient_funds');
		expect(outcome.error?.message).toMatch(
			/^The balance is \$2\d\.\d\d, below the limit of \$30\.00/,
		);
		expect(outcome.error?.context?.data?.['error_details']).toMatchObject({
			reason: 'below_limit',
			balance_usd: expect.any(Number),
			limit_usd: 30,
		});
		expect(rig.countOf('models.submit') + rig.countOf('submit')).toBe(0);
		expect(rig.countOf('balance')).toBe(1);
		itemsOf(await rig.runNode(of({ stopBelowBalance: '20' }), prompts(3)));
		expect(rig.countOf('balance')).toBe(2);
		itemsOf(await rig.runNode(of({}), prompts(1)));
		expect(rig.countOf('balance')).toBe(2);
	});

	it('each item says so if the node goes on, and what an earlier try has paid for comes out', async () => {
		const refused = await rig.runNode(run({ stopBelowBalance: 30 }), prompts(2), CONTINUE);
		expect(endsOf(itemsOf(refused))).toEqual(['insufficient_funds', 'insufficient_funds']);
		rig.simulator.update({ latencyMs: 1_500, balanceUsd: 1 });
		const limited = run({ stopBelowBalance: 0.99, timeout: 0.7 });
		expect(itemsOf(await rig.runNode(limited, prompts(2), RETRY))).toHaveLength(2);
		expect(rig.countOf('models.submit')).toBe(2);
	});

	it('submits nothing if the balance cannot be read', async () => {
		rig.simulator.inject({ name: 'server_error', on: 'balance', times: Infinity });
		const outcome = await rig.runNode(run({ stopBelowBalance: 1 }), prompts(1));
		expect(codeOf(outcome)).toBe('service_unavailable');
		expect(rig.countOf('models.submit')).toBe(0);
	});

	it.each<[string, Json]>([
		['another option of the first cannot be right', { timeout: `={{ ${FIRST} ? -1 : 60 }}` }],
		['another option of the first cannot be read', { timeout: `={{ ${FIRST_FAILS} : 60 }}` }],
	])('holds for every item, also if %s', async (_which, more) => {
		const parameters = run({ stopBelowBalance: 30, ...more });
		const outcome = await rig.runNode(parameters, prompts(3), CONTINUE);
		expect(
			itemsOf(outcome)
				.slice(1)
				.map(({ json }) => json['error_code']),
		).toEqual(['insufficient_funds', 'insufficient_funds']);
		expect(rig.countOf('models.submit')).toBe(0);
	});

	it.each([
		['is not an amount', 'lots'],
		['cannot be read', `={{ ${FIRST_FAILS} : 0 }}`],
		['gives nothing', '={{ $json.missing }}'],
	])('refuses every item if it %s for the first', async (_how, stopBelowBalance) => {
		const outcome = await rig.runNode(run({ stopBelowBalance }), prompts(3), CONTINUE);
		const items = itemsOf(outcome);
		expect(items.map(({ json }) => json['error_code'])).toEqual(Array(3).fill('invalid_input'));
		for (const { json } of items.slice(1)) expect(json['error']).toMatch(/Stop Below Balance/);
		expect(rig.countOf('models.submit')).toBe(0);
	});
});
