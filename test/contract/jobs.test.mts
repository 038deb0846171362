// Runs over real HTTP: the outcome of the simulator's faults during status, result and cancel, for each kind of target.
import { describe, expect, it } from '@jest/globals';
import { cancel, getStatus, refOf, type SubmitInput } from '../../core/index';
import { submit } from '../../core/request/submit';
import {
	errorCode,
	errorPage,
	forbidden,
	notFound,
	notJson,
	rateLimited,
	serverError,
	unauthorized,
	unknownStatus,
} from '../support/answers.mts';
import { attach, run } from '../support/pursued.mts';
import { endOf, type Fault, INPUTS, KINDS, type Rig, start } from './rig.mts';

/** Runs for one minute under faults, by default on the picture deployment. */
async function ran(faults: Fault[], input: (rig: Rig) => SubmitInput = INPUTS['a deployment']) {
	const rig = await start({ latencyMs: 60_000, coldStartMs: 9_000, faults });
	return { ...rig, ...(await endOf(run(rig.client, input(rig)))) };
}

const SURVIVED: Fault[] = [
	{ name: 'frozen_status' },
	{ name: 'run_time', ms: 1_800_000 },
	unknownStatus({ times: 5 }),
	unknownStatus({ times: Infinity }),
	notFound({ on: 'status', times: 3 }),
	serverError({ on: 'status', times: 12, after: 3 }),
	errorPage({ on: ['status', 'result'], times: 8 }),
	{ name: 'reset', on: ['status', 'result'], times: 6, after: 2 },
	{ name: 'truncated_body', on: ['status', 'result'], times: 4 },
	rateLimited({ on: 'status', times: 2, retryAfter: 100 }),
	notJson({ on: 'result', times: 5 }),
	errorCode(500001, { on: 'status', times: 3 }),
	unauthorized({ on: 'status', times: 3, after: 2 }),
	forbidden({ on: ['status', 'result'], times: 3, after: 2 }),
];

const FAILED: Array<[faults: Fault[], code: string, message: RegExp]> = [
	[[{ name: 'run_failed', details: 'the face is too small' }], 'run_failed', /face is too small/],
	[[{ name: 'run_failed', shape: 'string', details: 'no' }], 'run_failed', /no/],
	[[{ name: 'run_failed', shape: 'object', details: 'no' }], 'run_failed', /no/],
	[[{ name: 'run_canceled' }], 'run_canceled', /canceled/],
];

describe.each(KINDS)('a run of %s', (_kind, input) => {
	it.each(SURVIVED)('succeeds in spite of %j', async (fault) => {
		const { result, sim } = await ran([fault], input);
		expect(result).toMatchObject({ status: 'succeeded', files: [expect.anything()] });
		expect(sim.jobs.size).toBe(1);
	});

	it.each(FAILED)(
		'under %j fails with the code and message of the fault',
		async (faults, code, message) => {
			const { error, sim } = await ran(faults, input);
			expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
			expect(error?.requestId).toBe([...sim.jobs.keys()][0]);
			expect(sim.count('cancel')).toBe(0);
		},
	);
});

describe.each(KINDS.slice(1))('a run of %s that gives nothing', (_kind, input) => {
	it.each<Fault>([{ name: 'empty_outputs' }, { name: 'missing_url' }])(
		'says so: %j',
		async (fault) => {
			expect((await ran([fault], input)).result).toMatchObject({
				files: [],
				texts: [],
				warnings: ['RunComfy gave no files and no texts for this run.'],
			});
		},
	);
});

describe('a run that ends otherwise', () => {
	it('on a value that ComfyUI refuses: run_failed, naming node and class', async () => {
		const { sim, client } = await start();
		const overrides = { 31: { inputs: { sampler_name: 'no-such-sampler' } } };
		const deploymentId = sim.deploymentIds.textToImage;
		const error: unknown = await run(client, { deploymentId, overrides }).catch((e: unknown) => e);
		expect(error).toMatchObject({
			code: 'run_failed',
			details: { node: { id: '31', class_type: 'KSampler' } },
		});
	});

	it('told with its node and its log: the error has both', async () => {
		const said = { error: 'OutOfMemory', details: 'node 31 KSampler: no room' };
		const log_url = 'https://log.example/1';
		const { error } = await ran([{ name: 'run_failed', ...said, log_url }]);
		expect(error).toMatchObject({
			message: 'The run failed: node 31 KSampler: OutOfMemory, no room',
			details: { failures: [{ error_code: 10011 }], node: { id: '31' }, log_url },
		});
	});

	it('with outputs that ComfyUI left out: they are named', async () => {
		const { sim, client } = await start();
		const deploymentId = sim.deploymentIds.textToImage;
		sim.workflow(deploymentId)!['10'] = {
			class_type: 'SaveImage',
			inputs: { images: ['8', 0], filename_prefix: '/outside' },
		};
		const { files, warnings } = await run(client, { deploymentId });
		expect(files).toHaveLength(1);
		expect(warnings).toEqual([
			expect.stringMatching(/^ComfyUI left out the output of node 10: node 10 SaveImage: /),
		]);
	});
});

describe('a cancel', () => {
	const running = async (faults: Fault[]) => {
		const rig = await start({ latencyMs: 60_000, faults });
		const ref = refOf(
			await submit(rig.client, { deploymentId: rig.sim.deploymentIds.textToImage }),
		);
		await rig.clock.sleep(5_000);
		return { ...rig, ref };
	};

	it.each(['status', 'outcome'] as const)('answered in the family %s', async (family) => {
		const { client, ref } = await running([{ name: 'cancel_family', family }]);
		expect((await cancel(client, ref)).status).toBe('cancellation_requested');
		expect((await cancel(client, ref)).status).toBe('not_cancellable');
		await expect(attach(client, ref)).rejects.toMatchObject({ code: 'run_canceled' });
	});

	it.each<[Fault, string]>([
		[{ name: 'cancel_refused' }, 'not_cancellable'],
		[{ name: 'cancel_slow', ms: 3_600_000 }, 'cancellation_requested'],
	])('that loses the race to %j is no guarantee: the result is had', async (fault, status) => {
		const { client, ref } = await running([fault]);
		expect((await cancel(client, ref)).status).toBe(status);
		expect((await attach(client, ref)).files).toHaveLength(1);
	});

	it('that takes effect late is waited for', async () => {
		const { client, ref } = await running([{ name: 'cancel_slow', ms: 8_000 }]);
		expect((await cancel(client, ref)).status).toBe('cancellation_requested');
		expect(['in_progress', 'unknown']).toContain((await getStatus(client, ref)).status);
		await expect(attach(client, ref)).rejects.toMatchObject({ code: 'run_canceled' });
	});
});
