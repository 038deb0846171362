// The dialogs' routes of a Node-RED with two accounts, in front of a simulator.
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Simulator, SimulatorOptions } from '../../../../simulator/types.cts';
import { dist, requireFromRoot } from '../../support/dist.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');
export const registerSet = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-config/runcomfy-config.cjs',
);

export interface Admin {
	readonly simulator: Simulator;
	readonly ids: Simulator['deploymentIds'];
	/** An account as typed into its dialog. */
	typed(more?: object): object;
}

/** The account "cfg" has a token, "bare" has none, and "named" takes token and address from the environment. */
export function useAdmin(): Admin {
	helper.init(requireFromRoot.resolve('node-red'));
	let simulator: Simulator;
	beforeAll(() => helper.startServer());
	afterAll(() => helper.stopServer());
	beforeEach(async () => {
		simulator = await createSimulator();
		const { url: baseUrl, token: apiToken } = simulator;
		process.env['RUNCOMFY_TEST_TOKEN'] = apiToken;
		process.env['RUNCOMFY_TEST_URL'] = baseUrl;
		const addresses = { cfg: baseUrl, bare: baseUrl, named: '${RUNCOMFY_TEST_URL}' };
		const accounts = Object.entries(addresses).map(([id, address]) => ({
			id,
			type: 'runcomfy-config',
			baseUrl: address,
		}));
		await helper.load([registerSet], accounts, {
			cfg: { apiToken },
			named: { apiToken: '${RUNCOMFY_TEST_TOKEN}' },
		});
	});
	afterEach(async () => {
		delete process.env['RUNCOMFY_TEST_TOKEN'];
		delete process.env['RUNCOMFY_TEST_URL'];
		await helper.unload();
		await simulator.close();
	});
	return {
		get simulator() {
			return simulator;
		},
		get ids() {
			return simulator.deploymentIds;
		},
		typed: (more = {}) => ({
			account: 'new',
			baseUrl: simulator.url,
			apiToken: simulator.token,
			...more,
		}),
	};
}

export const get = (path: string, query: object) => helper.request().get(path).query(query);
export const post = (path: string, body: object) => helper.request().post(path).send(body);
