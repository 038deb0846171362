import { describe, expect, it } from '@jest/globals';
import { needsOf } from '../../scripts/hosts/setup.mjs';

const machine = { node: '20.20.2', platform: 'linux', arch: 'x64', folder: '/repository/hosts' };

describe('before the real hosts are installed', () => {
	it('it is said how much is downloaded, where to, and what it needs', () => {
		const { lines, problem } = needsOf({ ...machine, node: '24.21.0' });
		expect(problem).toBeUndefined();
		expect(lines.join(' ')).toMatch(/3 GB, into \/repository\/hosts/);
		expect(lines.join(' ')).toContain('C++ compiler');
	});

	it('a Node.js that is too old for n8n gets another one beside it on Linux', () => {
		const { lines, problem } = needsOf(machine);
		expect(problem).toBeUndefined();
		expect(lines.at(-1)).toMatch(/needs Node.js 24, and this is 20.20.2: .* downloaded, too/);
	});

	it.each([
		['darwin', 'arm64'],
		['linux', 'arm64'],
		['win32', 'x64'],
	])('and is the end of it on %s %s, before anything is downloaded', (platform, arch) => {
		const { problem } = needsOf({ ...machine, platform, arch });
		expect(problem).toContain(`this is ${platform} on ${arch}: install Node.js 24`);
	});
});
