// Who may ask what the dialogs ask.
import { describe, expect, it } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import type * as RoutesModule from '../../../../node-red/runtime/admin/routes.cts';
import { dist, requireFromRoot } from '../../support/dist.mts';

const { registerAdmin } = dist<typeof RoutesModule>('node-red/runtime/admin/routes.cjs');

describe('permissions', () => {
	const asked: string[] = [];
	const route = (method: string) => (path: string, permission: unknown, _handler: unknown) =>
		asked.push(`${method} ${path} ${String(permission)}`);
	registerAdmin({
		httpAdmin: { get: route('GET'), post: route('POST') },
		auth: { needsPermission: (name: string) => name },
	} as unknown as NodeAPI);

	it('are asked for by every address: to read for GET, else to write', () => {
		expect(asked).toHaveLength(6);
		for (const line of asked) {
			expect(line).toMatch(
				/^(GET \/runcomfy\/\w+ runcomfy\.read|POST \/runcomfy\/\w+ runcomfy\.write)$/,
			);
		}
	});

	it('let a read-only user of the editor do the one and not the other', () => {
		const { hasPermission } = requireFromRoot('@node-red/editor-api/lib/auth/permissions') as {
			hasPermission(scope: string, permission: string): boolean;
		};
		expect(hasPermission('read', 'runcomfy.read')).toBe(true);
		expect(hasPermission('read', 'runcomfy.write')).toBe(false);
		expect(hasPermission('*', 'runcomfy.write')).toBe(true);
	});
});
