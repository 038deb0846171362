import { loadCore, loadSimulator } from '../dist.mjs';
import { nextFreePort } from './folder.mjs';
import { UserError } from './options.mjs';

/**
 * RunComfy itself, or the simulator in its place.
 * @typedef {object} Service
 * @property {boolean} real whether runs cost money
 * @property {string} url
 * @property {string} token
 * @property {string} deploymentId
 * @property {() => Promise<void>} close
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @throws {UserError} with one of the two variables: what it was set for would not happen
 */
export function refuseHalf({ RUNCOMFY_API_TOKEN: token, RUNCOMFY_DEPLOYMENT_ID: deploymentId }) {
	if (Boolean(token) === Boolean(deploymentId)) return;
	const names = ['RUNCOMFY_API_TOKEN', 'RUNCOMFY_DEPLOYMENT_ID'];
	const [set, missing] = token ? names : names.reverse();
	throw new UserError(
		`${set} is set, and ${missing} is not.`,
		'Set both to use RunComfy itself, or neither to use the simulator.',
	);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 * @returns {Promise<Service>}
 */
export async function openService(env, say) {
	const { RUNCOMFY_API_TOKEN: token, RUNCOMFY_DEPLOYMENT_ID: deploymentId } = env;
	if (token && deploymentId) {
		say('\n== Service: RunComfy itself. This costs what your deployment’s hardware costs.');
		const url = env['RUNCOMFY_BASE_URL'] ?? loadCore().DEFAULT_BASE_URL;
		return { real: true, url, token, deploymentId, close: async () => undefined };
	}
	say('\n== Service: the simulator');
	const simulator = await loadSimulator().createSimulator({
		// Always the same if it can be: accounts that were made in the editor go on working.
		port: await nextFreePort(4010),
		latencyMs: 2_000,
		coldStartMs: 1_500,
		log: (line) => say(`   simulator  ${line}`),
	});
	say(`   ${simulator.url}`);
	return {
		real: false,
		url: simulator.url,
		token: simulator.token,
		deploymentId: simulator.deploymentIds.textToImage,
		close: () => simulator.close(),
	};
}
