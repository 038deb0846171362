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

/** What happens to a node that closes. */
export type Closing = 'redeploy' | 'delete' | 'shutdown';

/** Whether the runs go on here, are only no longer watched, or are canceled. */
export function fateOf(policies: Policies, closing: Closing): 'keep' | 'leave' | 'cancel' {
	if (closing === 'redeploy') return policies.redeploy;
	if (closing === 'shutdown') return policies.shutdown;
	return policies.delete === 'detach' ? 'leave' : 'cancel';
}
