// A LoRA deployment: the same routes, another body, another result.
import { describe, expect, it } from '@jest/globals';
import { receiver } from './receiver.mts';
import { at, start } from './support.mts';

describe('a LoRA deployment', () => {
	it('takes a flat body, and gives addresses under output', async () => {
		const { submit, result, pass, download } = await start();
		const { json } = await submit('lora', { prompt: 'a fox', seed: 7, num_images: 2, width: 256 });
		pass(1000);
		const answer = await result(String(json['request_id']));
		expect(answer.json).not.toHaveProperty('outputs');
		const images = at(answer.json, 'output', 'images') as string[];
		expect(images).toHaveLength(2);
		expect((await download(images[1] ?? '')).headers.get('content-type')).toBe('image/png');
	});

	it('refuses overrides, fields it has not, and a body without its prompt', async () => {
		const { submit } = await start();
		const { status, json } = await submit('lora', { overrides: {}, sed: 1 });
		expect([status, json['error_code']]).toEqual([422, 422001]);
		const fields = (json['detail'] as Array<{ loc: string[] }>).map(({ loc }) => loc[1]);
		expect(fields).toEqual(['overrides', 'sed', 'prompt']);
		expect((await submit('lora', { prompt: 'a fox', width: 'wide' })).status).toBe(422);
	});

	it('is in the list, with a readme, without a workflow', async () => {
		const { sim, call } = await start();
		const path = `/prod/v2/deployments/${sim.deploymentIds.lora}`;
		const { json } = await call('GET', `${path}?includes=payload&includes=readme`);
		expect(json).toMatchObject({ name: 'lora-text-to-image', readme: expect.any(String) });
		expect(json).not.toHaveProperty('payload');
	});

	it('is cancelled in the queue only', async () => {
		const { sim, submit, cancel, pass } = await start({ maxInstances: 1 });
		const run = async () => String((await submit('lora', { prompt: 'a' })).json['request_id']);
		const [running, waiting] = [await run(), await run()];
		pass(1);
		expect((await cancel(running)).json['status']).toBe('not_cancellable');
		expect((await cancel(waiting)).json['status']).toBe('cancellation_requested');
		expect(sim.jobs.get(running)?.state).toBe('in_progress');
		expect(sim.jobs.get(waiting)?.state).toBe('canceled');
	});

	it('calls a webhook of the query with its output', async () => {
		const { sim, submit, pass } = await start();
		const hook = await receiver();
		await submit('lora', { prompt: 'a' }, `?webhook=${encodeURIComponent(hook.url)}`);
		pass(1000);
		await sim.settle();
		expect(at(hook.events, 0, 'output', 'images', 0)).toContain('/storage/');
	});
});
