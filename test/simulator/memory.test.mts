// Days of runs with embedded files must not fill the memory: long texts are replaced by digests.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { at, type Client, type Json, MODEL_IDS, start } from './support.mts';

const MB = 2 ** 20;
const PICTURE = `data:image/png;base64,iVBORw0KGgo${'A'.repeat(4 * MB - 11)}`;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Memory growth between the first run and the sixth. */
async function growth(once: () => Promise<unknown>): Promise<number> {
	const used = async () => {
		// The body of an answer is released in a later turn.
		await new Promise((resolve) => setImmediate(resolve));
		collect();
		await new Promise((resolve) => setImmediate(resolve));
		collect();
		const { heapUsed, external } = process.memoryUsage();
		return heapUsed + external;
	};
	await once();
	const before = await used();
	for (let count = 0; count < 6; count += 1) await once();
	return (await used()) - before;
}

const model = (id: string, body: Json) => (client: Client) =>
	client.call('POST', `/v1/models/${id}`, body);

describe('a file of 4 MB', () => {
	it.each<[string, (client: Client) => Promise<unknown>]>([
		['in a picture’s place', (c) => c.run('imageEdit', { '189': { inputs: { image: PICTURE } } })],
		['in a text’s place', (c) => c.run('textToImage', { '6': { inputs: { text: PICTURE } } })],
		[
			'where ComfyUI refuses it',
			(c) => c.run('video', { '30': { inputs: { ckpt_name: PICTURE } } }),
		],
		['in extra data', (c) => c.submit('text', { overrides: {}, extra_data: { note: PICTURE } })],
		['for a LoRA', (c) => c.submit('lora', { prompt: 'a fox', ctrl_img_1: PICTURE })],
		['for a hosted model', model(MODEL_IDS.imageEdit, { prompt: 'a fox', image: PICTURE })],
		['as its prompt', model(MODEL_IDS.noSchema, { prompt: PICTURE })],
	])('%s is not kept', async (_name, submit) => {
		const client = await start({ balanceUsd: 1000 });
		const grown = await growth(async () => {
			await submit(client);
			client.pass(1000);
			await client.sim.settle();
		});
		const ended = [...client.sim.jobs.values()].filter(({ finishedAt }) => finishedAt);
		expect(ended).toHaveLength(7);
		expect(grown).toBeLessThan(8 * MB);
	});
});

describe('the digest of a long text', () => {
	it('says how it begins and how long it was, on the page, too', async () => {
		const client = await start();
		const id = await client.run('imageEdit', { '189': { inputs: { image: PICTURE } } });
		const kept = at(client.sim.jobs.get(id), 'overrides', '189', 'inputs', 'image');
		expect(kept).toMatch(
			/^data:image\/png;base64,iVBORw0KGgoA+… \(4194326 characters, SHA-256 [\da-f]{64}\)$/,
		);
		expect(String(kept).length).toBeLessThan(400);
		const page = await (await fetch(client.sim.url)).text();
		expect(page).toContain(String(kept));
	});
});
