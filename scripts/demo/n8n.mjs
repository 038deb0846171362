import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine } from '../hosts/n8n-engine.mjs';
import { root } from '../root.mjs';
import { readWorkflows } from '../workflows.mjs';
import { UserError } from './options.mjs';
import { whatWasStopped } from './stop.mjs';

/** @import {Service} from './service.mjs' */

/**
 * Runs workflows/text-to-image.json on n8n's engine and saves its files.
 * @param {Service} service
 * @param {object} options
 * @param {string} options.folder
 * @param {AbortSignal} options.signal stops the run, as n8n's Stop does: it is canceled at RunComfy
 * @param {(line: string) => void} options.say
 * @returns {Promise<string[]>} the files
 * @throws {UserError} when it was stopped
 */
export async function runInN8n(service, { folder, signal, say }) {
	const { workflow, node } = prepare(service);
	const engine = await createEngine({
		packageDir: root,
		credentials: {
			runComfyApi: { apiToken: service.token, baseUrl: service.url, apiVersion: 'v1' },
		},
		binaryDir: join(folder, 'n8n-binary-data'),
	});
	signal.throwIfAborted();
	const seen = watchRequests();
	const run = engine.run(workflow);
	const stop = () => {
		say('\nStopping the run in n8n …');
		run.cancel();
	};
	signal.addEventListener('abort', stop);
	try {
		const outcome = await run.outcome;
		if (signal.aborted) throw new UserError(whatWasStopped(seen.states, seen.submits()));
		if (outcome.status !== 'success') {
			throw outcome.error ?? new UserError(`n8n ended the workflow: ${outcome.status}`);
		}
		const files = [];
		for (const item of outcome.items(node)) {
			const { request_id: id, status, files: found, texts } = /** @type {any} */ (item.json);
			say(`   request ${id}: ${status}`);
			for (const text of texts ?? []) say(`   text: ${text.text ?? text}`);
			for (const { binary_property: property, filename } of found) {
				if (!property) continue;
				// Node-RED's picture may have the same name.
				const file = join(folder, 'n8n', `n8n-${filename}`);
				mkdirSync(join(file, '..'), { recursive: true });
				writeFileSync(file, await engine.binary(item, property));
				files.push(file);
			}
		}
		return files;
	} finally {
		signal.removeEventListener('abort', stop);
		seen.end();
	}
}

/** @param {Service} service */
function prepare({ real, deploymentId }) {
	const workflow = readWorkflows().find(({ name }) => name === 'text-to-image.json')?.workflow;
	const node = workflow?.nodes.find(({ type }) => type === 'n8n-nodes-runcomfy.runComfy');
	if (!workflow || !node) throw new Error('workflows/text-to-image.json has no RunComfy node');
	node.parameters['deploymentId'] = { __rl: true, mode: 'id', value: deploymentId };
	// Node ids differ from deployment to deployment: what is saved is run as it is.
	if (real) Object.assign(node.parameters, { inputMode: 'json', overrides: '{}' });
	return { workflow, node: node.name };
}

const FINISHED = 'http.client.response.finish';

/** What this process asks of RunComfy, as seen on its way: n8n stores no request id of a stopped run. */
function watchRequests() {
	/** By request id. @type {Map<string, import('./stop.mjs').State>} */
	const states = new Map();
	let submits = 0;
	/** @param {any} message Node's: the request and its answer */
	const see = ({ request, response }) => {
		if (/\/inference(\?|$)/.test(request.path)) submits += 1;
		const [, id, what] = /\/requests\/([^/?]+)\/(status|result|cancel)/.exec(request.path) ?? [];
		if (id === undefined) return;
		if (what === 'cancel' && response.statusCode < 300) states.set(id, 'canceled');
		else if (!states.has(id)) states.set(id, 'under way');
	};
	subscribe(FINISHED, see);
	return { states, submits: () => submits, end: () => void unsubscribe(FINISHED, see) };
}
