// Loaded before anything else, because the other modules may need what an old Node.js lacks.

/** The same as in package.json's `engines`. */
const OLDEST = '20.19.0';

const isOlder = (version: string): boolean => {
	const [a, b] = [version, OLDEST].map((text) => text.split('.').map(Number));
	for (const at of [0, 1, 2]) {
		const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
		if (difference !== 0) return difference < 0;
	}
	return false;
};

if (isOlder(process.versions.node)) {
	process.stderr.write(
		`runcomfy-simulator needs Node.js ${OLDEST} or newer; this is ${process.versions.node}.\n`,
	);
	process.exit(1);
}
