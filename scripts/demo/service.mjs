import { loadCore, loadSimulator } from '../dist.mjs';

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
	if (token || deploymentId) {
		say(
			`   ${token ? 'RUNCOMFY_DEPLOYMENT_ID' : 'RUNCOMFY_API_TOKEN'} is not set: RunComfy itself needs both.`,
		);
	} else {
		say('   (RUNCOMFY_API_TOKEN and RUNCOMFY_DEPLOYMENT_ID make it the real one)');
	}
	const simulator = await loadSimulator().createSimulator({
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
