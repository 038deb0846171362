/** Whether express can serve a path as it is written. */
export function isServable(path: string): boolean {
	return /^\/?[\w\-.~/]+$/.test(path);
}

/** What Node-RED, and this package, answer to POST requests below the root of the editor. */
const ADMIN_ROUTES = [
	/^\/auth\/(token|revoke)$/,
	/^\/flows?$/,
	/^\/flows\/state$/,
	/^\/nodes$/,
	/^\/inject\/[^/]+$/,
	/^\/debug\/[^/]+(\/[^/]+)?$/,
	/^\/library\/[^/]+\/[^/]+\/.*$/,
	/^\/settings\/user(\/keys)?$/,
	/^\/projects(\/.*)?$/,
	/^\/runcomfy\/(deployments|inputs|check|test)$/,
	/^\/runcomfy\/jobs\/[^/]+\/\w+$/,
];

/**
 * Whether a POST to a path below `nodeRoot` never comes to its node: Node-RED asks the routes of the
 * editor first, which stand below `adminRoot`.
 */
export function isShadowed(path: string, nodeRoot: string, adminRoot: string): boolean {
	const whole = joined(nodeRoot, path);
	const root = joined(adminRoot, '');
	if (root !== '/' && !whole.startsWith(`${root}/`)) return false;
	const rest = root === '/' ? whole : whole.slice(root.length);
	return ADMIN_ROUTES.some((route) => route.test(rest));
}

/** As express compares them: whatever their case, with or without a slash at the end. */
function joined(root: string, path: string): string {
	const whole = `/${root}/${path}`.toLowerCase().replace(/\/{2,}/g, '/');
	return whole === '/' ? whole : whole.replace(/\/$/, '');
}
