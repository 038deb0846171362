// The flow that fetches results.

/**
 * - `/run?task=…` fetches the results that the task names, and answers with what was measured
 *
 * @param {{url: string, token: string, deploymentIds: Record<string, string>}} service
 * @param {string} directory for the files
 */
export function fileFlow({ url, token, deploymentIds }, directory) {
	// Node-RED takes a node without a position for a config node.
	const place = { z: 'tab', x: 100, y: 100 };
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
	return [
		{ id: 'tab', type: 'tab', label: 'bench' },
		{
			id: 'account',
			type: 'runcomfy-config',
			name: '',
			baseUrl: url,
			apiVersion: 'v1',
			credentials: { apiToken: token },
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
		code('go', GO, [['result'], ['reply']]),
		{
			id: 'result',
			type: 'runcomfy-result',
			...place,
			schemaVersion: 1,
			config: 'account',
			deploymentId: deploymentIds.textToImage,
			deploymentIdType: 'str',
			requestId: 'requestId',
			requestIdType: 'msg',
			output: 'saved',
			directory,
			directoryType: 'str',
			maxFileSize: '0',
			maxFileSizeType: 'num',
			wires: [['mark']],
		},
		{ id: 'catch', type: 'catch', ...place, scope: null, uncaught: false, wires: [['mark']] },
		code('mark', `global.get('bench').mark(msg);`, []),
		{ id: 'reply', type: 'http response', ...place, statusCode: '', headers: {}, wires: [] },
	];
}

const GO = `
	const task = JSON.parse(msg.payload.task);
	global.get('bench').run(task, (sent) => node.send([sent, null])).then(
		(payload) => node.send([null, { ...msg, payload }]),
		(error) => node.send([null, { ...msg, statusCode: 500, payload: String(error.stack) }]),
	);`;
