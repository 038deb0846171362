// Several items: their order, how many run at the same time, and the outcome of failures.
import { describe, expect, it } from '@jest/globals';
import { byId, CONTINUE, idsOf, itemsOf, type Json, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

const run = (more: Json = {}) =>
	rig.toRun({
		overrides: '={{ JSON.stringify({ "6": { inputs: { text: $json.prompt } } }) }}',
		...more,
	});

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `prompt ${index}` }));

/** The largest number of unfinished jobs at any time. */
function mostAtOnce(requestIds: unknown[]): number {
	const jobs = requestIds.map((id) => rig.simulator.jobs.get(String(id))!);
	return Math.max(
		...jobs.map(
			({ createdAt }) =>
				jobs.filter((job) => job.createdAt <= createdAt && job.finishedAt! > createdAt).length,
		),
	);
}

describe('several items', () => {
	it('come out in their order and paired, whichever ends first (P71)', async () => {
		rig.simulator.inject({ name: 'run_time', ms: 1500 });
		const items = itemsOf(await rig.runNode(run(), prompts(4)));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((item) => ({ item })),
		);
		const jobs = items.map(({ json }) => rig.simulator.jobs.get(String(json['request_id'])));
		expect(jobs.map((job) => job?.graph['6']?.inputs['text'])).toEqual(
			prompts(4).map(({ prompt }) => prompt),
		);
		const slow = jobs.findIndex((job) => job?.runMs === 1500);
		const ends = jobs.map((job) => job?.finishedAt ?? 0);
		expect(ends.indexOf(Math.max(...ends))).toBe(slow);
	});

	it('run at the same time, as many as the concurrency says', async () => {
		rig.simulator.update({ latencyMs: 700 });
		expect(mostAtOnce(idsOf(await rig.runNode(run(), prompts(6))))).toBe(6);
		const narrow = await rig.runNode(run({ options: { concurrency: 2 } }), prompts(5));
		expect(mostAtOnce(idsOf(narrow))).toBe(2);
	});

	it('of several executions are asked about as rarely as those of one, if all have one account', async () => {
		rig.simulator.update({ latencyMs: 10_000, maxInstances: 80 });
		const calls = async (...counts: number[]) => {
			rig.simulator.requests.length = 0;
			const parameters = run({ options: { concurrency: 80, waitMode: 'poll' } });
			await Promise.all(counts.map((count) => rig.runNode(parameters, prompts(count))));
			return rig.countOf('status');
		};
		const ofOne = await calls(80);
		expect(Math.abs((await calls(40, 40)) / ofOne - 1)).toBeLessThan(0.2);
	});

	it('are all read before anything is sent: a mistake in the last one costs nothing (P13)', async () => {
		const inputs = [...prompts(2), { prompt: 'x', broken: true }];
		const overrides = '={{ $json.broken ? "{" : "{}" }}';
		const options = { concurrency: 1 };
		const outcome = await rig.runNode(run({ overrides, options }), inputs);
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toContain('[item 2]');
		expect(outcome.error?.context?.itemIndex).toBe(2);
		expect(rig.simulator.requests).toEqual([]);
	});
});

describe('with Continue On Fail', () => {
	const three = (settings: Json) => {
		const { textToImage, disabled } = rig.simulator.deploymentIds;
		const parameters = run({
			deploymentId: byId('={{ $json.deployment }}'),
			overrides: '={{ $json.overrides }}',
			options: { checkInputs: true },
		});
		const inputs = [
			{ deployment: textToImage, overrides: '{}' },
			{ deployment: disabled, overrides: '{}' },
			{ deployment: textToImage, overrides: '{"prompt":"a cat"}' },
		];
		return rig.runNode(parameters, inputs, settings);
	};
	const refused = () => ({
		error: expect.stringContaining('10002'),
		error_code: 'deployment_disabled',
	});

	it('each keeps what became of it: result, or error and its code', async () => {
		const items = itemsOf(await three(CONTINUE));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(items.map(({ json }) => json)).toMatchObject([
			{ status: 'succeeded' },
			{
				...refused(),
				error_hint: expect.stringContaining('Enable the deployment'),
				deployment_id: rig.simulator.deploymentIds.disabled,
			},
			{ error_code: 'invalid_input', error: expect.stringContaining('by name') },
		]);
	});

	it('the error output gets the failed ones, with their code and their input', async () => {
		const outcome = await three({ onError: 'continueErrorOutput' });
		expect(itemsOf(outcome)).toMatchObject([
			{ json: { status: 'succeeded' }, pairedItem: { item: 0 } },
		]);
		const { disabled: deployment } = rig.simulator.deploymentIds;
		expect(outcome.items('Step 1', 1)).toMatchObject([
			{ json: { ...refused(), deployment }, pairedItem: { item: 1 } },
			{
				json: { error_code: 'invalid_input', error: expect.stringContaining('by name') },
				pairedItem: { item: 2 },
			},
		]);
	});
});
