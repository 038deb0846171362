// A real Node-RED in which a call of `/file` fetches a result and answers with what it has saved, and a call of `/measure`
// has gauge.cjs measure such calls, in the process of Node-RED itself.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../../scripts/hosts/node-red.mjs';
import { until } from '../../scripts/process.mjs';

const GAUGE = fileURLToPath(new URL('./gauge.cjs', import.meta.url));

// Node-RED takes a node without a position for a config node.
const place = { z: 'tab', x: 100, y: 100 };

/** @param {import('./files.mjs').Task} task */
export async function inNodeRed({ service, dir, requestId, url }) {
	const host = await startNodeRed({
		userDir: join(dir, 'user'),
		settings: `functionGlobalContext: { gauge: require(${JSON.stringify(GAUGE)}) },`,
	});
	const at = (/** @type {string} */ path, /** @type {Record<string, string>} */ query) =>
		`${host.url}/${path}?${new URLSearchParams(query)}`;
	try {
		await host.deploy(flowFor(service, join(dir, 'saved')));
		// Node-RED answers a deploy before the flows have started.
		const answer = await until('the flow is there', async () => {
			const found = await fetch(at('measure', { url, dir, flow: at('file', { requestId }) }));
			return found.status !== 404 && found;
		});
		if (!answer.ok) throw new Error(await answer.text());
		return await answer.json();
	} finally {
		await host.stop('SIGKILL');
	}
}

/** @param {import('./files.mjs').Task['service']} service @param {string} directory */
function flowFor({ url: baseUrl, token: apiToken, deploymentId }, directory) {
	const entrance = (/** @type {string} */ path, /** @type {string} */ next) => {
		return { id: path, type: 'http in', ...place, url: `/${path}`, method: 'get', wires: [[next]] };
	};
	const code = (
		/** @type {string} */ id,
		/** @type {string} */ func,
		/** @type {string} */ next,
	) => {
		return { id, type: 'function', ...place, func, outputs: 1, wires: [[next]] };
	};
	const measure = `
		global.get('gauge').ofFlow(msg.payload).then(
			(payload) => node.send({ ...msg, payload }),
			(error) => node.send({ ...msg, statusCode: 500, payload: String(error.stack) }),
		);`;
	const saved = 'msg.payload = { paths: msg.payload, runcomfy: msg.runcomfy }; return msg;';
	return [
		{ id: 'tab', type: 'tab', label: 'bench' },
		{
			id: 'account',
			type: 'runcomfy-config',
			baseUrl,
			apiVersion: 'v1',
			concurrency: 10,
			credentials: { apiToken },
		},
		entrance('measure', 'gauge'),
		code('gauge', measure, 'reply'),
		entrance('file', 'request'),
		code('request', 'msg.requestId = msg.payload.requestId; return msg;', 'result'),
		{
			id: 'result',
			type: 'runcomfy-result',
			...place,
			schemaVersion: 1,
			config: 'account',
			deploymentId,
			deploymentIdType: 'str',
			requestId: 'requestId',
			requestIdType: 'msg',
			output: 'saved',
			directory,
			directoryType: 'str',
			maxFileSize: '0',
			maxFileSizeType: 'num',
			wires: [['saved']],
		},
		{ id: 'catch', type: 'catch', ...place, scope: null, wires: [['saved']] },
		code('saved', saved, 'reply'),
		{ id: 'reply', type: 'http response', ...place, wires: [] },
	];
}
