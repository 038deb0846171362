// Calls to a webhook: which, when, how often, and with which content.
import { describe, expect, it } from '@jest/globals';
import { receiver, type SimulatorOptions, start, statuses } from './support.mts';

/** A simulator, a receiver, and the query that connects them. */
async function connected(options: SimulatorOptions = {}) {
	const hook = await receiver();
	const client = await start({ queueMs: 1000, latencyMs: 1000, ...options });
	const query = `?webhook=${encodeURIComponent(`${hook.url}/hook?job=1&b=c`)}`;
	const passAndSettle = async (ms: number) => {
		client.pass(ms);
		await client.sim.settle();
	};
	return { ...client, hook, query, passAndSettle };
}

describe('a webhook', () => {
	it('gets the final event only, with the fields of the result', async () => {
		const { sim, run, result, hook, query, passAndSettle } = await connected();
		const id = await run('textToImage', {}, query);
		await passAndSettle(1500);
		expect(hook.events).toEqual([]);
		await passAndSettle(500);
		const { json } = await result(id);
		expect(hook.events).toEqual([
			{
				request_id: id,
				deployment_id: sim.deploymentIds.textToImage,
				status: 'succeeded',
				outputs: json['outputs'],
				created_at: json['created_at'],
				finished_at: json['finished_at'],
				instance_id: json['instance_id'],
			},
		]);
		expect(hook.paths).toEqual(['/hook?job=1&b=c']);
		expect(hook.headers[0]).toMatchObject({ 'content-type': 'application/json' });
		expect(hook.headers[0]).not.toHaveProperty('authorization');
	});

	it('reports a failed and a cancelled run', async () => {
		const { run, cancel, hook, query, passAndSettle } = await connected();
		await run('textToImage', { '31': { inputs: { steps: 0 } } }, query);
		await passAndSettle(2000);
		await cancel(await run('textToImage', {}, query));
		await passAndSettle(0);
		expect(statuses(hook)).toEqual(['failed', 'cancelled']);
		expect(hook.events[0]).toHaveProperty('error');
	});

	it('is sent again with growing pauses until it is answered 2xx', async () => {
		const { run, hook, query, passAndSettle } = await connected({ webhookRetryMs: 100 });
		hook.answers = [500, 302, 429];
		await run('textToImage', {}, query);
		await passAndSettle(2000);
		expect(hook.events).toHaveLength(1);
		await passAndSettle(99);
		expect(hook.events).toHaveLength(1);
		await passAndSettle(1);
		expect(hook.events).toHaveLength(2);
		await passAndSettle(199);
		expect(hook.events).toHaveLength(2);
		await passAndSettle(1);
		expect(hook.events).toHaveLength(3);
		await passAndSettle(400);
		expect(statuses(hook)).toEqual(Array(4).fill('succeeded'));
		await passAndSettle(1_000_000);
		expect(hook.events).toHaveLength(4);
	});

	it('is tried again for 24 hours by default', async () => {
		const lines: string[] = [];
		const log = (line: string) => lines.push(line);
		const { run, hook, query, passAndSettle } = await connected({ log });
		hook.answers = Array<number>(40).fill(503);
		await run('textToImage', {}, query);
		await passAndSettle(2000);
		for (let hour = 0; hour < 30; hour += 1) await passAndSettle(3_600_000);
		expect(lines.at(-1)).toContain('given up after');
		expect(hook.events.length).toBeGreaterThan(10);
		const last = lines.findLast((line) => line.includes('again in'));
		expect(Number(/again in (\d+) ms/.exec(last ?? '')?.[1])).toBeGreaterThan(4 * 3_600_000);
	});
});
