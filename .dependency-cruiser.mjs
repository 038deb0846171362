// Import rules. The core imports nothing else; hosts import the core through core/index.ts and never each other; the
// simulator shares no code with the client. No circular imports of files or folders. `npm run lint:imports` prints the
// `comment` of a violated rule.
/** @type {import('dependency-cruiser').IConfiguration} */
export default {
	forbidden: [
		{
			name: 'no-circle-of-files',
			comment:
				'These files import one another in a circle. Move what both ends need into a file that imports neither.',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'no-circle-of-folders',
			comment:
				'These folders import one another in a circle. Move what both ends need into the lower one of them.',
			scope: 'folder',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'core-knows-nobody',
			comment:
				'The core imports only files of core/, so that it runs in every host. What it needs from outside is a method of Host (core/host.ts), which each host supplies.',
			severity: 'error',
			from: { path: '^core/' },
			to: { pathNot: '^core/' },
		},
		{
			name: 'front-door-of-the-core',
			comment:
				'A host imports the core only through core/index.ts. Export the name there, and import it from there.',
			severity: 'error',
			from: { path: '^(credentials|nodes|node-red)/' },
			to: { path: '^core/', pathNot: '^core/index\\.ts$' },
		},
		{
			// `crypto` is one of the few modules that n8n allows. Fingerprints of paid requests need a strong hash: a
			// collision would confuse two requests.
			name: 'n8n-knows-the-core',
			comment:
				'n8n verifies only packages without dependencies: nodes/ and credentials/ import core/index.ts, n8n-workflow and crypto. To call an address, use transport/host.ts; put what both hosts need into core/.',
			severity: 'error',
			from: { path: '^(credentials|nodes)/' },
			to: { pathNot: '^(core|credentials|nodes)/|^node_modules/n8n-workflow/|^crypto$' },
		},
		{
			name: 'node-red-knows-the-core',
			comment:
				'node-red/ imports core/index.ts, Node.js modules and undici. Write it with those, or put what both hosts need into core/.',
			severity: 'error',
			from: { path: '^node-red/' },
			to: {
				pathNot: '^(core|node-red)/|^node_modules/(undici|node-red|@node-red)/',
				dependencyTypesNot: ['core'],
			},
		},
		{
			name: 'node-red-by-its-types',
			comment:
				'Node-RED hands its runtime over as RED. Use that, and `import type` for the types only.',
			severity: 'error',
			from: { path: '^node-red/' },
			to: { path: '^node_modules/@?node-red/', dependencyTypesNot: ['type-only'] },
		},
		{
			name: 'simulator-knows-nobody',
			comment:
				'The simulator shares no code with the client, so that it cannot share its mistakes. Write what RunComfy does a second time in simulator/.',
			severity: 'error',
			from: { path: '^simulator/' },
			to: { pathNot: '^simulator/', dependencyTypesNot: ['core'] },
		},
	],
	options: {
		// Count imports of types, too.
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		doNotFollow: { path: 'node_modules' },
		// Only our own dist: many packages have their files in a folder of that name, and their imports must be
		// checked.
		exclude: { path: '^dist/|^scripts/hosts/node_modules/' },
	},
};
