// The faults as bytes on a socket.
import type { ServerResponse } from 'node:http';
import type { Fault, Good } from './fault.mts';
import { FAULTS } from './faults.mts';
import type { Group } from './right.mts';

type Write = (response: ServerResponse, body: string) => void;

const json = { 'content-type': 'application/json' };
const MEGABYTE = Buffer.alloc(2 ** 20, ' ');
/** More than the 64 MB that a host takes in, and JSON to its end: who reads it all would like it. */
const MEGABYTES = 72;

/** A good answer of the length that it announces, of which something comes. */
const begin: Write = (response, body) => {
	response.writeHead(200, { ...json, 'content-length': String(Buffer.byteLength(body) + 1) });
	response.flushHeaders();
};

const BYTES: Record<string, Write> = {
	'reset before the first byte': (response) => void response.socket?.destroy(),
	'reset after the headers'(response, body) {
		begin(response, body);
		setImmediate(() => response.destroy());
	},
	'reset within the body'(response, body) {
		begin(response, body);
		response.write(body.slice(0, body.length >> 1), () => response.destroy());
	},
	'no answer': () => undefined,
	'nothing after the headers': begin,
	'silence within the body'(response, body) {
		begin(response, body);
		response.write(body.slice(0, body.length >> 1));
	},
	'more than a host takes in'(response, body) {
		response.writeHead(200, json);
		response.write(body || '{}');
		let left = MEGABYTES;
		const more = () => {
			while (left > 0 && !response.destroyed) {
				left -= 1;
				if (!response.write(MEGABYTE)) return void response.once('drain', more);
			}
			response.end();
		};
		more();
	},
};

export function writeFault(fault: Fault, response: ServerResponse, good: Good): void {
	const write = Object.hasOwn(BYTES, fault.name) ? BYTES[fault.name] : undefined;
	if (write) return write(response, good.body);
	const reply = fault.answer(good);
	if (reply instanceof Error) return void response.destroy(reply);
	response.writeHead(reply.status ?? 200, reply.headers ?? {}).end(reply.body ?? '');
}

/** Those that a host meets besides: each kind, and what its HTTP library has a hand in. */
const NAMES: readonly string[] = [
	...Object.keys(BYTES),
	...['302 to the same origin', '307 to another origin', '302 to itself'],
	...[400, 401, 402, 403, 404, 408, 409, 410, 422, 429, 500, 502, 503, 504].map((s) => `HTTP ${s}`),
	...['0', '-5', '99999999', 'soon'].map((value) => `HTTP 429, Retry-After "${value}"`),
	...['0', '99999999'].map((value) => `HTTP 503, Retry-After "${value}"`),
	...['HTTP 422 with a detail of many levels', 'HTTP 403 with __proto__'],
	...[401001, 404001, 422001, 500001, 10001, 10002, 10003, 10030].map(
		(code) => `200 with the error ${code}`,
	),
	...['a web page', 'a web page that calls itself JSON', 'no body', 'null', 'a text'],
	...['an empty list', 'an empty object', 'half of the JSON'],
	...['JSON that calls itself a page', 'a byte order mark', 'objects within objects'],
	...['texts to be looked through, deep down', '__proto__', 'constructor'],
	...['401 with the token', '500 with the token'],
];

const WIRE_FAULTS: readonly Fault[] = NAMES.map((name) => {
	const fault = FAULTS.find((one) => one.name === name);
	if (!fault) throw new Error(`There is no fault "${name}"`);
	return fault;
});

/** Those that take long to come: they are met where they matter most. */
const HEAVY: readonly string[] = [
	'more than a host takes in',
	...['nothing after the headers', 'silence within the body'],
];
const HEAVY_FOR: readonly string[] = ['submit', 'result', 'webhook in'];

/** In the first half of object_info are the classes that are wanted, and nobody reads on. */
const ENOUGH: readonly string[] = ['reset within the body', ...HEAVY];
const HALF = 'half of the JSON';

/** What one endpoint meets in a host. */
export function wireFaultsFor(name: string, group: Group): Fault[] {
	return WIRE_FAULTS.filter(({ kind, apiOnly, ...fault }) => {
		if (HEAVY.includes(fault.name) && !HEAVY_FOR.includes(name)) return false;
		if (group !== 'download' && group !== 'object_info') return true;
		// Streams have longer limits, which nothing shortens here; where they lead is tested with the core.
		if (kind === 'silent' || kind.startsWith('redirect') || fault.name === HALF) return false;
		return group === 'download' ? !apiOnly : !ENOUGH.includes(fault.name);
	});
}
