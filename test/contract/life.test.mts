// A request from submit to file over real HTTP, and the outputs of each deployment.
import { describe, expect, it } from '@jest/globals';
import { readOutputs } from '../../core/files/outputs';
import { chooseOutputs } from '../../core/files/outputs.ts';
import {
	getDeployment,
	listDeployments,
	parseOverrides,
	refOf,
	type StatusAnswer,
} from '../../core/index';
import { sniffMimeType } from '../../core/media/filenames';
import { expectNamed, unreachable } from '../support/expect.mts';
import { run } from '../support/pursued.mts';
import { start } from './rig.mts';

const SEED = '18446744073709551615';
const prompt = (text: string, seed = SEED) =>
	parseOverrides(`{"6":{"inputs":{"text":"${text}"}},"31":{"inputs":{"seed":${seed}}}}`);

describe('the life of a request', () => {
	it('goes from the queue to a picture that shows what was asked for', async () => {
		const { sim, client, fetchFile } = await start({
			coldStartMs: 180_000,
			latencyMs: 60_000,
		});
		const deploymentId = sim.deploymentIds.textToImage;
		const progress: StatusAnswer[] = [];
		const result = await run(
			client,
			{ deploymentId, overrides: prompt('a cat') },
			{ onStatus: (one) => progress.push(one) },
		);

		expect(result).toMatchObject({ status: 'succeeded', deployment_id: deploymentId });
		expect([...new Set(progress.map(({ status }) => status))]).toEqual([
			'in_queue',
			'in_progress',
			'completed',
		]);
		expect(progress[0]).toHaveProperty('queue_position');
		expect(progress.at(-1)).toHaveProperty('instance_id');
		expect(result.timings.queued_ms).toBeGreaterThan(170_000);
		expect(result.timings.queued_ms).toBeLessThan(195_000);
		expect(result.timings.total_ms).toBeGreaterThanOrEqual(240_000);

		const [file] = result.files;
		expect(file).toMatchObject({ node_id: '9', channel: 'images', kind: 'image', type: 'output' });
		const picture = await fetchFile(refOf(result), file ?? unreachable('no file'));
		expect(sniffMimeType(picture)).toBe('image/png');

		const sent = sim.requests[0];
		expect(
			JSON.stringify(sent?.body, (_k, v: unknown) => (typeof v === 'bigint' ? `${v}` : v)),
		).toBe(
			JSON.stringify({
				overrides: { 6: { inputs: { text: 'a cat' } }, 31: { inputs: { seed: SEED } } },
			}),
		);
	});
});

describe('what a deployment gives', () => {
	it('every kind of output at once: temporary files hidden, files without a URL named', async () => {
		const { sim, client, fetchFile } = await start();
		const result = await run(client, { deploymentId: sim.deploymentIds.mixed });
		const all = readOutputs(result.outputs);
		expect(all.files.some(({ type }) => type === 'temp')).toBe(true);
		expect(all.texts.some(({ node_id }) => node_id === '38:42')).toBe(true);
		expect(new Set(all.files.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(2);
		expect(all.texts.length).toBeGreaterThan(1);
		expect(all.warnings).toEqual([expect.stringMatching(/gave no address/)]);
		const chosen = chooseOutputs(all);
		expect(chosen.files.every(({ type }) => type === 'output')).toBe(true);
		expect(chosen.files.length).toBeLessThan(all.files.length);
		for (const file of all.files) {
			const bytes = await fetchFile(refOf(result), file);
			expectNamed(bytes.length, file.filename).toBeGreaterThan(0);
			if (file.kind !== 'other') expect(sniffMimeType(bytes)).toBe(file.mime_type);
		}
	});
});

it('an account lists its deployments, and shows one with its workflow', async () => {
	const { sim, client } = await start();
	const { textToImage } = sim.deploymentIds;
	const ids = (await listDeployments(client)).map(({ id }) => id);
	expect(ids).toEqual(Object.values(sim.deploymentIds));

	const bare = await getDeployment(client, textToImage);
	expect(bare).toMatchObject({ id: textToImage, is_enabled: true });
	expect(bare.payload).toBeUndefined();
	const full = await getDeployment(client, textToImage, { includes: ['payload', 'readme'] });
	expect(full.payload?.workflow_api_json?.['6']?.class_type).toBe('CLIPTextEncode');
	expect(full.readme).toEqual(expect.any(String));
});
