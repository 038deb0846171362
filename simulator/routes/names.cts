/** The calls that the simulator answers. */
export const ROUTE_NAMES = [
	'submit',
	'status',
	'result',
	'cancel',
	'deployments.list',
	'deployments.get',
	'deployments.create',
	'deployments.update',
	'deployments.delete',
	'models.list',
	'models.categories',
	'models.get',
	'models.submit',
	'models.status',
	'models.result',
	'models.cancel',
	'balance',
	'proxy',
	'object_info',
	'storage',
] as const;

/** What a call is about; `unknown` answers 404. */
export type RouteName = (typeof ROUTE_NAMES)[number] | 'unknown';
