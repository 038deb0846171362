// Data flows one way: no circle of files, and none of folders. Who may know whom at all is checked by
// test/architecture.
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
	],
	options: {
		// Imports of types count, too.
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		doNotFollow: { path: 'node_modules' },
		exclude: { path: '(^|/)(node_modules|dist)/' },
	},
};
