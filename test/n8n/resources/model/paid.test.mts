// A model's run is paid for once, whatever n8n does with the node, and however little money is left.
import { describe, expect, it } from '@jest/globals';
import { useSmallN8n } from '../../support/parked.mts';
import {
	codeOf,
	countOf,
	itemsOf,
	type Json,
	namedIn,
	RETRY,
	runAndWait,
	runModel,
	runNode,
	runsOf,
	stateOf,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const TEXT = '={{ JSON.stringify({ prompt: $json.prompt }) }}';

const LONG_MS = 3_600_000;

/** Each test has its own model, because n8n's process remembers how long the runs of each take. */
const step = (options: Json = {}, more: Json = {}, settings: Json = {}) => ({
	parameters: runModel(rig, TEXT, { ...more, options: { downloadFiles: false, ...options } }),
	settings,
});

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `fox ${index}` }));

describe('a run that goes on for minutes', () => {
	it.each(['auto', 'suspend'])(
		'is parked, and outlives a restart of n8n (%s)',
		async (waitMode) => {
			rig.simulator.update({ latencyMs: LONG_MS });
			const image = { image_url: 'https://example.com/boat.png' };
			const inputs = `={{ JSON.stringify({ prompt: $json.prompt, ...${JSON.stringify(image)} }) }}`;
			const parameters = runModel(rig, inputs, { name: 'video', options: { waitMode } });
			const { id, until } = n8n.start(workflowOf({ parameters }), { inputs: prompts(2) });
			const { stored } = await until('waiting');
			const kept = JSON.stringify(stored.executionData?.contextData);
			for (const runId of runsOf(rig)) expect(kept).toContain(runId);
			await n8n.restart();
			void rig.clock.elapse(LONG_MS);
			await n8n.timer(id);
			const done = await until();
			expect(done.error?.message).toBeUndefined();
			const items = done.items('Step 1');
			expect(items.map(({ json }) => json['request_id'])).toEqual(runsOf(rig));
			expect(items[1]).toMatchObject({
				json: { service: 'model', status: 'succeeded', cost: 0.35, timings: { resumes: 1 } },
				binary: { data: { mimeType: 'video/mp4' } },
				pairedItem: { item: 1 },
			});
			expect(countOf(rig, 'models.submit')).toBe(2);
		},
	);
});

describe('a stop of the execution', () => {
	async function stopAt(path: string, nth: number) {
		rig.simulator.update({ latencyMs: LONG_MS });
		const reached = rig.clock.stopAt(path, nth);
		const run = rig.engine.run(workflowOf(step({ waitMode: 'poll' }, { name: 'noSchema' })), {
			inputs: prompts(1),
		});
		const goOn = await reached;
		run.cancel();
		goOn();
		return run.outcome;
	}

	it('cancels what is queued', async () => {
		rig.simulator.update({ queueMs: LONG_MS });
		const { status } = await stopAt('/status', 1);
		rig.simulator.update({ queueMs: 0 });
		expect(status).toBe('canceled');
		expect(runsOf(rig).map((id) => stateOf(rig, id))).toEqual(['canceled']);
	});

	it('asks once for what runs, which goes on to its end', async () => {
		await stopAt('/status', 2);
		expect(countOf(rig, 'models.cancel')).toBe(1);
		expect(runsOf(rig).map((id) => stateOf(rig, id))).toEqual(['in_progress']);
	});
});

