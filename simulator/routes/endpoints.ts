/** Names of all calls to the API. */
export const ROUTE_NAMES = [
	'submit',
	'status',
	'result',
	'cancel',
	'deployments.list',
	'deployments.get',
	'deployments.update',
	'models.list',
	'models.categories',
	'models.get',
	'models.submit',
	'models.status',
	'models.result',
	'models.cancel',
	'balance',
	'object_info',
	'storage',
] as const;

/** The kind of a call; `unknown` answers 404. */
export type RouteName = (typeof ROUTE_NAMES)[number] | 'unknown';
