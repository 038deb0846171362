// The flow that waits for runs in two ways: as people build it from Node-RED's own nodes, and with ours.
export const TOKEN = 'simulator-token';
/** The prompt node of the simulator's text-to-image. */
const DEPLOYMENT_ID = 'de910e00-0000-4000-8000-000000000001';

// Node-RED takes a node without a position for a config node.
const place = { z: 'tab', x: 100, y: 100 };

/**
 * - `/run?task=…` sends messages and answers when all have come out
 *
 * @param {string} url of the simulator
 */
export function flow(url) {
	return [
		{ id: 'tab', type: 'tab', label: 'bench' },
		{
			id: 'account',
			type: 'runcomfy-config',
			name: '',
			baseUrl: url,
			apiVersion: 'v1',
			concurrency: 10,
			credentials: { apiToken: TOKEN },
		},
		{
			id: 'in',
			type: 'http in',
			...place,
			url: '/run',
			method: 'get',
			wires: [['go']],
			upload: false,
			swaggerDoc: '',
		},
		code('go', GO, [['submit'], ['run'], ['reply']]),
		...loopNodes(url),
		run(),
		code('mark', `global.get('bench').mark(msg.requestId);`, []),
		{ id: 'reply', type: 'http response', ...place, statusCode: '', headers: {}, wires: [] },
	];
}

function loopNodes(url) {
	const requests = `${url}/prod/v1/deployments/${DEPLOYMENT_ID}`;
	const headers = `msg.headers = { authorization: 'Bearer ${TOKEN}' };`;
	const ask = (path) =>
		`msg.method = 'GET'; msg.payload = ''; ${headers}
		msg.url = '${requests}/requests/' + msg.requestId + '/${path}'; return msg;`;
	const submit = `msg.method = 'POST'; msg.payload = { overrides: {} }; ${headers}
		msg.url = '${requests}/inference'; return msg;`;
	return [
		code('submit', submit, [['submit-http']]),
		http('submit-http', 'id'),
		code('id', 'msg.requestId = msg.payload.request_id; return msg;', [['delay']]),
		{
			id: 'delay',
			type: 'delay',
			...place,
			pauseType: 'delayv',
			timeout: '10',
			timeoutUnits: 'seconds',
			rate: '1',
			nbRateUnits: '1',
			rateUnits: 'second',
			randomFirst: '1',
			randomLast: '5',
			randomUnits: 'seconds',
			drop: false,
			outputs: 1,
			wires: [['ask']],
		},
		code('ask', ask('status'), [['status-http']]),
		http('status-http', 'ended'),
		{
			id: 'ended',
			type: 'switch',
			...place,
			property: 'payload.status',
			propertyType: 'msg',
			checkall: 'false',
			repair: false,
			outputs: 2,
			rules: [{ t: 'eq', v: 'completed', vt: 'str' }, { t: 'else' }],
			wires: [['ask-result'], ['delay']],
		},
		code('ask-result', ask('result'), [['result-http']]),
		http('result-http', 'mark'),
	];
}

function run() {
	return {
		id: 'run',
		type: 'runcomfy-run',
		...place,
		schemaVersion: 1,
		config: 'account',
		deploymentId: DEPLOYMENT_ID,
		deploymentIdType: 'str',
		workflow: '',
		workflowType: 'json',
		overrides: '{}',
		overridesType: 'json',
		extraData: '',
		extraDataType: 'json',
		output: 'files',
		timeout: '0',
		timeoutType: 'num',
		wires: [['mark']],
	};
}

const code = (id, func, wires) => ({
	id,
	type: 'function',
	name: '',
	...place,
	func,
	outputs: wires.length,
	wires,
	libs: [],
});

const http = (id, next) => ({
	id,
	type: 'http request',
	...place,
	method: 'use',
	ret: 'obj',
	paytoqs: 'ignore',
	url: '',
	tls: '',
	persist: false,
	proxy: '',
	insecureHTTPParser: false,
	authType: '',
	senderr: false,
	headers: [],
	wires: [[next]],
});

const GO = `
	const task = JSON.parse(msg.payload.task);
	const send = (at) => {
		const sent = { topic: 'number ' + at, payload: '', delay: 1000 * task.seconds };
		node.send(task.way === 'loop' ? [sent, null, null] : [null, sent, null]);
	};
	global.get('bench').run(task, send).then(
		(result) => node.send([null, null, { ...msg, payload: result }]),
		(error) => node.send([null, null, { ...msg, payload: { error: String(error.stack) } }]),
	);`;
