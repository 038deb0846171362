// Downloads over real HTTP in spite of faults.
import { describe, expect, it } from '@jest/globals';
import { type OutputFile, refOf } from '../../core/index';
import {
	emptyBody,
	forbidden,
	notFound,
	rateLimited,
	redirect,
	serverError,
} from '../support/answers.mts';
import { unreachable } from '../support/expect.mts';
import { run } from '../support/pursued.mts';
import { type Fault, start } from './rig.mts';

async function finished(...faults: Fault[]) {
	const rig = await start({ faults });
	const result = await run(rig.client, { deploymentId: rig.sim.deploymentIds.textToImage });
	const file: OutputFile = result.files[0] ?? unreachable('no file');
	return { ...rig, file, ref: refOf(result), results: rig.sim.count('result') };
}

describe('fetching an output', () => {
	it.each<[Fault, number]>([
		[emptyBody({ on: 'storage', times: 2 }), 3],
		[{ name: 'truncated_body', on: 'storage' }, 2],
		[{ name: 'reset', on: 'storage', times: 2 }, 3],
		[serverError({ on: 'storage', status: 503, times: 2 }), 3],
		[rateLimited({ on: 'storage', retryAfter: 5 }), 2],
		[{ name: 'stall', on: 'storage' }, 2],
		[forbidden({ on: 'storage' }), 2],
		[notFound({ on: 'storage' }), 2],
	])('gets the whole file in spite of %j', async (fault, fetches) => {
		const good = await finished();
		const whole = await good.fetchFile(good.ref, good.file);
		const rig = await finished(fault);
		const bytes = await rig.fetchFile(rig.ref, rig.file);
		expect(Buffer.compare(bytes, whole)).toBe(0);
		expect(rig.sim.count('storage')).toBe(fetches);
		expect(rig.sim.count('result')).toBe(rig.results);
		const storage = rig.sim.requests.filter(({ route }) => route === 'storage');
		expect(storage.every(({ authorized }) => !authorized)).toBe(true);
	});

	it('follows it to another address', async () => {
		const { sim, ref, file, fetchFile } = await finished();
		const { port, pathname } = new URL(file.url);
		sim.inject(redirect(`http://localhost:${port}${pathname}`, { on: 'storage' }));
		expect((await fetchFile(ref, file)).length).toBeGreaterThan(0);
		expect(sim.requests.filter(({ route }) => route === 'storage')).toMatchObject([
			{ status: 302, authorized: false },
			{ status: 200, authorized: false },
		]);
	});

	it.each<[Fault, string]>([
		[{ name: 'truncated_body', on: 'storage', times: Infinity }, 'broke off'],
		[forbidden({ on: 'storage', times: Infinity }), 'HTTP 403'],
	])('gives up in the end: %j', async (fault, words) => {
		const { ref, file, fetchFile } = await finished(fault);
		await expect(fetchFile(ref, file)).rejects.toMatchObject({
			code: 'output_unavailable',
			message: expect.stringContaining(words),
			...ref,
		});
	});

	it('after seven days says that it is gone', async () => {
		const { ref, file, fetchFile, clock } = await finished();
		await clock.sleep(7 * 86_400_000 + 1);
		await expect(fetchFile(ref, file)).rejects.toMatchObject({
			code: 'output_unavailable',
			hint: expect.stringContaining('7 days'),
		});
	});
});
