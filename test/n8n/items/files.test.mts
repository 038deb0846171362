// In the file system mode, the usual one of an n8n instance.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { byId, countOf, hosted, itemsOf, type Json, runNode, useRig } from '../support/rig.mts';
import { itSince } from '../support/versions.mts';

const binaryDir = mkdtempSync(join(tmpdir(), 'runcomfy-binary-'));
afterAll(() => rmSync(binaryDir, { recursive: true, force: true }));

const rig = useRig({ binaryDir });

async function run(options: Json = {}) {
	const outcome = await runNode(rig, {
		operation: 'runAndWait',
		deploymentId: byId(rig.simulator.deploymentIds.textToImage),
		overrides: '{}',
		options,
	});
	const item = itemsOf(outcome)[0]!;
	const [file] = item.json['files'] as unknown as Array<{ url: string; binary_property?: string }>;
	const hints = outcome.runData['Step 1']?.[0]?.hints ?? [];
	return { item, file: file!, warnings: item.json['warnings'] as unknown as string[], hints };
}

/** Files of binary data on disk, those half written included. */
const stored = () =>
	readdirSync(binaryDir, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.endsWith('.metadata'))
		.map(({ name }) => name);

/** What the item looks like whose file could not be fetched: nothing of the run is lost. */
function expectKept(
	{ item, file, warnings, hints }: Awaited<ReturnType<typeof run>>,
	warning: RegExp,
) {
	expect(item.json).toMatchObject({ status: 'succeeded' });
	expect(file.url).toMatch(/^http/);
	expect(file).not.toHaveProperty('binary_property');
	expect(item.binary).toBeUndefined();
	expect(warnings).toEqual([expect.stringMatching(warning)]);
	expect(hints).toEqual([
		{
			message: expect.stringContaining('Not every file was downloaded'),
			type: 'warning',
			location: 'outputPane',
		},
	]);
}

const LEFT_BEHIND = 'n8n leaves what it has stored of a file that was broken off';

describe('output files', () => {
	it('go to disk as they come', async () => {
		rig.simulator.update({ outputBytes: 3_000_000 });
		const { item, file } = await run();
		const path = rig.engine.binaryPath(item);
		const bytes = readFileSync(String(path));
		expect(bytes.length).toBe(3_000_000);
		expect(bytes.equals(await hosted(file.url))).toBe(true);
		expect(item.binary?.['data']).toMatchObject({
			mimeType: 'image/png',
			fileName: expect.stringMatching(/\.png$/),
			bytes: 3_000_000,
		});
	});

	it('larger than the limit are not fetched: address and warning come out', async () => {
		rig.simulator.update({ outputBytes: 3_000_000 });
		const before = stored();
		expectKept(await run({ maxFileSize: 2 }), /larger than the limit of 2\.0 MB.*size limit/);
		expect(stored()).toEqual(before);
		expect((await run({ maxFileSize: 0 })).file.binary_property).toBe('data');
	});

	itSince('2.41.0', LEFT_BEHIND)(
		'larger than the limit, which no header told, are broken off in the middle',
		async () => {
			const endless = createServer((_request, response) => {
				const more = () => {
					while (response.write(Buffer.alloc(65_536)));
				};
				response.on('drain', more);
				more();
			});
			const closed = new Promise((resolve) => {
				endless.on('connection', (socket) => socket.on('close', resolve));
			});
			await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
			const location = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/endless.png`;
			rig.simulator.inject({ name: 'storage_redirect', location });
			const before = stored();
			expectKept(await run({ maxFileSize: 1 }), /larger than the limit of 1\.0 MB/);
			expect(stored()).toEqual(before);
			await closed;
			await new Promise((resolve) => endless.close(resolve));
		},
	);

	itSince('2.41.0', LEFT_BEHIND)(
		'that come too late are given up: address and warning come out',
		async () => {
			const slow = createServer((_request, response) => {
				const timer = setInterval(() => response.write(Buffer.alloc(4_096)), 10);
				response.on('close', () => clearInterval(timer));
			});
			await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
			const location = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/slow.png`;
			rig.simulator.inject({ name: 'storage_redirect', location });
			const before = stored();
			expectKept(await run({ downloadTimeout: 0.2 }), /had not come after 0\.2 s.*time limit/);
			expect(stored()).toEqual(before);
			await new Promise((resolve) => slow.close(resolve));
		},
	);

	it.each([
		['an empty file', { name: 'zero_byte_download' }],
		['half a file', { name: 'storage_truncated' }],
		['a 500', { name: 'server_error', on: 'storage' }],
		['a redirect to another host', { name: 'storage_redirect', cross_origin: true }],
	] as const)('are there in the end after %s', async (_name, fault) => {
		rig.simulator.inject(fault);
		const { item, file, warnings } = await run();
		expect(warnings).toEqual([]);
		expect(readFileSync(String(rig.engine.binaryPath(item))).equals(await hosted(file.url))).toBe(
			true,
		);
		expect(rig.simulator.requests.some(({ faults }) => faults.includes(fault.name))).toBe(true);
	});

	it('are fetched from a fresh address when the first one has expired', async () => {
		rig.simulator.inject({ name: 'storage_expired' });
		const { item, file, warnings } = await run();
		expect(warnings).toEqual([]);
		expect(countOf(rig, 'result')).toBe(2);
		const bytes = readFileSync(String(rig.engine.binaryPath(item)));
		expect(bytes.equals(await hosted(file.url))).toBe(true);
	});

	it('that are gone leave their address and a warning', async () => {
		rig.simulator.inject({ name: 'storage_not_found', times: Infinity });
		expectKept(await run(), /not given out \(HTTP 404\).*7 days/);
		expect(countOf(rig, 'submit')).toBe(1);
	});
});
