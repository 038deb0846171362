// Runs inside the measured Node-RED: fetches results, one per message, and saves the files.
const { rmSync } = require('node:fs');
const { besideUndici } = require('./gauge.cjs');

let arrived = () => undefined;

exports.open = () => exports;

/** Called when a message comes out of the flow. */
exports.mark = (msg) => arrived(msg);

/** @param {{requestId: string, url: string, dir: string}} task @param {(entrance: string, msg: object) => void} send */
exports.run = async ({ requestId, url, dir }, send) => {
	const ours = async () => {
		const out = new Promise((resolve) => (arrived = resolve));
		send('result', { requestId });
		const { payload, runcomfy } = await out;
		const [path] = [payload].flat();
		if (typeof path !== 'string') throw new Error(JSON.stringify(runcomfy));
		rmSync(path);
	};
	return besideUndici({ url, dir, ours });
};
