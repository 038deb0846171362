// n8n's engine in a separate process: downloads the files of finished runs with Get Result, and with n8n's own HTTP
// Request node.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { answerTask, engineFor, node, taskOfProcess, workflow } from '../processes.mjs';

const { besideUndici } = createRequire(import.meta.url)('./gauge.cjs');
const { service, requestId, url, dir } = taskOfProcess();
const engine = await engineFor(service, join(dir, 'binary'));

const fetching = (type, typeVersion, parameters) => async () => {
	const file = node('File', type, typeVersion, parameters);
	const outcome = await engine.run(workflow([file], [['Start', 'File']])).outcome;
	const [item] = outcome.items('File');
	if (!item?.binary) throw outcome.error ?? new Error(JSON.stringify(item?.json));
	rmSync(engine.binaryPath(item));
};
const ours = fetching('n8n-nodes-runcomfy.runComfy', 1, {
	resource: 'request',
	operation: 'getResult',
	requestId,
	deploymentId: { __rl: true, mode: 'id', value: service.deploymentIds.textToImage },
});
const hosts = fetching('n8n-nodes-base.httpRequest', 4.2, {
	url,
	options: { response: { response: { responseFormat: 'file' } } },
	sendHeaders: true,
	headerParameters: { parameters: [{ name: 'user-agent', value: 'bench' }] },
});
answerTask(await besideUndici({ url, dir, ours, hosts }));
