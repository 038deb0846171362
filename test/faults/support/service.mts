// A service that works except for one call, and the core on it with a virtual clock.
import { type Client, createClient, followRedirects, type HttpResponse } from '../../../core/index';
import { createVirtualHost, type Reply, type Seen } from '../../core/support/virtualHost.mts';
import { createVirtualClock, type VirtualClock } from '../../support/virtualClock.mts';
import { API, BESIDE, type Endpoint, ENDPOINTS, MODEL_API } from './endpoints.mts';
import type { Fault } from './faults.mts';

export const TOKEN = 'secret-token-0123456789';

export interface Service {
	client: Client;
	clock: VirtualClock;
	/** Makes the fault strike calls of one endpoint, this many times. */
	arm(endpoint: Endpoint, fault: Fault, times: number): void;
	/** Number of calls to an endpoint so far. */
	sent(endpoint: Endpoint): number;
	/** Calls that carried the token to any address other than the two APIs. */
	leaked(): string[];
}

const keyOf = ({ request }: Pick<Seen, 'request'>) => `${request.method} ${request.url}`;

const isApi = (url: string) => [API, MODEL_API].includes(new URL(url).origin);

export function startService(): Service {
	const clock = createVirtualClock();
	let armed: { at: string; fault: Fault; left: number } | undefined;
	const good = new Map(Object.values(ENDPOINTS).map(({ at, good }) => [at, good]));
	for (const [at, body] of Object.entries(BESIDE)) good.set(at, body);

	const script = (call: Seen): Reply | Error => {
		const key = keyOf(call);
		if (armed && armed.at === key && armed.left > 0) {
			armed.left -= 1;
			const body = good.get(key) ?? '';
			return armed.fault.answer({ url: call.request.url, body, token: TOKEN });
		}
		const redirected = call.request.url.endsWith('?redirected');
		const body = good.get(redirected && armed ? armed.at : key);
		return body === undefined ? { status: 404, body: '{"message":"no such route"}' } : { body };
	};
	const virtual = createVirtualHost(script, { clock, token: TOKEN, latencyMs: 5 });
	const host = {
		...virtual,
		// Every host does the same.
		request: (request: Parameters<typeof virtual.request>[0]) =>
			followRedirects<HttpResponse>(request, {
				send: (url) => virtual.request({ ...request, url }),
				read: ({ status, headers }) => ({ status, location: headers['location'] }),
				drop: () => undefined,
			}),
	};
	return {
		client: createClient({ host }),
		clock,
		arm(endpoint, fault, times) {
			armed = { at: endpoint.at, fault, left: times };
		},
		sent: ({ at }) => virtual.calls.filter((call) => keyOf(call) === at).length,
		leaked: () =>
			virtual.calls
				.filter(({ request: { authenticate, url } }) => authenticate && !isApi(url))
				.map(keyOf),
	};
}
