// Runs on a ComfyUI: its queue, results and refusals, translated to RunComfy’s API.
import { describe, expect, it } from '@jest/globals';
import { at, type Json, receiver, urlsIn } from '../support.mts';
import { bridge, errorIn, stateIn, WORKFLOW } from './rig.mts';

const picture = { filename: 'card_00001_.png', subfolder: '', type: 'output' };

describe('a run on a ComfyUI', () => {
	it('goes from its queue to its files', async () => {
		const { sim, stub, run, status, result, download } = await bridge();
		stub.queueAnother();
		const id = await run();
		expect((await status(id)).json).toMatchObject({ status: 'in_queue', queue_position: 2 });
		stub.begin();
		expect((await status(id)).json).toMatchObject({ status: 'in_queue', queue_position: 1 });
		stub.running = undefined;
		stub.begin();
		const running = await status(id);
		expect(running.json).toMatchObject({ status: 'in_progress', instance_id: 'comfyui' });
		expect(stateIn(await result(id))).toBe('in_progress');
		stub.succeed({ '9': { images: [picture] } });
		stub.files['output/card_00001_.png'] = 'a picture';
		expect(stateIn(await status(id))).toBe('completed');
		const url = `${sim.url}/storage/deployment_requests/${id}/output/card_00001_.png`;
		const ended = await result(id);
		expect(ended.json).toMatchObject({
			status: 'succeeded',
			outputs: { '9': { images: [{ url, ...picture }] } },
			finished_at: '2026-07-01T10:00:03.500000+00:00',
		});
		const file = await download(url);
		expect(file.headers.get('content-type')).toBe('image/png');
		expect(await file.text()).toBe('a picture');
	});

	it('gives what the nodes show, as it was recorded', async () => {
		const { stub, run, result } = await bridge();
		const id = await run();
		const output = (filename: string, subfolder = '') => ({ filename, subfolder, type: 'output' });
		const shown = {
			'5': { images: [output('clip_00001_.mp4', 'video')], animated: [true] },
			'6': { audio: [output('a_00003.flac', 'audio')] },
			'7': { text: ['a caption'], files: [output('t_00001.txt')] },
			'8': { a_images: [{ filename: 'x.png', subfolder: '', type: 'temp' }], b_images: [] },
			'9': { latents: [output('l_00001_.latent', 'latents')] },
			'10': { result: ['3d/cube.glb', null, null] },
			'11': { dims: [64, 64] },
			'12:3': { images: [], animated: [false] },
		};
		stub.succeed(shown);
		const answer = await result(id);
		const withoutUrls = JSON.parse(
			JSON.stringify(answer.json['outputs'], (key, value: unknown) =>
				key === 'url' ? undefined : value,
			),
		) as Json;
		expect(withoutUrls).toEqual(shown);
		expect(urlsIn(answer).map((url) => url.split(id)[1])).toEqual([
			...['/output/video/clip_00001_.mp4', '/output/audio/a_00003.flac', '/output/t_00001.txt'],
			...['/temp/x.png', '/output/latents/l_00001_.latent'],
		]);
	});

	it('is read although Python writes numbers that JSON has not', async () => {
		const { stub, run, result } = await bridge();
		const id = await run();
		stub.succeed({ '11': { dims: ['NaN', 'a NaN within a text'] } });
		expect(at((await result(id)).json, 'outputs', '11', 'dims')).toEqual([
			null,
			'a NaN within a text',
		]);
	});

	it('that fails says where and why, as ComfyUI worded it', async () => {
		const { stub, run, status, result } = await bridge();
		const id = await run();
		stub.begin();
		stub.fail({
			node_id: '2',
			node_type: 'CLIPTextEncode',
			executed: [],
			exception_type: 'RuntimeError',
			exception_message: 'ERROR: clip input is invalid: None\n',
			traceback: ['  File "nodes.py", line 74\n', '  File "nodes.py", line 12\n'],
		});
		expect(stateIn(await status(id))).toBe('completed');
		const failed = await result(id);
		expect(stateIn(failed)).toBe('failed');
		expect(errorIn(failed)).toEqual({
			error: 'RuntimeError',
			details: 'Node 2 (CLIPTextEncode): ERROR: clip input is invalid: None',
			debugInfo: '  File "nodes.py", line 74\n  File "nodes.py", line 12\n',
			errorCode: 10011,
		});
	});

	it('takes overrides, a whole workflow and extra data', async () => {
		const { submit, prompt, stub } = await bridge();
		await submit({
			overrides: { '2': { inputs: { text: 'an owl', new_input: 1 } } },
			extra_data: { api_key_comfy_org: 'key' },
		});
		expect(at(prompt(), 'prompt', '2', 'inputs')).toMatchObject({ text: 'an owl', new_input: 1 });
		expect(at(prompt(), 'extra_data')).toMatchObject({ api_key_comfy_org: 'key' });
		const own = { '1': { class_type: 'EmptyImage', inputs: {} } };
		await submit({ workflow_api_json: own });
		expect(prompt()['prompt']).toEqual(own);
		const { status, json } = await submit({ overrides: { '77': { inputs: {} } } });
		expect([status, json['error_code']]).toEqual([422, 422001]);
		expect(stub.pending).toHaveLength(2);
	});

	it('calls the webhook when ComfyUI has ended it', async () => {
		const { sim, stub, submit } = await bridge();
		const hook = await receiver();
		await submit({ overrides: {} }, `?webhook=${encodeURIComponent(hook.url)}`);
		await sim.settle();
		expect(hook.events).toEqual([]);
		stub.succeed({});
		await sim.settle();
		expect(hook.events).toMatchObject([{ status: 'succeeded', deployment_id: WORKFLOW.id }]);
	});
});

