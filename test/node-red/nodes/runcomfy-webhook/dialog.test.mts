// The path of a webhook in its dialog.
import { describe, expect, it } from '@jest/globals';
import { isShadowed } from '../../../../node-red/nodes/runcomfy-webhook/shadowed.mts';
import { definition } from '../../support/editorPage.mts';

const check = (path: string) =>
	definition('runcomfy-webhook').defaults['path']?.validate?.call({}, path, {});

describe('the path of a webhook', () => {
	it.each([
		['/runcomfy', true],
		['hooks/runcomfy', true],
		['/flows', 'Path is one of Node-RED’s own addresses: choose another'],
		['/FLOWS/', 'Path is one of Node-RED’s own addresses: choose another'],
		['a b', 'Path must have only letters, digits and -._~/ in it'],
		['${HOOK_PATH}', true],
	])('%j: %s', (path, answer) => {
		expect(check(path)).toBe(answer);
	});

	it.each([
		['/flow', '/', '/', true],
		['/flows-done', '/', '/', false],
		['/inject/abc', '/', '/', true],
		['/inject', '/', '/', false],
		['/projects/anything/here', '/', '/', true],
		['/runcomfy/test', '/', '/', true],
		// The editor somewhere else.
		['/flows', '/', '/admin', false],
		['/admin/flows', '/', '/admin/', true],
		['/flows', '/admin', '/admin', true],
		['/flows', '/api', '/', false],
		['/flows', '/administration', '/admin', false],
	])('%s below %s, with the editor at %s: shadowed %s', (path, nodeRoot, adminRoot, shadowed) => {
		expect(isShadowed(path, nodeRoot, adminRoot)).toBe(shadowed);
	});
});
