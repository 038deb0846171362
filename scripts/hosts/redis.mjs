// A Redis of our own: on 127.0.0.1, in a folder that goes with it.
import { connect } from 'node:net';
import { freePort } from '../free-port.mjs';
import { until } from '../process.mjs';
import { createService, startGroup } from './group.mjs';

/**
 * @param {object} options
 * @param {string} options.binary
 * @param {string} options.dir an existing folder for its data
 * @param {boolean} [options.persistent] whether it keeps its data over a restart
 */
export async function startRedis({ binary, dir, persistent = false }) {
	const port = await freePort();
	const args = [
		...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
		...['--appendonly', persistent ? 'yes' : 'no', '--daemonize', 'no'],
	];
	const service = createService(async () => {
		const server = startGroup(binary, args, { cwd: dir });
		await until(
			'Redis answers',
			() => !server.running() || ask(port, 'PING').then(Boolean),
			30_000,
		);
		if (!server.running()) throw new Error(`Redis ended:\n${server.lines.join('\n')}`);
		return server;
	});
	await service.start();
	return {
		...service,
		port,
		/** One command that is answered in one line. @param {string} command */
		ask: (command) => ask(port, command),
	};
}

/** @returns {Promise<string>} */
function ask(port, command) {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
		socket.setTimeout(5_000, () => socket.destroy(new Error('Redis does not answer')));
		socket.once('error', reject);
		socket.once('data', (data) => {
			socket.end();
			resolve(String(data).trim());
		});
	});
}
