import type { Reply } from '../reply.cjs';
import { json } from '../reply.cjs';
import type { RouteName } from '../types.cjs';
import type { Context } from './context.cjs';
import { create, get, list, objectInfo, remove, update } from './deployments.cjs';
import { proxy } from './proxy.cjs';
import { cancel, result, status } from './queue.cjs';
import { storage } from './storage.cjs';
import { submit } from './submit.cjs';

export interface Route {
	name: RouteName;
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	path: RegExp;
	/** Set if the call needs no token. */
	open?: true;
	handle: (context: Context) => Reply;
}

const MICRODOLLARS = 25_000_000;
const balance = (): Reply =>
	json({
		balance_usd: MICRODOLLARS / 1e6,
		balance_microdollars: MICRODOLLARS,
		currency: 'USD',
	});

const queue = (rest: string): RegExp =>
	new RegExp(`^/prod/(?<version>v1|v2)/deployments/(?<deploymentId>[^/]+)/${rest}$`);
const request = (action: string): RegExp => queue(`requests/(?<requestId>[^/]+)/${action}`);
const DEPLOYMENTS = /^\/prod\/v2\/deployments$/;
const DEPLOYMENT = /^\/prod\/v2\/deployments\/(?<deploymentId>[^/]+)$/;
const INSTANCE =
	/^\/prod\/v2\/deployments\/(?<deploymentId>[^/]+)\/instances\/(?<instanceId>[^/]+)\/proxy\/(?<path>.*)$/;

export const ROUTES: Route[] = [
	{ name: 'submit', method: 'POST', path: queue('inference'), handle: submit },
	{ name: 'status', method: 'GET', path: request('status'), handle: status },
	{ name: 'result', method: 'GET', path: request('result'), handle: result },
	{ name: 'cancel', method: 'POST', path: request('cancel'), handle: cancel },
	{ name: 'deployments.list', method: 'GET', path: DEPLOYMENTS, handle: list },
	{ name: 'deployments.create', method: 'POST', path: DEPLOYMENTS, handle: create },
	{ name: 'deployments.get', method: 'GET', path: DEPLOYMENT, handle: get },
	{ name: 'deployments.update', method: 'PATCH', path: DEPLOYMENT, handle: update },
	{ name: 'deployments.delete', method: 'DELETE', path: DEPLOYMENT, handle: remove },
	{ name: 'balance', method: 'GET', path: /^\/prod\/v2\/balance$/, handle: balance },
	{ name: 'proxy', method: 'POST', path: INSTANCE, handle: proxy },
	{
		name: 'object_info',
		method: 'GET',
		path: /^\/object_info\/(?<deploymentId>[^/]+)\.json$/,
		open: true,
		handle: objectInfo,
	},
	{ name: 'storage', method: 'GET', path: /^\/storage\//, open: true, handle: storage },
];
