// The simulator as a library on a virtual clock and as a command, a client that reads its answers, a receiver of its
// webhooks, and a decoder for its pictures.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { crc32, inflateSync } from 'node:zlib';
import { afterEach, jest } from '@jest/globals';
import type * as Library from '../../simulator/index.ts';

const require = createRequire(import.meta.url);
export const { createSimulator, DEPLOYMENT_IDS, FAULT_TABLE, MODEL_IDS } =
	require('../../dist/simulator/index.js') as typeof Library;

type Simulator = Library.Simulator;
export type SimulatorOptions = Library.SimulatorOptions;

/** A JSON object whose fields a test expects to exist. */
export type Json = Record<string, unknown>;

export interface Answer {
	status: number;
	headers: Headers;
	text: string;
	/** The parsed body; an empty object if it is not a JSON object. */
	json: Json;
}

export type Client = Awaited<ReturnType<typeof start>>;

export const README = readFileSync(new URL('../../simulator/README.md', import.meta.url), 'utf8');

export const START = Date.UTC(2026, 6, 1, 10);
export const AGENT = { 'user-agent': 'simulator-test/1' };

const open: Simulator[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map((sim) => sim.close()));
	jest.useRealTimers();
});

/** A simulator on a virtual clock that starts at START; closed after the test. */
export async function start(options: SimulatorOptions = {}) {
	let time = START;
	const now = () => time;
	const sim = await createSimulator({ now, ...options });
	return clientOf(sim, now, (ms) => {
		time += ms;
	});
}

/** Works like `start`, but on the system's clock and timers, which Jest moves: due events happen by themselves. */
export async function startOnTimers(options: SimulatorOptions = {}): Promise<Client> {
	jest.useFakeTimers({
		now: START,
		doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance'],
	});
	const sim = await createSimulator(options);
	return clientOf(sim, Date.now, (ms) => void jest.advanceTimersByTime(ms));
}

type Deployment = keyof Simulator['deploymentIds'];

/** @param pass moves the clock */
function clientOf(sim: Simulator, now: () => number, pass: (ms: number) => void) {
	open.push(sim);

	const call = async (
		method: string,
		path: string,
		body?: unknown,
		headers = {},
	): Promise<Answer> => {
		const response = await fetch(sim.url + path, {
			method,
			redirect: 'manual',
			headers: {
				authorization: `Bearer ${sim.token}`,
				'content-type': 'application/json',
				...headers,
			},
			...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
		});
		const text = await response.text();
		return { status: response.status, headers: response.headers, text, json: objectIn(text) };
	};
	const submit = (deployment: Deployment, body: unknown = { overrides: {} }, query = '') =>
		call('POST', `/prod/v2/deployments/${sim.deploymentIds[deployment]}/inference${query}`, body);
	const act =
		(method: string, action: string) =>
		(requestId: string, version = 'v2') => {
			const job = sim.jobs.get(requestId);
			const deployment = job?.deploymentId ?? sim.deploymentIds.textToImage;
			const path = `/prod/${version}/deployments/${deployment}/requests/${requestId}/${action}`;
			return call(method, path);
		};

	const result = act('GET', 'result');

	return {
		sim,
		now,
		pass,
		call,
		submit,
		/** Submits, lets a second pass, and returns the result. */
		async finish(deployment: Deployment, overrides: Json = {}, more: Json = {}) {
			const { json } = await submit(deployment, { overrides, ...more });
			pass(1000);
			return result(String(json['request_id']));
		},
		/** Submits and returns the request id. */
		async run(deployment: Deployment, overrides: Json = {}, query?: string) {
			const { json } = await submit(deployment, { overrides }, query);
			return String(json['request_id']);
		},
		status: act('GET', 'status'),
		result,
		cancel: act('POST', 'cancel'),
		/** Downloads without a token and with a User-Agent, as a client should. */
		download: (url: string, headers: Record<string, string> = AGENT) =>
			fetch(url, { headers, redirect: 'manual' }),
	};
}

function objectIn(text: string): Json {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? (value as Json) : {};
	} catch {
		return {};
	}
}

/** The value at a path of keys; undefined if the path ends early. */
export const at = (value: unknown, ...keys: Array<string | number>): unknown =>
	keys.reduce<unknown>(
		(inner, key) =>
			typeof inner === 'object' && inner !== null ? (inner as Json)[String(key)] : undefined,
		value,
	);

