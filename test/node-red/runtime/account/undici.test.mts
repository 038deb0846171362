// What each Node-RED entry does if undici is missing.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type * as PoolModule from '../../../../node-red/runtime/account/pool.cts';
import { dist, requireFromRoot, root } from '../../support/dist.mts';
import { TYPES } from '../../support/rig.mts';

const { 'node-red': section } = requireFromRoot('./package.json') as {
	'node-red': { nodes: Record<string, string> };
};

/** Runs code in a separate process in which some modules cannot be found. */
function without(missing: string[], code: string): unknown {
	const preamble = `
		const Module = require('node:module');
		const resolve = Module._resolveFilename;
		Module._resolveFilename = function (name, ...rest) {
			if (${JSON.stringify(missing)}.includes(name)) {
				throw Object.assign(new Error('Cannot find module ' + name), { code: 'MODULE_NOT_FOUND' });
			}
			return resolve.call(this, name, ...rest);
		};`;
	return JSON.parse(
		execFileSync(process.execPath, ['-e', preamble + code], { cwd: root, encoding: 'utf8' }),
	);
}

describe('every Node-RED entry', () => {
	it('is one of the types that are tested here, or the config node', () => {
		expect(Object.keys(section.nodes).sort()).toEqual(['runcomfy-config', ...TYPES].sort());
	});

	it('registers its type although undici is missing', () => {
		const registered = without(
			['undici'],
			`const types = [];
			const idle = () => undefined;
			const RED = {
				nodes: { registerType: (type) => types.push(type) },
				settings: {},
				events: { on: idle },
				auth: { needsPermission: idle },
				httpAdmin: { get: idle, post: idle },
			};
			for (const file of ${JSON.stringify(Object.values(section.nodes))}) require('./' + file)(RED);
			console.log(JSON.stringify(types));`,
		);
		expect(registered).toEqual(Object.keys(section.nodes));
	});

	it.each([
		['20.18.1', 'Node-RED runs on Node.js 20.18.1: install Node.js 20.19.0 or newer'],
		['18.20.4', 'Node-RED runs on Node.js 18.20.4: install Node.js 20.19.0 or newer'],
		['20.19.0', 'npm install undici@7'],
		['20.20.2', 'npm install undici@7'],
		['22.0.0', 'npm install undici@7'],
	])('says what helps on Node.js %s', (version, hint) => {
		expect(dist<typeof PoolModule>('node-red/runtime/account/pool.cjs').hintFor(version)).toContain(
			hint,
		);
	});

	it('says how to install undici when it is missing', () => {
		const thrown = without(
			['undici'],
			`const { loadUndici } = require('./dist/node-red/runtime/account/pool.cjs');
			try { loadUndici(); } catch (error) { console.log(JSON.stringify(error)); }`,
		);
		expect(thrown).toMatchObject({
			code: 'service_unavailable',
			retryable: false,
			hint: expect.stringContaining('npm install undici@7'),
		});
	});
});