describe('ComfyUI’s own check', () => {
	const reason = {
		type: 'required_input_missing',
		message: 'Required input is missing',
		details: 'clip',
		extra_info: { input_name: 'clip' },
	};
	const node_errors = {
		'2': { errors: [reason], dependent_outputs: ['9'], class_type: 'CLIPTextEncode' },
	};

	it('fails the run with its own words, node by node', async () => {
		const { stub, run, status, result } = await bridge();
		const error = {
			type: 'prompt_outputs_failed_validation',
			extra_info: {},
			message: 'Prompt outputs failed validation',
			details: '',
		};
		stub.answer = { status: 400, body: { error, node_errors } };
		const id = await run();
		expect(stateIn(await status(id))).toBe('completed');
		expect(errorIn(await result(id))).toMatchObject({
			error: 'ComfyUIQueuePromptError',
			details: 'Prompt outputs failed validation',
			node_errors,
		});
	});

	it('may leave out an output and run the others', async () => {
		const { stub, run, result } = await bridge();
		stub.nodeErrors = node_errors;
		const id = await run();
		stub.succeed({ '9': { images: [picture] } });
		expect((await result(id)).json).toMatchObject({ status: 'succeeded', node_errors });
	});
});

describe('a cancel', () => {
	it('takes a request out of ComfyUI’s queue', async () => {
		const { stub, run, cancel, status, result } = await bridge();
		const id = await run();
		expect((await cancel(id)).json).toMatchObject({ status: 'cancellation_requested' });
		expect(stub.pending).toEqual([]);
		expect(stateIn(await status(id))).toBe('cancelled');
		expect(stateIn(await result(id))).toBe('cancelled');
		expect(stub.calls.join()).not.toContain('/interrupt');
	});

	it('interrupts a run, and no other one', async () => {
		const { stub, run, cancel, status } = await bridge();
		const [first, second] = [await run(), await run()];
		stub.begin();
		await cancel(second);
		expect(stub.calls.join()).not.toContain('/interrupt');
		expect(stateIn(await status(first))).toBe('in_progress');
		await cancel(first);
		expect(stub.calls.at(-1)).toBe(`POST /interrupt {"prompt_id":"${first}"}`);
		expect(stateIn(await status(first))).toBe('cancelled');
	});

	it('comes too late for a run that has ended', async () => {
		const { stub, run, cancel } = await bridge();
		const id = await run();
		stub.succeed({});
		expect((await cancel(id)).json).toMatchObject({ status: 'not_cancellable' });
	});
});
