// What bringing the real hosts takes, said before it begins.

/** The first Node.js that n8n 2.41 runs on. */
export const NODE_OF_N8N = 24;

/**
 * @param {{node: string, platform: string, arch: string, folder: string}} machine `node`: a version such as `20.19.0`
 * @returns {{lines: string[], problem?: string}} what to say, and why it cannot work here
 */
export function needsOf({ node, platform, arch, folder }) {
	const lines = [
		`This downloads n8n and three Node-REDs: about 3 GB, into ${folder}. It takes some minutes, once.`,
		'It needs git, and to build sqlite3 a C++ compiler, make and Python 3 (Debian: apt install build-essential python3).',
	];
	if (Number(node.split('.')[0]) >= NODE_OF_N8N) return { lines };
	const own = `n8n needs Node.js ${NODE_OF_N8N}, and this is ${node}`;
	if (platform === 'linux' && arch === 'x64') {
		return {
			lines: [...lines, `${own}: a Node.js ${NODE_OF_N8N} for n8n alone is downloaded, too.`],
		};
	}
	return {
		lines,
		problem: `${own}. One for n8n alone can be downloaded for Linux on x64 only, and this is ${platform} on ${arch}: install Node.js ${NODE_OF_N8N} or newer and start again.`,
	};
}
