// A stub ComfyUI that runs nothing, the simulator in front of it, and a client of the simulator. The stub's answers are
// modelled on recordings of a real ComfyUI (0.33).
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import {
	type Answer,
	at,
	type Client,
	type Json,
	type SimulatorOptions,
	start,
	startOnTimers,
} from '../support.mts';

export const WORKFLOW = {
	id: 'c0ffee00-0000-4000-8000-000000000001',
	name: 'postcard',
	graph: {
		'1': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
		'2': { class_type: 'CLIPTextEncode', inputs: { text: 'a fox', clip: ['4', 1] } },
		'9': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'card' } },
	},
};

/** Starts the simulator in front of a stub, on a virtual clock. */
export async function bridge(stub?: StubComfyui, options?: SimulatorOptions) {
	const comfyui = stub ?? (await new StubComfyui().start());
	return clientOf(await start({ ...inFrontOf(comfyui), ...options }), comfyui);
}

/** Works like `bridge`, but with timers that Jest moves: the simulator polls ComfyUI by itself. */
export async function bridgeOnTimers(options?: SimulatorOptions, stub?: StubComfyui) {
	const comfyui = stub ?? (await new StubComfyui().start());
	return clientOf(await startOnTimers({ ...inFrontOf(comfyui), ...options }), comfyui);
}

const inFrontOf = ({ url }: StubComfyui): SimulatorOptions => ({
	comfyui: { url, workflows: [WORKFLOW] },
});

function clientOf({ sim, pass, call, download }: Client, comfyui: StubComfyui) {
	const base = `/prod/v2/deployments/${WORKFLOW.id}`;
	/** @param body a text is sent unchanged */
	const submit = (body: Json | string = { overrides: {} }, query = '') =>
		call('POST', `${base}/inference${query}`, body);
	return {
		sim,
		pass,
		call,
		download,
		stub: comfyui,
		submit,
		/** Submits, and returns the request id. */
		run: async (overrides: Json = {}) => String((await submit({ overrides })).json['request_id']),
		status: (id: string) => call('GET', `${base}/requests/${id}/status`),
		result: (id: string) => call('GET', `${base}/requests/${id}/result`),
		cancel: (id: string) => call('POST', `${base}/requests/${id}/cancel`),
		/** The last prompt that ComfyUI received. */
		prompt(): Json {
			const sent = comfyui.calls.filter((line) => line.startsWith('POST /prompt ')).at(-1) ?? '';
			return JSON.parse(sent.slice('POST /prompt '.length)) as Json;
		},
	};
}

export const stateIn = ({ json }: Answer): unknown => json['status'];
export const errorIn = ({ json }: Answer): unknown => at(json, 'error', 0);

/** `[number, prompt id, prompt, extra data, outputs]` */
type Item = [number: number, id: string, prompt: Json, extra: Json, outputs: string[]];

interface StubAnswer {
	status: number;
	body: Json | string;
}

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
	await Promise.all(closers.splice(0).map((close) => close()));
});

const INFO: Json = {
	LoadImage: { input: { required: { image: [['example.png'], { image_upload: true }] } } },
	LoadAudio: { input: { required: { audio: ['COMBO', { options: [], audio_upload: true }] } } },
	CLIPTextEncode: { input: { required: { text: ['STRING', { multiline: true }] } } },
};

/** Times on ComfyUI's own clock. */
const STARTED = Date.UTC(2026, 6, 1, 10, 0, 1);
const ENDED = STARTED + 2500;

export class StubComfyui {
	url = '';
	readonly pending: Item[] = [];
	running: Item | undefined;
	readonly history: Json = {};
	/** Received calls, such as `POST /interrupt {"prompt_id":"…"}`. */
	readonly calls: string[] = [];
	/** Their paths with queries, as they arrived. */
	readonly paths: string[] = [];
	readonly uploads: Array<{ name: string; text: string }> = [];
	readonly files: Record<string, string> = {};
	/** The answer to the next prompt; by default, the prompt is queued. */
	answer: StubAnswer | undefined;
	nodeErrors: Json = {};
	/** The answer to every call, as from a server in front of ComfyUI. */
	instead: StubAnswer | undefined;
	/** Begins its answers without ending them. */
	endless = false;
	/** Accepts calls without answering them, as ComfyUI does while it loads a model. */
	frozen = false;
	private count = 0;
	private server: Server | undefined;

	/** @param port of an earlier stub, as when a ComfyUI is restarted */
	async start(port = 0): Promise<this> {
		const server = createServer((request, response) => void this.take(request, response));
		await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		this.server = server;
		closers.push(() => this.stop());
		return this;
	}

	async stop(): Promise<void> {
		const { server } = this;
		this.server = undefined;
		if (server === undefined) return;
		const closed = new Promise<unknown>((resolve) => server.close(resolve));
		server.closeAllConnections();
		await closed;
	}

	get port(): number {
		return Number(new URL(this.url).port);
	}

	/** Starts the prompt that has waited longest. */
	begin(): string {
		this.pending.sort(([a], [b]) => a - b);
		this.running = this.pending.shift();
		return this.running?.[1] ?? '';
	}

	succeed(outputs: Json): void {
		this.end('success', outputs, ['execution_success', {}]);
	}

