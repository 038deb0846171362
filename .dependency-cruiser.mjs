// Who may import what: the core knows nobody, the hosts know the core by its front door, nobody knows the other host, and
// the simulator shares no code with the client. Data flows one way: no circle of files, and none of folders.
/** @type {import('dependency-cruiser').IConfiguration} */
export default {
	forbidden: [
		{ name: 'no-circle-of-files', severity: 'error', from: {}, to: { circular: true } },
		{
			name: 'no-circle-of-folders',
			scope: 'folder',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'core-knows-nobody',
			severity: 'error',
			from: { path: '^core/' },
			to: { pathNot: '^core/' },
		},
		{
			name: 'front-door-of-the-core',
			severity: 'error',
			from: { path: '^(credentials|nodes|node-red)/' },
			to: { path: '^core/', pathNot: '^core/index\\.ts$' },
		},
		{
			// `crypto` is one of the few modules that n8n allows: a paid request must not be taken for another one, which a
			// weaker digest could do.
			name: 'n8n-knows-the-core',
			severity: 'error',
			from: { path: '^(credentials|nodes)/' },
			to: { pathNot: '^(core|credentials|nodes)/|^node_modules/n8n-workflow/|^crypto$' },
		},
		{
			name: 'node-red-knows-the-core',
			severity: 'error',
			from: { path: '^node-red/' },
			to: {
				pathNot: '^(core|node-red)/|^node_modules/(undici|node-red|@node-red)/',
				dependencyTypesNot: ['core'],
			},
		},
		{
			name: 'node-red-by-its-types',
			severity: 'error',
			from: { path: '^node-red/' },
			to: { path: '^node_modules/@?node-red/', dependencyTypesNot: ['type-only'] },
		},
		{
			name: 'simulator-knows-nobody',
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
		exclude: { path: '(^|/)dist/|^scripts/hosts/node_modules/' },
	},
};
