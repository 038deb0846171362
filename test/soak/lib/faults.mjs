// One request in twenty meets a passing fault of the service.

/** Each fault gets its turn, once. */
const PASSING = [
	{ name: 'rate_limited', on: 'submit', retry_after: 1 },
	{ name: 'reset', on: 'status' },
	{ name: 'server_error', on: 'result' },
	{ name: 'truncated_body', on: 'result' },
	{ name: 'html_error_page', on: 'status' },
];

/** @param {{inject(fault: any): void}} simulator @param {number} requests that are about to come */
export function injectFaults(simulator, requests) {
	const wanted = Math.round(requests * 0.05);
	for (let n = 0; n < wanted; n += 1) {
		const fault = PASSING[n % PASSING.length];
		simulator.inject({ ...fault, times: 1, after: Math.floor((n * requests) / wanted) });
	}
}
