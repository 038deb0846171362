import {
	type Answer,
	at,
	type Client,
	type Json,
	type SimulatorOptions,
	start,
	startOnTimers,
} from '../support.mts';
import { StubComfyui } from './stub.mts';

export const WORKFLOW = {
	id: 'c0ffee00-0000-4000-8000-000000000001',
	name: 'postcard',
	graph: {
		'1': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
		'2': { class_type: 'CLIPTextEncode', inputs: { text: 'a fox', clip: ['4', 1] } },
		'9': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'card' } },
	},
};

export interface Bridge extends Pick<Client, 'sim' | 'pass' | 'call' | 'download'> {
	stub: StubComfyui;
	/** @param body a text is sent as it is */
	submit(body?: Json | string, query?: string): Promise<Answer>;
	/** Submits, and returns the request id. */
	run(overrides?: Json): Promise<string>;
	status(id: string): Promise<Answer>;
	result(id: string): Promise<Answer>;
	cancel(id: string): Promise<Answer>;
	/** The last prompt that ComfyUI received. */
	prompt(): Json;
}

/** Starts the simulator in front of a stub, on a virtual clock. */
export async function bridge(stub?: StubComfyui, options?: SimulatorOptions): Promise<Bridge> {
	const comfyui = stub ?? (await new StubComfyui().start());
	return clientOf(await start({ ...inFrontOf(comfyui), ...options }), comfyui);
}

/** Works like `bridge`, but with timers that Jest moves: the simulator asks ComfyUI by itself. */
export async function bridgeOnTimers(options?: SimulatorOptions): Promise<Bridge> {
	const comfyui = await new StubComfyui().start();
	return clientOf(await startOnTimers({ ...inFrontOf(comfyui), ...options }), comfyui);
}

const inFrontOf = ({ url }: StubComfyui): SimulatorOptions => ({
	comfyui: { url, workflows: [WORKFLOW] },
});

function clientOf({ sim, pass, call, download }: Client, comfyui: StubComfyui): Bridge {
	const base = `/prod/v2/deployments/${WORKFLOW.id}`;
	const submit: Bridge['submit'] = (body = { overrides: {} }, query = '') =>
		call('POST', `${base}/inference${query}`, body);
	return {
		sim,
		pass,
		call,
		download,
		stub: comfyui,
		submit,
		run: async (overrides = {}) => String((await submit({ overrides })).json['request_id']),
		status: (id) => call('GET', `${base}/requests/${id}/status`),
		result: (id) => call('GET', `${base}/requests/${id}/result`),
		cancel: (id) => call('POST', `${base}/requests/${id}/cancel`),
		prompt() {
			const sent = comfyui.calls.filter((line) => line.startsWith('POST /prompt ')).at(-1) ?? '';
			return JSON.parse(sent.slice('POST /prompt '.length)) as Json;
		},
	};
}

export const stateIn = ({ json }: Answer): unknown => json['status'];
export const errorIn = ({ json }: Answer): unknown => at(json, 'error', 0);
