// Loaded into n8n before anything else: sends what n8n's nodes send to the internet to the stand-in, with the name of
// the host in a header. n8n's own nodes stay unchanged.
const http = require('node:http');
const https = require('node:https');

const standIn = new URL(process.env.OUTSIDE_URL);

https.request = (...args) => {
	const callback = args.find((arg) => typeof arg === 'function');
	const [first, second] = args;
	const isUrl = typeof first === 'string' || first instanceof URL;
	const url = isUrl ? new URL(first) : undefined;
	const options = { ...(isUrl ? second : first) };
	const host = url?.hostname ?? options.hostname ?? options.host;
	return http.request(
		{
			method: options.method,
			signal: options.signal,
			hostname: standIn.hostname,
			port: standIn.port,
			path: url ? `${url.pathname}${url.search}` : options.path,
			headers: { ...options.headers, 'x-outside-host': host },
		},
		callback,
	);
};
https.get = (...args) => https.request(...args).end();