/** Every `url` in a result's outputs. */
export function urlsIn({ json }: Answer): string[] {
	const urls: string[] = [];
	JSON.stringify(json['outputs'], (key, value: unknown) => {
		if (key === 'url') urls.push(String(value));
		return value;
	});
	return urls;
}

const CLI = fileURLToPath(new URL('../../dist/simulator/cli.js', import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The simulator's command; killed after the test. */
export const launch = (...args: string[]) => launchWith({}, ...args);

/** @param variables of the environment */
export function launchWith(variables: NodeJS.ProcessEnv, ...args: string[]) {
	const child = spawn(process.execPath, [CLI, ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...variables },
	});
	children.push(child);
	const text = { out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (piece: string) => (text.out += piece));
	child.stderr.setEncoding('utf8').on('data', (piece: string) => (text.err += piece));
	const ended = once(child, 'close').then(([code]) => code as number | null);
	return { child, text, ended };
}

interface Receiver {
	url: string;
	/** The parsed bodies in order of arrival, including refused ones. */
	events: Json[];
	headers: Json[];
	paths: string[];
	/** The answers to the next posts, with 0 for none at all; then 200. */
	answers: number[];
}

const receivers: Array<() => Promise<void>> = [];
afterEach(async () => {
	await Promise.all(receivers.splice(0).map((close) => close()));
});

/** A webhook endpoint on this machine; closed after the test. */
export async function receiver(): Promise<Receiver> {
	const state: Receiver = {
		url: '',
		events: [],
		headers: [],
		paths: [],
		answers: [],
	};
	const server = createServer((request, response) => {
		let text = '';
		request.setEncoding('utf8');
		request.on('data', (piece: string) => {
			text += piece;
		});
		request.on('end', () => {
			state.events.push(JSON.parse(text) as Json);
			state.headers.push(request.headers);
			state.paths.push(request.url ?? '');
			const status = state.answers.shift() ?? 200;
			if (status !== 0) response.writeHead(status).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	receivers.push(async () => {
		const closed = new Promise<unknown>((resolve) => server.close(resolve));
		server.closeAllConnections();
		await closed;
	});
	return state;
}

export const statuses = ({ events }: Receiver): unknown[] => events.map(({ status }) => status);

interface Chunk {
	type: string;
	data: Buffer;
	/** Whether the stored CRC is correct. */
	valid: boolean;
}

/** Splits a PNG strictly by its specification; throws if it is malformed. */
export function chunksOf(png: Buffer): Chunk[] {
	if (!png.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) {
		throw new Error('no PNG signature');
	}
	const chunks: Chunk[] = [];
	let offset = 8;
	while (offset < png.length) {
		const length = png.readUInt32BE(offset);
		const end = offset + 8 + length;
		chunks.push({
			type: png.toString('latin1', offset + 4, offset + 8),
			data: png.subarray(offset + 8, end),
			valid: png.readUInt32BE(end) === crc32(png.subarray(offset + 4, end)),
		});
		offset = end + 4;
	}
	return chunks;
}

interface Picture {
	width: number;
	height: number;
	texts: Record<string, string>;
	/** The colour of a pixel as RGB. */
	pixel(x: number, y: number): number[];
}

/** Decodes an 8-bit palette PNG without filters. */
export function decodePng(png: Buffer): Picture {
	const chunks = chunksOf(png);
	const data = (type: string) => {
		const parts = chunks.filter((chunk) => chunk.type === type);
		return Buffer.concat(parts.map((chunk) => chunk.data));
	};
	const header = data('IHDR');
	const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
	const rows = inflateSync(data('IDAT'));
	const palette = data('PLTE');
	if (rows.length !== (width + 1) * height) throw new Error(`${rows.length} bytes of pixels`);
	return {
		width,
		height,
		texts: Object.fromEntries(chunks.flatMap(readText)),
		pixel(x, y) {
			const index = rows.readUInt8(y * (width + 1) + 1 + x);
			return [...palette.subarray(index * 3, index * 3 + 3)];
		},
	};
}

function readText({ type, data }: Chunk): Array<[string, string]> {
	const end = data.indexOf(0);
	const keyword = data.toString('latin1', 0, end);
	if (type === 'tEXt') return [[keyword, data.toString('latin1', end + 1)]];
	if (type === 'iTXt') return [[keyword, data.toString('utf8', end + 5)]];
	return [];
}
