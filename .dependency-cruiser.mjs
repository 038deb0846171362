// Who may import what: the core knows nobody, the hosts know the core by its front door, nobody knows the other host, and
// the simulator shares no code with the client. Data flows one way: no circle of files, and none of folders.
// `comment` is what `npm run lint:imports` prints below an import that breaks the rule.
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
			// `crypto` is one of the few modules that n8n allows: a paid request must not be taken for another one, which a
			// weaker digest could do.
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
		// Imports of types count, too.
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		doNotFollow: { path: 'node_modules' },
		// Only our own: many packages have their files in a folder of that name, and must be seen.
		exclude: { path: '^dist/|^scripts/hosts/node_modules/' },
	},
};
