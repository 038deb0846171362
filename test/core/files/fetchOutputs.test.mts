import { describe, expect, it } from '@jest/globals';
import { readResultOutputs } from '../../../core/files/outputs';
import { fetchOutputs, type OutputFile } from '../../../core/index';
import { REF } from '../support/fakeJob.mts';
import { clientOf, type Script } from '../support/virtualHost.mts';
import { collect, FILE, file } from './downloading.mts';

const named = (name: string): OutputFile => ({
	...FILE,
	filename: `${name}.png`,
	url: `https://store.example/${name}.png`,
});

function fetching(script: Script, names: readonly string[], signal?: AbortSignal) {
	const { client, host } = clientOf(script);
	const options = { atOnce: 2, save: collect, signal };
	return { host, done: fetchOutputs(client, REF, names.map(named), options) };
}

describe('the files of a result', () => {
	it('come in order, each with its result', async () => {
		const { done } = fetching(
			({ leaf }) => file(leaf === 'a.png' ? 1 : leaf === 'b.png' ? 2 : 3),
			['a', 'b', 'c'],
		);
		const stored = (await done).map((one) => one.error ?? one.value.stored);
		expect(stored).toEqual([1, 2, 3]);
	});

	it('keep the entry of one that is missing, with the reason and what to do', async () => {
		const { done } = fetching(
			({ leaf }) => (leaf === 'a.png' ? { status: 402 } : file(2)),
			['a', 'b'],
		);
		const [missing, there] = await done;
		expect(missing).toMatchObject({
			file: named('a'),
			error: { code: 'output_unavailable', httpStatus: 402 },
			warning: expect.stringMatching(/^The output a\.png was refused \(HTTP 402\)\. .*7 days/),
		});
		expect(there).toMatchObject({ file: named('b'), value: { stored: 2 } });
	});

	it.each([
		['8f3a', 'Image/WebP; charset=binary', 'image', 'image/webp'],
		['8f3a', 'audio/x-unheard-of', 'audio', 'audio/x-unheard-of'],
		['8f3a', 'application/octet-stream', 'video', 'video/mp4'],
		['8f3a', undefined, 'video', 'video/mp4'],
		['a.mp4', 'image/webp', 'video', 'video/mp4'],
	])('that are called %s and come as %s are %s, %s', async (name, type, kind, mimeType) => {
		const { client } = clientOf({
			...file(1),
			headers: type === undefined ? {} : { 'content-type': type },
		});
		const { files } = readResultOutputs({ output: { video: `https://store.example/${name}` } });
		const fetched = await fetchOutputs(client, REF, files, { atOnce: 1, save: collect });
		expect(fetched).toMatchObject([
			{ file: { kind, mime_type: mimeType }, value: { kind, mime_type: mimeType } },
		]);
	});

	it('are not downloaded after a stop', async () => {
		const { done } = fetching(() => file(1), ['a'], AbortSignal.abort());
		await expect(done).rejects.toMatchObject({ code: 'aborted' });
	});
});
