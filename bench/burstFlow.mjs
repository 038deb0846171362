// The flow that is measured under a burst: HTTP endpoints that send messages to runcomfy-run.

/**
 * - `/burst?kind=…&count=…` sends and measures, and answers once all are out
 * - `/begin?kind=…&count=…` and `/end?at=…` begin a measurement and end it
 *
 * @param {{url: string, token: string, deploymentIds: Record<string, string>}} simulator
 * @param {object} account more fields of the account
 */
export function burstFlow({ url, token, deploymentIds }, account) {
	// A node without a place is taken for a config node.
	const place = { z: 'tab', x: 100, y: 100 };
	const code = (id, func, wires) => ({
		...{ id, type: 'function', name: '', ...place, func, outputs: wires.length, wires },
		...{ timeout: 0, noerr: 0, initialize: '', finalize: '', libs: [] },
	});
	const entry = (path, next) => ({
		...{ id: path, type: 'http in', ...place, url: `/${path}`, method: 'get', wires: [[next]] },
		...{ upload: false, swaggerDoc: '' },
	});
	const run = (id, deploymentId) => ({
		...{ id, type: 'runcomfy-run', ...place, schemaVersion: 1, config: 'account' },
		...{ deploymentId, deploymentIdType: 'str', workflow: '', workflowType: 'json' },
		...{ overrides: 'overrides', overridesType: 'msg', extraData: '', extraDataType: 'json' },
		...{ output: 'files', timeout: '0', timeoutType: 'num', wires: [['count']] },
	});
	const receivers = [['text'], ['image'], ['count'], ['reply']];
	return [
		{ id: 'tab', type: 'tab', label: 'bench' },
		{
			...{ id: 'account', type: 'runcomfy-config', name: '', baseUrl: url, apiVersion: 'v1' },
			...{ ...account, credentials: { apiToken: token } },
		},
		entry('burst', 'measured'),
		code(
			'measured',
			`flow.set('open', { msg, left: msg.payload.count }); ${START} ${SEND}`,
			receivers,
		),
		entry('begin', 'begun'),
		code('begun', `${START} ${SEND} ${ANSWER}`, receivers),
		run('text', deploymentIds.textToImage),
		run('image', deploymentIds.imageEdit),
		code('count', COUNT, [['reply']]),
		entry('end', 'ended'),
		code('ended', `${PROBE}.stop(Number(msg.payload.at)); return msg;`, [['reply']]),
		{
			id: 'reply',
			type: 'http response',
			name: '',
			...place,
			statusCode: '',
			headers: {},
			wires: [],
		},
	];
}

const PROBE = `msg.payload = global.get('probe')`;

const START = `global.get('probe').start();`;

const SEND = `
	const { kind, count } = msg.payload;
	const at = ['texts', 'pictures', 'nothing'].indexOf(kind);
	const overridesOf = (n) => {
		if (kind !== 'pictures') return { 6: { inputs: { text: 'a picture of number ' + n } } };
		const image = Buffer.alloc(8 * 1024 * 1024, 7);
		image.write('\\x89PNG\\r\\n\\x1a\\n', 'latin1');
		return { 189: { inputs: { image } } };
	};
	for (let n = 0; n < Number(count); n += 1) {
		const out = [null, null, null];
		out[at] = { topic: 'number ' + n, overrides: overridesOf(n) };
		node.send(out);
	}`;

const ANSWER = `node.send([null, null, null, msg]);`;

const COUNT = `
	const { msg: asked, left } = flow.get('open');
	flow.set('open', { msg: asked, left: left - 1 });
	if (left > 1) return null;
	asked.payload = global.get('probe').stop();
	return asked;`;
