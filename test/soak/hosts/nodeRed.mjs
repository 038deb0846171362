// One Node-RED with one run node, and a Function node that counts what comes out.
import { removeFolder, temporaryFolder } from '../../../scripts/hosts/group.mjs';
import { startNodeRed } from '../../../scripts/hosts/node-red.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { INSPECTABLE } from '../../queue/lib/inspector.mjs';

const AT_ONCE = 100;
const MARK = 'END ';

/**
 * @template T
 * @param {(host: import('../lib/phases.mjs').Host) => Promise<T>} work
 */
export async function withNodeRed(work) {
	const userDir = temporaryFolder('runcomfy-soak-');
	const simulator = await startSimulator({ coldStartMs: 0, queueMs: 0, maxInstances: AT_ONCE });
	/** @type {string[]} */
	const said = [];
	/** How often each message has ended. @type {Map<string, number>} */
	const ends = new Map();
	let failed = 0;
	const log = (line) => {
		if (!line.includes(MARK)) return void said.push(line);
		const { topic, code } = JSON.parse(line.slice(line.indexOf(MARK) + MARK.length));
		ends.set(topic, (ends.get(topic) ?? 0) + 1);
		if (code) failed += 1;
	};
	const env = { NODE_OPTIONS: INSPECTABLE };
	const nodeRed = await startNodeRed({ userDir, log, env });
	try {
		await nodeRed.deploy(flowOf(simulator));
		return await work({
			name: 'Node-RED',
			processes: { 'Node-RED': { pid: nodeRed.pid, lines: () => said } },
			simulator,
			async perform(count) {
				const wanted = ends.size + count;
				await nodeRed.inject('press', [{ p: 'count', v: String(count), vt: 'num' }]);
				await until(`${wanted} messages have ended`, () => ends.size >= wanted, 300_000);
			},
			came: () => ({
				results: ends.size - failed,
				repeated: [...ends.values()].filter((times) => times > 1).length,
			}),
		});
	} finally {
		await nodeRed.stop('SIGKILL');
		await simulator.close();
		removeFolder(userDir);
	}
}

function flowOf({ url, token, deploymentIds }) {
	const place = { z: 'tab', x: 100, y: 100 };
	const code = (id, func, ...to) => ({
		id,
		type: 'function',
		...place,
		func,
		outputs: to.length,
		wires: [to],
	});
	const told = (what) =>
		`node.warn('${MARK}' + JSON.stringify({ topic: msg.topic, code: ${what} }));`;
	return [
		{ id: 'tab', type: 'tab', label: 'soak' },
		{
			id: 'cfg',
			type: 'runcomfy-config',
			baseUrl: url,
			concurrency: AT_ONCE,
			credentials: { apiToken: token },
		},
		{ id: 'press', type: 'inject', ...place, props: [{ p: 'count' }], wires: [['make']] },
		code(
			'make',
			`return [Array.from({ length: msg.count }, (_, n) => ({ topic: RED.util.generateId(),
				overrides: { 6: { inputs: { text: 'a picture of number ' + n } } } }))];`,
			'run',
		),
		{
			id: 'run',
			type: 'runcomfy-run',
			...place,
			config: 'cfg',
			deploymentId: deploymentIds.textToImage,
			deploymentIdType: 'str',
			inputMode: 'json',
			overrides: 'overrides',
			overridesType: 'msg',
			checkInputs: true,
			output: 'buffer',
			timeout: '600',
			timeoutType: 'num',
			wires: [['sent']],
		},
		code('sent', told('undefined')),
		{ id: 'catch', type: 'catch', ...place, scope: ['run'], wires: [['caught']] },
		code('caught', told('msg.error.code')),
	];
}
