// The core can read everything that it builds, and build everything that it reads.
import { describe, expect, it } from '@jest/globals';
import { applyOverrides, type Overrides } from '../../../core/comfyui/overrides';
import { canBeId } from '../../../core/http/paths';
import { isPrivateHostname } from '../../../core/http/privateAddress';
import type { Client } from '../../../core/index';
import * as core from '../../../core/index';
import { parseJson, withoutNonFinite } from '../../../core/json/numbers';
import { readEntries } from '../../../core/json/scan';
import { fileTypeOf, safeFilename } from '../../../core/media/filenames';
import { toMediaInput } from '../../../core/media/mediaInput';
import fc, { hostileData, hostileText } from '../../support/random.mts';
import { clientOf, json } from '../support/virtualHost.mts';
import { GRAPH } from '../support/workflows.mts';
import { MEDIA } from './ownErrors.mts';

const check = <T,>(arbitrary: fc.Arbitrary<T>, property: (given: T) => void | Promise<void>) =>
	fc.assert(
		fc.asyncProperty(arbitrary, async (given) => property(given)),
		{ numRuns: 300 },
	);

const data = hostileData(['a', 'b']);
const id = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter(canBeId);
const nodeId = fc.oneof(
	fc.nat(99).map(String),
	fc.constantFrom('38:2', '__proto__', 'constructor'),
);
const name = fc.oneof(
	fc.constantFrom('text', 'model.width', 'constructor', 'toString'),
	fc.stringMatching(/^\w{1,8}$/),
);
const overrides: fc.Arbitrary<Overrides> = fc
	.array(
		fc.tuple(
			nodeId,
			fc.array(fc.tuple(name, fc.oneof(fc.string(), fc.integer(), fc.boolean())), { maxLength: 4 }),
		),
		{ maxLength: 4 },
	)
	.map((nodes) =>
		Object.fromEntries(
			nodes.map(([node, inputs]) => [node, { inputs: Object.fromEntries(inputs) }]),
		),
	);

describe('JSON', () => {
	it('is read as it was written, large integers included', () =>
		check(data, (given) => expect(parseJson(core.stringifyJson(given))).toEqual(plain(given))));

	it('is refused if JSON.parse refuses it, and only then', () =>
		check(hostileText(['{', '}', '[', ']', '"', ':', ',', '\\', 'null', '1', '\n']), (text) => {
			const parses = succeeds(() => JSON.parse(text));
			expect(succeeds(() => parseJson(text))).toBe(parses);
		}));

	it('of Python is JSON if that can be read', () =>
		check(fc.json(), (text) => expect(withoutNonFinite(text)).toBe(text)));

	it('gives its entries however it is cut into pieces', () =>
		check(
			fc.tuple(
				fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
				fc.integer({ min: 1, max: 9 }),
			),
			async ([object, size]) => {
				const found = new Map<string, unknown>();
				const wanted = new Set([...Object.keys(object), 'missing']);
				const bytes = Buffer.from(JSON.stringify(object));
				async function* pieces() {
					for (let at = 0; at < bytes.length; at += size) {
						const piece = bytes.subarray(at, at + size);
						yield piece;
						// As of a stream that reuses its memory.
						piece.fill(0);
					}
				}
				await readEntries(pieces(), wanted, bytes.length, (key, text) =>
					found.set(key, JSON.parse(text)),
				);
				expect(found).toEqual(new Map(Object.entries(JSON.parse(JSON.stringify(object)))));
			},
		));
});

describe('addresses', () => {
	const urlOf = async (call: (client: Client) => Promise<unknown>) => {
		const { client, host } = clientOf(json({ id: 'd', status: 'in_queue' }));
		await call(client);
		return host.calls[0]?.request.url ?? '';
	};

	it('hold the ids and lead nowhere else', () =>
		check(fc.tuple(id, id), async ([deploymentId, requestId]) => {
			const url = await urlOf((client) => core.getResult(client, { deploymentId, requestId }));
			const { origin, pathname, search, hash } = new URL(url);
			const [deployment, , request, leaf] = pathname.split('/').slice(4).map(decodeURIComponent);
			expect([deployment, request, leaf]).toEqual([deploymentId, requestId, 'result']);
			expect([origin, search, hash]).toEqual(['https://api.runcomfy.net', '', '']);
		}));

	it('are as private within IPv6 as they are themselves', () =>
		check(fc.ipV4(), (address) => {
			expect(isPrivateHostname(`[::ffff:${address}]`)).toBe(isPrivateHostname(address));
			expect(isPrivateHostname(`[64:ff9b::${address}]`)).toBe(isPrivateHostname(address));
		}));
});

describe('overrides', () => {
	it('change only the nodes that a workflow has; the others are left', () =>
		check(overrides, (given) => {
			const { workflow, rest } = applyOverrides(GRAPH, given);
			expect(Object.keys(workflow)).toEqual(Object.keys(GRAPH));
			expect(Object.keys(rest).every((node) => !Object.hasOwn(GRAPH, node))).toBe(true);
			for (const [node, { inputs }] of Object.entries(given)) {
				if (Object.hasOwn(GRAPH, node)) expect(workflow[node]?.inputs).toMatchObject(inputs);
			}
		}));
});

describe('files', () => {
	const filename = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 300 }),
		hostileText(['../', '\\', 'CON', '.png', ' ', '.', '€']),
	);

	it('have names that are safe, and safe names stay', () =>
		check(filename, (given) => {
			const safe = safeFilename(given);
			expect(safe).toMatch(/^[^/\\<>:"|?*\p{C}]+$/u);
			expect(safe).not.toMatch(/^[\s.]|[\s.]$/);
			expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(212);
			expect(safeFilename(safe)).toBe(safe);
			expect(fileTypeOf(safe).mimeType).toMatch(/^[\w.+-]+\/[\w.+-]+$/);
		}));

	it('are the same bytes in a data URI, which stays as it is', () =>
		check(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
			const options = { ...MEDIA, filename: 'a.png' };
			const valueOf = (given: Uint8Array | string) => toMediaInput(given, options).value;
			const value = valueOf(bytes);
			expect(Buffer.from(value.split(',')[1] ?? '', 'base64')).toEqual(Buffer.from(bytes));
			expect(valueOf(value)).toBe(value);
			const url = `data:image/png;base64,${Buffer.from(bytes).toString('base64url')}`;
			const again = valueOf(url);
			expect(Buffer.from(again.split(',')[1] ?? '', 'base64')).toEqual(Buffer.from(bytes));
		}));
});

function succeeds(work: () => unknown): boolean {
	try {
		work();
		return true;
	} catch {
		return false;
	}
}

/** Compares as JSON does: -0 is 0, and integers too large for a number are a `bigint`. */
function plain(given: unknown): unknown {
	if (typeof given === 'number') {
		const large = Number.isInteger(given) && !Number.isSafeInteger(given) && Math.abs(given) < 1e21;
		return large ? BigInt(String(given)) : given + 0;
	}
	if (Array.isArray(given)) return given.map(plain);
	if (typeof given !== 'object' || given === null) return given;
	return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, plain(one)]));
}
