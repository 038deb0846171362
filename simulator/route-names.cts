/** What a request is about; `unknown` answers 404. */
export type RouteName =
	| 'submit'
	| 'status'
	| 'result'
	| 'cancel'
	| 'deployments.list'
	| 'deployments.get'
	| 'deployments.create'
	| 'deployments.update'
	| 'deployments.delete'
	| 'balance'
	| 'proxy'
	| 'object_info'
	| 'storage'
	| 'unknown';
