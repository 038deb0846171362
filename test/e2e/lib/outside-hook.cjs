// Preloaded into n8n: redirects n8n's calls to the internet to the stand-in, with the host name in a header. n8n's own
// nodes stay unchanged.
const http = require('node:http');
const https = require('node:https');

const standIn = new URL(process.env.OUTSIDE_URL);

https.request = ({ method, signal, hostname, path, headers }, callback) =>
	http.request(
		{
			method,
			signal,
			hostname: standIn.hostname,
			port: standIn.port,
			path,
			headers: { ...headers, 'x-outside-host': hostname },
		},
		callback,
	);
