import type { Closing, Fate } from '../node/outliving.cjs';

/** What becomes of a node's runs when something happens to the node. */
export interface Policies {
	redeploy: 'keep' | 'cancel';
	delete: 'cancel' | 'detach';
	shutdown: 'leave' | 'cancel';
	restart: 'resume' | 'forget';
}

/** From the fields of a node; what is absent or unknown is the default. */
export function readPolicies(def: object): Policies {
	const { onRedeploy, onDelete, onShutdown, onRestart } = def as Record<string, unknown>;
	return {
		redeploy: onRedeploy === 'cancel' ? 'cancel' : 'keep',
		delete: onDelete === 'detach' ? 'detach' : 'cancel',
		shutdown: onShutdown === 'cancel' ? 'cancel' : 'leave',
		restart: onRestart === 'forget' ? 'forget' : 'resume',
	};
}

/** What a close means for the runs. */
export function fateOnClose(policies: Policies, closing: Closing): Fate {
	if (closing === 'delete') return policies.delete === 'detach' ? 'leave' : 'cancel';
	return policies[closing];
}
