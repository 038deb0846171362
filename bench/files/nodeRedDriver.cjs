// In the Node-RED that is measured: fetches results by a message each, the files saved to a directory, and
// submits requests with a picture.
const { rmSync } = require('node:fs');
const { besideUndici, compare, picture } = require('./gauge.cjs');

let arrived = () => undefined;

/** A message has come out. */
exports.mark = (msg) => arrived(msg);

/** @param {{inputBytes: number}} task @param {(msg: object) => void} send */
exports.give = ({ inputBytes }, send) => {
	const overrides = { 189: { inputs: { image: picture(inputBytes) } } };
	const ours = async () => {
		const out = new Promise((resolve) => (arrived = resolve));
		send({ overrides });
		const { requestId, error } = await out;
		if (!requestId) throw new Error(JSON.stringify(error));
	};
	return compare({ ours });
};

/** @param {{requestId: string, url: string, dir: string}} task @param {(msg: object) => void} send */
exports.run = async ({ requestId, url, dir }, send) => {
	const ours = async () => {
		const out = new Promise((resolve) => (arrived = resolve));
		send({ requestId });
		const { payload, runcomfy } = await out;
		const [path] = [payload].flat();
		if (typeof path !== 'string') throw new Error(JSON.stringify(runcomfy));
		rmSync(path);
	};
	return besideUndici({ url, dir, ours });
};