describe('when the money is used up in the middle of a batch', () => {
	const options = { concurrency: 1 };

	it('nothing more is submitted, and the error names what was', async () => {
		rig.simulator.update({ balanceUsd: 0.03 });
		const outcome = await runNode(rig, step(options).parameters, prompts(5));
		rig.simulator.update({ balanceUsd: 25 });
		expect(codeOf(outcome)).toBe('insufficient_funds');
		expect(outcome.error?.message).toContain('[item 2]');
		expect(namedIn(outcome).map(({ item, status }) => [item, status])).toEqual([
			[0, 'succeeded'],
			[1, 'succeeded'],
		]);
		expect(countOf(rig, 'models.submit')).toBe(3);
	});

	it.each([
		...[200, 400, 401, 402, 403].map((status) => ({ code: 400002, status })),
		{ code: 10001, status: 200 },
	])(
		'those that were submitted come out, and the others say that they were not: %j',
		async (no) => {
			const fault = {
				name: 'error_in_200',
				on: 'models.submit',
				after: 2,
				times: Infinity,
			} as const;
			rig.simulator.inject({ ...fault, ...no });
			const settings = { onError: 'continueRegularOutput' };
			const items = itemsOf(await runNode(rig, step(options).parameters, prompts(10), settings));
			expect(items.map(({ json }) => json['status'] ?? json['error_code'])).toEqual([
				...['succeeded', 'succeeded'],
				...Array<string>(8).fill('insufficient_funds'),
			]);
			expect(items[9]?.json).toMatchObject({
				error: expect.stringMatching(/^Not submitted.*item 2/),
				error_details: { reason: 'not_submitted', item: 2 },
			});
			expect(countOf(rig, 'models.submit')).toBe(3);
		},
	);

	it('it stays so when the execution comes back from where it was parked', async () => {
		rig.simulator.update({ latencyMs: LONG_MS, balanceUsd: 0.04 });
		const parked = workflowOf(
			step(
				{ concurrency: 2, waitMode: 'suspend' },
				{ name: 'lora' },
				{ onError: 'continueRegularOutput' },
			),
		);
		const { id, until } = n8n.start(parked, { inputs: prompts(3) });
		await until('waiting');
		void rig.clock.elapse(LONG_MS);
		await n8n.timer(id);
		const done = await until();
		rig.simulator.update({ balanceUsd: 25 });
		const codes = done.items('Step 1').map(({ json }) => json['status'] ?? json['error_code']);
		expect(codes).toEqual(['succeeded', 'insufficient_funds', 'insufficient_funds']);
		expect(countOf(rig, 'models.submit')).toBe(2);
	});
});

describe('Stop Below Balance', () => {
	it.each([
		['a model', (options: Json) => step(options).parameters],
		['a deployment', (options: Json) => runAndWait(rig, { options })],
	])('submits nothing to %s below the limit, after one call for all items', async (_what, of) => {
		const outcome = await runNode(rig, of({ stopBelowBalance: 30 }), prompts(3));
		expect(codeOf(outcome)).toBe('insufficient_funds');
		expect(outcome.error?.message).toMatch(
			/^The balance is \$2\d\.\d\d, below the limit of \$30\.00/,
		);
		expect(outcome.error?.context?.data?.['error_details']).toMatchObject({
			reason: 'below_limit',
			balance_usd: expect.any(Number),
			limit_usd: 30,
		});
		expect(countOf(rig, 'models.submit') + countOf(rig, 'submit')).toBe(0);
		expect(countOf(rig, 'balance')).toBe(1);
		rig.simulator.requests.length = 0;
		itemsOf(await runNode(rig, of({ stopBelowBalance: '20' }), prompts(3)));
		expect(countOf(rig, 'balance')).toBe(1);
		rig.simulator.requests.length = 0;
		itemsOf(await runNode(rig, of({}), prompts(1)));
		expect(countOf(rig, 'balance')).toBe(0);
	});

	it('each item says so if the node goes on, and what an earlier try has paid for comes out', async () => {
		const { parameters } = step({ stopBelowBalance: 30 });
		const settings = { onError: 'continueRegularOutput' };
		const items = itemsOf(await runNode(rig, parameters, prompts(2), settings));
		expect(items.map(({ json }) => json['error_code'])).toEqual([
			'insufficient_funds',
			'insufficient_funds',
		]);
		rig.simulator.update({ latencyMs: 1_500, balanceUsd: 1 });
		const limited = step({ stopBelowBalance: 0.99, timeout: 0.7 }).parameters;
		const outcome = await runNode(rig, limited, prompts(2), RETRY);
		rig.simulator.update({ balanceUsd: 25 });
		expect(itemsOf(outcome)).toHaveLength(2);
		expect(countOf(rig, 'models.submit')).toBe(2);
	});

	it('submits nothing if the balance cannot be read', async () => {
		rig.simulator.inject({ name: 'server_error', on: 'balance', times: Infinity });
		const outcome = await runNode(rig, step({ stopBelowBalance: 1 }).parameters, prompts(1));
		expect(codeOf(outcome)).toBe('service_unavailable');
		expect(countOf(rig, 'models.submit')).toBe(0);
	});
});