	fail(error: Json): void {
		this.end('error', {}, ['execution_error', error]);
	}

	/** A prompt from elsewhere, such as an editor on the same ComfyUI. */
	queueAnother(): void {
		this.pending.push([this.count++, `other-${this.count}`, {}, { client_id: 'editor' }, []]);
	}

	private end(status: 'success' | 'error', outputs: Json, [event, data]: [string, Json]): void {
		const item = this.running ?? this.pending.shift();
		if (item === undefined) throw new Error('Nothing runs');
		this.running = undefined;
		const prompt_id = item[1];
		this.history[prompt_id] = {
			prompt: item,
			outputs,
			status: {
				status_str: status,
				completed: status === 'success',
				messages: [
					['execution_start', { prompt_id, timestamp: STARTED }],
					['execution_cached', { nodes: [], prompt_id, timestamp: STARTED }],
					[event, { prompt_id, ...data, timestamp: ENDED }],
				],
			},
			meta: {},
		};
	}

	private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
		// No connection outlives the server, so that a call notices at once that it has stopped.
		response.setHeader('connection', 'close');
		const pieces: Buffer[] = [];
		for await (const piece of request) pieces.push(piece as Buffer);
		const body = Buffer.concat(pieces);
		const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub');
		this.paths.push(request.url ?? '');
		const type = request.headers['content-type'] ?? '';
		const form = type.startsWith('multipart/');
		if (request.method === 'POST' && !form) this.calls.push(`POST ${pathname} ${String(body)}`);
		const send = ({ status, body: answer }: StubAnswer): void => {
			const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
			response.writeHead(status, { 'content-type': 'application/json' }).end(text);
		};
		if (pathname === '/view') return this.view(searchParams, request, response);
		if (form) return send(await this.upload(body, type));
		if (this.frozen) return;
		if (this.endless) return void response.writeHead(200).write('{');
		if (this.instead) return send(this.instead);
		send(this.route(pathname, body.length > 0 ? (JSON.parse(String(body)) as Json) : {}));
	}

	private route(path: string, body: Json): StubAnswer {
		const [, name = '', key = ''] = path.split('/');
		const ok = (answer: Json | string): StubAnswer => ({ status: 200, body: answer });
		switch (name) {
			case 'prompt':
				return this.queue(body);
			case 'queue':
				return ok(this.changeQueue(body));
			case 'history':
				// Python writes NaN, which is not JSON.
				return ok(
					JSON.stringify(key in this.history ? { [key]: this.history[key] } : {}).replaceAll(
						'"NaN"',
						'NaN',
					),
				);
			case 'interrupt':
				if (this.running?.[1] === body['prompt_id']) {
					this.end('error', {}, ['execution_interrupted', { node_id: '2', executed: [] }]);
				}
				return ok('');
			case 'object_info':
				return ok(key === '' ? INFO : key in INFO ? { [key]: INFO[key] } : {});
			case 'system_stats':
				return ok({ system: { comfyui_version: '0.33.0' }, devices: [{ name: 'cpu' }] });
			case 'free':
				return ok('');
			default:
				return { status: 404, body: '404: Not Found' };
		}
	}

	private queue({ prompt, extra_data }: Json): StubAnswer {
		const { answer } = this;
		this.answer = undefined;
		if (answer !== undefined) return answer;
		const number = this.count++;
		const prompt_id = `9b2f0000-0000-4000-8000-${String(number).padStart(12, '0')}`;
		this.pending.push([number, prompt_id, prompt as Json, extra_data as Json, []]);
		return { status: 200, body: { prompt_id, number, node_errors: this.nodeErrors } };
	}

	private changeQueue({ delete: ids = [] }: Json): Json {
		const left = this.pending.filter(([, id]) => !(ids as string[]).includes(id));
		this.pending.splice(0, Infinity, ...left);
		// Waiting prompts form a heap, so their order in the list means nothing.
		const queue_pending = left.toReversed();
		return { queue_running: this.running ? [this.running] : [], queue_pending };
	}

	private async upload(body: Buffer, type: string): Promise<StubAnswer> {
		const headers = { 'content-type': type };
		const form = await new Response(new Uint8Array(body), { headers }).formData();
		const image = form.get('image') as File;
		this.uploads.push({ name: image.name, text: await image.text() });
		return { status: 200, body: { name: image.name, subfolder: '', type: 'input' } };
	}

	private view(query: URLSearchParams, { headers }: IncomingMessage, response: ServerResponse) {
		const place = ['type', 'subfolder', 'filename'].map((name) => query.get(name));
		const text = this.files[place.filter(Boolean).join('/')];
		if (text === undefined) return void response.writeHead(404).end();
		const part = /^bytes=(?<from>\d+)-(?<to>\d+)$/.exec(headers.range ?? '')?.groups;
		const [from, to] = part ? [Number(part['from']), Number(part['to'])] : [0, text.length - 1];
		const piece = text.slice(from, to + 1);
		response.writeHead(part ? 206 : 200, {
			...(part && { 'content-range': `bytes ${from}-${to}/${text.length}` }),
			// Python's type for an unknown file extension.
			'content-type': 'application/octet-stream',
			'content-length': String(piece.length),
		});
		response.end(piece);
	}
}
