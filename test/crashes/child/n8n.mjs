// One life of an n8n that may be killed: its engine with this package, a store of executions, the URL where they are
// resumed, its timer, its crash recovery, and a user who retries crashed executions. Exits once no execution can
// continue.
import {
	appendFileSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../../../scripts/hosts/n8n-engine.mjs';
import {
	callWaiting,
	flatted,
	makeRetry,
	noteCrash,
	noteFinished,
} from '../../n8n/support/outside.mjs';

const require = createRequire(import.meta.url);
const { effect, tell, end } = require('./effects.cjs');

const { folder, binaryDir, workflow, inputs, credential } = JSON.parse(process.env.CRASH_LIFE);
const store = openStore(folder);

/** The id of a request goes to n8n's log, too. */
const { write } = process.stdout;
process.stdout.write = (chunk, ...more) => {
	if (/RunComfy request \S+ .*submitted/.test(String(chunk))) effect('the id is logged');
	return write.call(process.stdout, chunk, ...more);
};

const engine = await createEngine({
	packageDir: fileURLToPath(new URL('../../..', import.meta.url)),
	credentials: { runComfyApi: credential },
	binaryDir,
	nodeTypes: { 'test.end': endNode() },
});
const { WorkflowExecute } = require('n8n-core');
const { createRunExecutionData } = require('n8n-workflow');
const { internals } = engine;

const server = createServer((request, response) => {
	if (request.method === 'OPTIONS') {
		const { origin = '' } = request.headers;
		return void response.writeHead(204, { 'access-control-allow-origin': origin }).end();
	}
	const { pathname, searchParams: query } = new URL(request.url, 'http://127.0.0.1');
	const [, , id, suffix = ''] = pathname.split('/');
	void text(request)
		.then((body) => callback(id, { suffix, query, body: body === '' ? {} : JSON.parse(body) }))
		.then(({ status, body }) => {
			response.writeHead(status, { 'content-type': 'application/json' }).end(body);
		});
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}`;

const running = new Set();

await recover();
while (running.size > 0 || store.all().some(({ status }) => status === 'waiting')) {
	await (running.size > 0 ? Promise.race(running) : new Promise((wake) => setTimeout(wake, 20)));
}
end();
process.exit(0);

/** Recovers as n8n does at its start, and then retries as its user does. */
async function recover() {
	const rows = store.all();
	if (rows.length === 0) return begin('trigger', firstData());
	for (const row of rows) {
		if (row.status === 'waiting') execute(row, flatted.parse(row.data));
		// If n8n crashed before it stored the retry, the user retries again.
		const last = rows.every(({ id }) => Number(id) <= Number(row.id));
		if (row.status === 'crashed' && last) retry(flatted.parse(row.data));
		if (row.status !== 'running') continue;
		const data = flatted.parse(row.data);
		const seen = store.seenOf(row.id);
		for (const { name } of row.json.nodes) {
			if (seen.has(`finished ${name}`)) noteFinished(data, name);
			else if (seen.has(`started ${name}`)) noteCrash(data, name);
		}
		store.keep({ ...row, status: 'crashed', data: flatted.stringify(data) });
		tell({ crashed: row.id });
		retry(data);
	}
}

function retry(data) {
	makeRetry(data);
	begin('retry', data);
}

function firstData() {
	const node = internals.workflow(workflow).getNode(workflow.nodes[0].name);
	const main = [inputs.map((json) => ({ json }))];
	return createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node, data: { main }, source: null }] },
	});
}

function begin(mode, data) {
	const id = String(store.all().length + 1);
	execute({ id, json: workflow, mode }, data);
}

function additionalData({ id, json, mode }) {
	const data = internals.additionalData(json, mode);
	data.hooks.addHandler('nodeExecuteBefore', (node) => store.note(id, `started ${node}`));
	data.hooks.addHandler('nodeExecuteAfter', (node, _task, execution) => {
		store.note(id, `finished ${node}`);
		if (json.settings.saveExecutionProgress !== true) return;
		effect(`n8n stores the progress after ${node}`);
		execution.resultData.lastNodeExecuted = node;
		store.keep({ id, json, mode, status: 'running', data: flatted.stringify(execution) });
	});
	return {
		...data,
		executionId: id,
		webhookWaitingBaseUrl: `${address}/webhook-waiting`,
		instanceBaseUrl: `${address}/`,
		getRunExecutionData: async (asked) => {
			const row = store.find(asked);
			return row && flatted.parse(row.data);
		},
	};
}

function execute(row, data) {
	effect('n8n stores that the execution runs');
	store.keep({ ...row, status: 'running', data: flatted.stringify(data) });
	const execution = new WorkflowExecute(additionalData(row), row.mode, data);
	const run = execution.processRunExecutionData(internals.workflow(row.json)).then((result) => {
		effect(`n8n stores the execution as ${result.status}`);
		store.keep({ ...row, status: result.status, data: flatted.stringify(result.data) });
		if (result.status === 'waiting') effect('n8n has stored it');
		if (result.data.resultData.error) tell({ failed: result.data.resultData.error.message });
		running.delete(run);
	});
	running.add(run);
}

function callback(id, call) {
	const row = store.find(id);
	const host = { additionalData: row && additionalData(row), resume: (data) => execute(row, data) };
	return callWaiting(internals, row, { id, ...call }, host);
}

/** The node behind ours, which passes its items on. */
function endNode() {
	return {
		description: {
			displayName: 'End',
			name: 'end',
			group: ['transform'],
			version: 1,
			description: 'End',
			defaults: { name: 'End' },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			effect('the items are handed on');
			const items = this.getInputData();
			for (const item of items) {
				const bytes = item.binary?.data ? (await engine.binary(item)).length : 0;
				tell({ handed: { requestId: item.json.request_id, bytes } });
			}
			return [items];
		},
	};
}

/**
 * n8n's disk: executions as its database stores them, and started and finished nodes as in its event log. The folder
 * belongs to this process only, so writing these files is not an effect.
 */
function openStore(folder) {
	const fileOf = (id) => join(folder, `${id}.json`);
	const log = (id) => join(folder, `${id}.log`);
	const find = (id) =>
		existsSync(fileOf(id)) ? JSON.parse(readFileSync(fileOf(id), 'utf8')) : undefined;
	return {
		find,
		all: () =>
			readdirSync(folder)
				.filter((name) => name.endsWith('.json'))
				.map((name) => find(name.slice(0, -'.json'.length))),
		/** Writes all or nothing, as a database does. */
		keep(row) {
			const fresh = join(folder, `${row.id}.new`);
			writeFileSync(fresh, JSON.stringify(row));
			renameSync(fresh, fileOf(row.id));
		},
		note: (id, event) => appendFileSync(log(id), `${event}\n`),
		seenOf: (id) => new Set(existsSync(log(id)) ? readFileSync(log(id), 'utf8').split('\n') : []),
	};
}
