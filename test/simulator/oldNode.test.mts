// The simulator on versions of Node.js that lack something.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { chunksOf } from './png.mts';

const dist = fileURLToPath(new URL('../../dist/simulator/', import.meta.url));

it('draws valid pictures without zlib.crc32, which Node.js 22.0 and 22.1 lack', () => {
	const script = `
		delete require('node:zlib').crc32;
		const { render } = require(${JSON.stringify(`${dist}media/render.cjs`)});
		const spec = { media: 'png', width: 16, height: 16, prompt: 'x', seed: '1', facts: [] };
		console.log(render(spec).toString('base64'));`;
	const printed = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
	const chunks = chunksOf(Buffer.from(printed, 'base64'));
	expect(chunks.length).toBeGreaterThan(2);
	expect(chunks.filter(({ valid }) => !valid)).toEqual([]);
});

it.each(['18.20.0', '20.18.0', '16.0.0'])('says that Node.js %s is too old', (version) => {
	const script = `
		Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
		require(${JSON.stringify(`${dist}cli.cjs`)});`;
	const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
		encoding: 'utf8',
		timeout: 10_000,
	});
	expect(status).toBe(1);
	expect(stderr).toContain(`needs Node.js 20.18.1 or newer; this is ${version}`);
	expect(stderr).not.toContain('    at ');
});
