import { describe, expect, it } from '@jest/globals';
import { byId, itemsOf, runNode, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

const PROMPT = '={{ JSON.stringify({ "6": { inputs: { text: $json.prompt } } }) }}';

const run = (more: object = {}) => ({
	operation: 'runAndWait',
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
	overrides: PROMPT,
	...more,
});

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `prompt ${index}` }));

/** The highest number of jobs that were unfinished at the same time. */
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
	it('come out in their order and paired, whichever ends first', async () => {
		rig.simulator.inject({ name: 'run_time', ms: 1500 });
		const outcome = await runNode(rig, run(), prompts(4));
		const items = itemsOf(outcome);
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
		const options = { downloadFiles: false };
		const wide = itemsOf(await runNode(rig, run({ options }), prompts(6)));
		expect(mostAtOnce(wide.map(({ json }) => json['request_id']))).toBe(6);

		const narrow = await runNode(rig, run({ options: { ...options, concurrency: 2 } }), prompts(5));
		expect(mostAtOnce(itemsOf(narrow).map(({ json }) => json['request_id']))).toBe(2);
	});

	it('are all read before anything is sent: a mistake in the last one costs nothing', async () => {
		const inputs = [...prompts(2), { prompt: 'x', broken: true }];
		const overrides = '={{ $json.broken ? "{" : "{}" }}';
		const outcome = await runNode(rig, run({ overrides }), inputs);
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toContain('[item 2]');
		expect(outcome.error?.context?.itemIndex).toBe(2);
		expect(rig.simulator.requests).toEqual([]);
	});

	describe('with Continue On Fail', () => {
		const inputs = () =>
			(['textToImage', 'foreign', 'textToImage'] as const).map((name, index) => ({
				deployment: rig.simulator.deploymentIds[name],
				overrides: index === 2 ? '{"prompt":"a cat"}' : '{}',
			}));
		const parameters = () =>
			run({
				deploymentId: byId('={{ $json.deployment }}'),
				overrides: '={{ $json.overrides }}',
				options: { downloadFiles: false },
			});

		it('each keeps what became of it: result, or error and its code', async () => {
			const outcome = await runNode(rig, parameters(), inputs(), {
				onError: 'continueRegularOutput',
			});
			const [good, forbidden, wrong] = itemsOf(outcome);
			expect(good?.json['status']).toBe('succeeded');
			expect(forbidden).toMatchObject({
				json: {
					error: expect.stringContaining('403003'),
					error_code: 'forbidden',
					error_hint: expect.stringContaining('another RunComfy account'),
					deployment_id: rig.simulator.deploymentIds.foreign,
				},
				pairedItem: { item: 1 },
			});
			expect(wrong).toMatchObject({
				json: { error_code: 'invalid_overrides' },
				pairedItem: { item: 2 },
			});
		});

		it('the error output gets the failed ones, with their code and their input', async () => {
			const outcome = await runNode(rig, parameters(), inputs(), {
				onError: 'continueErrorOutput',
			});
			expect(itemsOf(outcome).map(({ json }) => json['status'])).toEqual(['succeeded']);
			const errors = outcome.items('Step 1', 1);
			expect(itemsOf(outcome)[0]?.pairedItem).toEqual({ item: 0 });
			expect(errors.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }, { item: 2 }]);
			expect(errors.map(({ json }) => json['error_code'])).toEqual([
				'forbidden',
				'invalid_overrides',
			]);
			expect(errors[0]?.json).toMatchObject({
				error: expect.stringContaining('403003'),
				deployment: rig.simulator.deploymentIds.foreign,
			});
		});
	});
});
