// A workflow of 300 nodes, described and checked; and one whose object_info has 20 MB, on loopback.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MB } from './load.mjs';

const self = fileURLToPath(import.meta.url);
const NODES = 300;
const INFO_BYTES = 20 * MB;
const RUNS = 20;

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function workflow() {
	const server = createServer((request, response) => serve(request, response));
	await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
	const url = `http://127.0.0.1:${server.address().port}`;
	try {
		// In a process of its own, whose memory nothing else uses.
		const { described, form, again, memory } = await new Promise((resolve, reject) => {
			const child = fork(self, [url], { execArgv: ['--expose-gc'] });
			child.once('error', reject);
			child.once('exit', (code) => reject(new Error(`The process ended with ${code}`)));
			child.once('message', resolve);
		});
		return [
			{ name: `${NODES} nodes: describe and check`, value: described, unit: 'ms', most: 20 },
			{ name: `${NODES} nodes, object_info of 20 MB: form`, value: form, unit: 'ms', most: 1000 },
			{ name: 'its memory at the most', value: memory / MB, unit: 'MiB', most: 64 },
			{ name: 'opened again', value: again, unit: 'ms', most: 1000 },
		];
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

const classOf = (index) => ({
	input: {
		required: {
			image: ['IMAGE'],
			model: [Array.from({ length: 200 }, (_, i) => `folder/model-${index}-${i}.safetensors`)],
			seed: ['INT', { default: 0, min: 0, max: 1e15, control_after_generate: true }],
			steps: ['INT', { default: 20, min: 1, max: 100, step: 1, tooltip: 'How many steps' }],
			cfg: ['FLOAT', { default: 7, min: 0, max: 30, step: 0.1 }],
			text: ['STRING', { multiline: true, default: '' }],
			mode: [
				'COMFY_DYNAMICCOMBO_V3',
				{
					options: ['a', 'b'].map((key) => ({
						key,
						inputs: { required: { strength: ['FLOAT', { default: 1, min: 0, max: 2 }] } },
					})),
				},
			],
		},
	},
	output: ['IMAGE'],
	output_node: index === 0,
	name: `Class${index}`,
});

const graph = () =>
	Object.fromEntries(
		Array.from({ length: NODES }, (_, index) => [
			String(index),
			{
				class_type: `Class${index % 60}`,
				_meta: { title: `Node ${index}` },
				inputs: {
					image: index === NODES - 1 ? 'none' : [String(index + 1), 0],
					model: `folder/model-${index % 60}-7.safetensors`,
					...{ seed: 1, steps: 20, cfg: 7, text: 'a cat', mode: 'a', 'mode.strength': 1 },
				},
			},
		]),
	);

/** The last class that the workflow has comes at the very end: nothing may be left out. */
function* infoText() {
	yield '{';
	let bytes = 0;
	for (let index = 100; bytes < INFO_BYTES; index += 1) {
		const entry = `${JSON.stringify(`Class${index}`)}:${JSON.stringify(classOf(index))},`;
		bytes += entry.length;
		yield entry;
	}
	yield Array.from(
		{ length: 60 },
		(_, index) => `${JSON.stringify(`Class${index}`)}:${JSON.stringify(classOf(index))}`,
	).join(',');
	yield '}';
}

let infoBody;
function serve(request, response) {
	if (request.url?.startsWith('/object_info')) {
		infoBody ??= Buffer.from([...infoText()].join(''));
		response.end(infoBody);
		return;
	}
	const object_info_url = `http://${request.headers.host}/object_info.json`;
	const payload = { workflow_api_json: graph(), object_info_url };
	response.end(JSON.stringify({ id: 'dep', payload }));
}

if (process.argv[1] === self) {
	const core = createRequire(self)('../dist/core/index.js');
	const [, , url] = process.argv;
	const host = {
		now: () => Date.now(),
		monotonic: () => performance.now(),
		sleep: (ms, signal) =>
			new Promise((resolve, reject) => {
				const timer = setTimeout(resolve, ms);
				signal?.addEventListener('abort', () => {
					clearTimeout(timer);
					reject(new Error('aborted'));
				});
			}),
		toBase64: () => '',
		async request({ url: address, expect }) {
			const answer = await fetch(address);
			const headers = Object.fromEntries(answer.headers);
			return expect === 'text'
				? { status: answer.status, headers, body: await answer.text() }
				: { status: answer.status, headers, stream: answer.body };
		},
	};
	const client = core.createClient({ host, baseUrl: url });
	// The service makes what it serves when it is asked first.
	await (await fetch(`${url}/object_info.json`)).arrayBuffer();
	globalThis.gc?.();
	const before = process.memoryUsage().rss;
	let memory = 0;
	const watching = setInterval(() => {
		memory = Math.max(memory, process.memoryUsage().rss - before);
	}, 5);
	const cache = core.createWorkflowCache();
	const open = async () => {
		const began = performance.now();
		const { workflow: saved, info, guessed } = await core.loadWorkflow(client, 'dep', { cache });
		if (guessed) throw new Error(guessed);
		if (core.describeInputs(saved, info).length === 0) throw new Error('An empty form');
		return { ms: performance.now() - began, saved, info };
	};
	const { ms: form, saved, info } = await open();
	memory = Math.max(memory, process.memoryUsage().rss - before);
	clearInterval(watching);
	const { ms: again } = await open();
	const overrides = Object.fromEntries(
		Object.keys(saved).map((id) => [id, { inputs: { steps: '30', text: 'a dog', cfg: 5 } }]),
	);
	const times = Array.from({ length: RUNS }, () => {
		const began = performance.now();
		core.describeInputs(saved, info);
		core.checkOverrides(overrides, saved, info);
		core.checkWorkflow(saved, info);
		return performance.now() - began;
	}).sort((a, b) => a - b);
	const described = times[RUNS / 2];
	process.send?.({ described, form, again, memory }, () => process.exit(0));
}
