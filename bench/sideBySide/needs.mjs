// n8n's own nodes are part of n8n: installed with the hosts of the end-to-end tests.
import { existsSync } from 'node:fs';
import { requireHosts, toolPath } from '../../scripts/hosts/paths.mjs';
import { setup } from '../../scripts/hosts/setup.mjs';

export async function needNodesOfN8n() {
	if (!existsSync(toolPath('n8n-nodes-base/package.json'))) await setup({ browser: false });
}

/** By file and class. */
const NODES = {
	httpRequest: 'HttpRequest',
	if: 'If',
	wait: 'Wait',
	splitInBatches: 'SplitInBatches',
};

/** Nodes of n8n's own, by full name. @returns {Record<string, any>} */
export function nodesOfN8n() {
	return Object.fromEntries(
		Object.entries(NODES).map(([name, file]) => {
			const module = requireHosts(`n8n-nodes-base/dist/nodes/${file}/${file}.node.js`);
			return [`n8n-nodes-base.${name}`, new module[file]()];
		}),
	);
}
