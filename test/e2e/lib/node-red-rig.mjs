// How most tests of the editor begin: with a simulator, and a Node-RED that has the package.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { install, startAgain } from './node-red.mjs';

/**
 * For the tests of one `describe`; what it returns is filled before the first of them.
 * @param {string} release one of `RELEASES`, or `OLDEST`
 * @param {object} options
 * @param {(rig: Rig) => object[]} options.flow deployed before the first test
 * @param {object} [options.simulator] options of it
 * @param {(userDir: string) => string} [options.settings] more entries of the settings file
 * @typedef {{dir: string, simulator: any, nodeRed: import('../../../scripts/hosts/node-red.mjs').NodeRed}} Rig
 * @returns {Rig}
 */
export function useNodeRed(release, { flow, simulator: options, settings = () => '' }) {
	const rig = /** @type {Rig} */ ({});
	before(async () => {
		rig.dir = mkdtempSync(join(tmpdir(), 'runcomfy-node-red-'));
		const userDir = join(rig.dir, 'user');
		rig.simulator = await startSimulator(options);
		await install(release, userDir);
		rig.nodeRed = await startAgain(release, { userDir, settings: settings(userDir) });
		await rig.nodeRed.deploy(flow(rig));
	});
	after(async () => {
		await rig.nodeRed?.stop();
		await rig.simulator?.close();
		if (rig.dir) rmSync(rig.dir, { recursive: true, force: true });
	});
	return rig;
}

/** Renames it as its owner does on RunComfy's pages. */
export const renameDeployment = ({ url, token }, id, name) =>
	fetch(`${url}/prod/v2/deployments/${id}`, {
		method: 'PATCH',
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
		body: JSON.stringify({ name }),
	});
