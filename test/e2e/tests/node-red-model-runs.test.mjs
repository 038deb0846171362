// What people build with hosted models in a real Node-RED: pictures in, many at once, cancels, and a video that
// outlives a SIGKILL.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { PIXEL } from '../lib/form.mjs';
import { startAgain } from '../lib/node-red.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

/** How long the video takes that a SIGKILL interrupts: RUNCOMFY_VIDEO_MS=300000 for five minutes. */
const VIDEO_MS = Number(process.env.RUNCOMFY_VIDEO_MS ?? 20_000);

const row = (input, type, value) => ({ nodeId: '', input, type, value, label: input });

/** A button and the run that it starts, with its files in a folder of the same name. */
const runOf = (id, { model, rows, payload, vt, dir }) => [
	{
		id: `press_${id}`,
		type: 'inject',
		z: 'tab',
		x: 100,
		y: 100,
		repeat: '',
		crontab: '',
		props: [{ p: 'payload', v: payload, vt }],
		wires: [[`${id}_each`]],
	},
	{
		id: `${id}_each`,
		type: 'split',
		z: 'tab',
		x: 200,
		y: 100,
		splt: '\\n',
		spltType: 'str',
		arraySplt: 1,
		arraySpltType: 'len',
		wires: [[id]],
	},
	{
		id,
		type: 'runcomfy-run',
		z: 'tab',
		x: 300,
		y: 100,
		config: 'account',
		target: 'model',
		modelId: model,
		modelIdType: 'str',
		inputMode: 'rows',
		rows,
		output: 'saved',
		directory: join(dir, id),
		directoryType: 'str',
		timeout: '900',
		timeoutType: 'num',
		onRestart: 'resume',
		onShutdown: 'leave',
		wires: [[]],
	},
];

const flowFor = ({ simulator, dir }) => {
	const { textToImage, imageEdit, video } = simulator.modelIds;
	const prompt = row('prompt', 'msg', 'payload');
	const boat = row('image_url', 'str', 'https://example.com/boat.png');
	const prompts = JSON.stringify(Array.from({ length: 10 }, (_, index) => `fox ${index}`));
	return [
		{ id: 'tab', type: 'tab', label: 'Models' },
		{
			id: 'account',
			type: 'runcomfy-config',
			baseUrl: simulator.url,
			apiVersion: 'v1',
			credentials: { apiToken: simulator.token },
		},
		...runOf('many', { dir, model: textToImage, rows: [prompt], payload: prompts, vt: 'json' }),
		...runOf('video', { dir, model: video, rows: [prompt, boat], payload: 'a boat', vt: 'str' }),
		{
			id: 'press_edit',
			type: 'inject',
			z: 'tab',
			x: 100,
			y: 300,
			repeat: '',
			crontab: '',
			props: [{ p: 'payload', v: JSON.stringify([...PIXEL]), vt: 'bin' }],
			wires: [['edit']],
		},
		runOf('edit', {
			dir,
			model: imageEdit,
			payload: '',
			vt: 'str',
			rows: [row('prompt', 'str', 'in winter'), row('image', 'msg', 'payload')],
		})[2],
		{
			id: 'press_cancel',
			type: 'inject',
			z: 'tab',
			x: 100,
			y: 400,
			repeat: '',
			crontab: '',
			props: [],
			wires: [['cancel']],
		},
		{
			id: 'cancel',
			type: 'runcomfy-cancel',
			z: 'tab',
			x: 300,
			y: 400,
			config: 'account',
			wires: [[]],
		},
	];
};

void describe('Node-RED 5: hosted models at work', () => {
	const options = { latencyMs: 300, queueMs: 0 };
	const rig = useNodeRed('5', { flow: flowFor, simulator: options });
	const press = (id, props) => rig.nodeRed.inject(`press_${id}`, props);
	const jobsOf = (name) =>
		[...rig.simulator.jobs.values()].filter(
			({ modelId }) => modelId === rig.simulator.modelIds[name],
		);
	const files = (id) => {
		const folder = join(rig.dir, id);
		mkdirSync(folder, { recursive: true });
		return readdirSync(folder).filter((name) => !/^\.|\.part$/.test(name));
	};

	it('edits the picture of a Buffer', async () => {
		await press('edit');
		await until('it is saved', () => files('edit').length === 1, 30_000);
		const [{ overrides }] = jobsOf('imageEdit');
		assert.equal(overrides.image, `data:image/png;base64,${PIXEL.toString('base64')}`);
	});

	it('runs ten at once, each once', async () => {
		await press('many');
		await until('all are saved', () => files('many').length === 10, 30_000);
		const prompts = jobsOf('textToImage').map(({ overrides }) => overrides.prompt);
		assert.deepEqual(
			prompts.sort(),
			Array.from({ length: 10 }, (_, index) => `fox ${index}`),
		);
	});

	it('cancels a request that is queued, and leaves one that runs', async () => {
		const cancel = ({ requestId, modelId }) =>
			press('cancel', [
				{ p: 'requestId', v: requestId, vt: 'str' },
				{ p: 'modelId', v: modelId, vt: 'str' },
			]);
		rig.simulator.update({ queueMs: 60_000 });
		await press('video');
		const queued = await until('it is queued', () => jobsOf('video').at(-1), 30_000);
		await cancel(queued);
		await until('it is canceled', () => queued.state === 'canceled', 30_000);
		rig.simulator.update({ queueMs: 0, latencyMs: 5_000 });
		const before = files('video').length;
		await press('video');
		const running = await until('it runs', () =>
			jobsOf('video').find(({ state }) => state === 'in_progress'),
		);
		await cancel(running);
		await until('its video is saved all the same', () => files('video').length > before, 60_000);
		assert.equal(running.state, 'succeeded');
	});

	it('goes on with a video after a SIGKILL, and pays for it once', async () => {
		rig.simulator.update({ latencyMs: VIDEO_MS });
		const [before, looks] = ['submit', 'status'].map((call) =>
			rig.simulator.count(`models.${call}`),
		);
		const saved = files('video').length;
		await press('video');
		// By then, the journal has its id.
		await until('Node-RED waits for it', () => rig.simulator.count('models.status') > looks);
		await rig.nodeRed.stop('SIGKILL');
		rig.nodeRed = await startAgain('5', { userDir: join(rig.dir, 'user') });
		await until('its video is saved', () => files('video').length > saved, VIDEO_MS + 100_000);
		assert.equal(rig.simulator.count('models.submit'), before + 1);
	});
});
