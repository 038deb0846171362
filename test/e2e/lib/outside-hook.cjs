// Loaded into n8n before anything else: sends what n8n's nodes send to the internet to the stand-in, with the name of
// the host in a header. n8n's own nodes stay unchanged.
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
