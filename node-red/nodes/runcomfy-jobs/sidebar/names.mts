import type { ListedDeployment } from '../../../../core/index.ts';

/** The name of a deployment; undefined while it is not known. */
export type NameOf = (deploymentId: string, account: string) => string | undefined;

/**
 * Names of deployments that no run has read. An account is asked once, and again for a deployment that it did
 * not have then.
 */
export function createNames(
	ask: (account: string) => Promise<readonly Pick<ListedDeployment, 'id' | 'name'>[]>,
	onNews: () => void,
): NameOf {
	const names = new Map<string, string>();
	const asked = new Set<string>();
	const loading = new Map<string, Promise<void>>();

	const learn = async (account: string) => {
		// Without the permission or an answer of the service, a part of the id is shown.
		const list = await ask(account).catch(() => []);
		loading.delete(account);
		for (const { id, name } of list) names.set(id, name);
		if (list.length > 0) onNews();
	};

	return (deploymentId, account) => {
		const known = names.get(deploymentId);
		if (known !== undefined || account === '' || asked.has(deploymentId)) return known;
		asked.add(deploymentId);
		if (!loading.has(account)) loading.set(account, learn(account));
		return undefined;
	};
}

/** The label of its node, but `ran` if that label is the name of what the node runs now. */
export function nameOfRun(
	{ name, targetName }: { name?: string; targetName?: string },
	label: string,
	ran: string | undefined,
): string {
	return (!name && targetName && ran) || label;
}
