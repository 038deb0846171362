// The areas of what the core knows of workflows: forms, prices, import.
/** @type {readonly import('../areas.mjs').Area[]} */
export const WORKFLOW = [
	{
		folder: 'core/workflow',
		files: ['overrides.ts'],
		tests: ['core/workflow/{overrides,wrongOverrides}'],
	},
	{
		folder: 'core/workflow',
		files: ['applyOverrides.ts'],
		tests: ['core/workflow/applyOverrides'],
	},
	{ folder: 'core/workflow', files: ['reader.ts'], tests: ['core/workflow/{reader,known}'] },
	{ folder: 'core/workflow', files: ['load.ts', 'cache.ts'], tests: ['core/workflow/load'] },
	{
		folder: 'core/workflow',
		files: ['loadObjectInfo.ts'],
		tests: ['core/workflow/{loadObjectInfo,reader}'],
	},
	{
		folder: 'core/workflow',
		files: ['objectInfo.ts'],
		tests: ['core/workflow/{objectInfo,nodeClass}'],
	},
	{
		folder: 'core/workflow',
		files: ['inputSpec.ts'],
		tests: ['core/workflow/{objectInfo,inputSpec}'],
	},
	{
		folder: 'core/workflow',
		files: ['inputsOf.ts'],
		tests: ['core/workflow/{inputsOf,openInputs}'],
	},
	{
		folder: 'core/workflow',
		files: ['specOf.ts'],
		tests: ['core/workflow/{specOf,objectInfo}', 'core/workflow/form/describe'],
	},
	{
		folder: 'core/workflow',
		files: ['checkValue.ts'],
		tests: ['core/workflow/{values,checkValue}'],
	},
	{ folder: 'core/workflow', files: ['fit.ts'], tests: ['core/workflow/{values,fit}'] },
	{ folder: 'core/workflow', files: ['closest.ts'], tests: ['core/workflow/closest'] },
	{
		folder: 'core/workflow',
		files: ['seeds.ts', 'inputNames.ts'],
		tests: ['core/workflow/{seeds,inputNames}'],
	},
	{
		folder: 'core/workflow',
		files: ['graph.ts'],
		tests: ['core/workflow/graph', 'core/workflow/form/describe'],
	},
	{
		folder: 'core/workflow/form',
		files: ['constants.ts'],
		tests: ['core/workflow/form/constants'],
	},
	{
		folder: 'core/workflow/form',
		files: ['describe.ts'],
		tests: ['core/workflow/form/{describe,groups}'],
	},
	{
		folder: 'core/workflow/form',
		files: ['editorOnly.ts'],
		tests: ['core/workflow/form/editorOnly'],
	},
	{
		folder: 'core/workflow/form',
		files: ['labels.ts'],
		tests: ['core/workflow/form/{labels,shortLabel}'],
	},
	{ folder: 'core/workflow/form', files: ['rank.ts'], tests: ['core/workflow/form/rank'] },
	{ folder: 'core/workflow/form', files: ['texts.ts'], tests: ['core/workflow/form/texts'] },
	{
		folder: 'core/workflow/partner',
		files: ['expression.ts'],
		tests: ['core/workflow/partner/{expression,expressionParts}'],
	},
	{
		folder: 'core/workflow/partner',
		files: ['functions.ts'],
		tests: ['core/workflow/partner/functions'],
	},
	{
		folder: 'core/workflow/partner',
		files: ['nodes.ts', 'price.ts'],
		tests: ['core/workflow/partner/{price,badges,nodes}'],
	},
	{
		folder: 'core/workflow/import',
		files: ['runnable.ts', 'someWorkflow.ts'],
		tests: ['core/workflow/import/{runnable,readFile}'],
	},
	{
		folder: 'core/workflow/import/editor',
		files: ['graph.ts', 'promoted.ts'],
		tests: ['core/workflow/import/editorGraph'],
	},
	{
		folder: 'core/workflow/import/editor',
		files: ['values.ts'],
		tests: ['core/workflow/import/{widgetValues,widgets}'],
	},
	{
		folder: 'core/workflow/import/editor',
		files: ['source.ts', 'scopes.ts'],
		tests: ['core/workflow/import/{source,subgraphs}'],
	},
	{
		folder: 'core/workflow/import/editor',
		files: ['convert.ts', 'problems.ts', 'editorOnly.ts'],
		tests: ['core/workflow/import/{links,refusals,widgets}'],
	},
	{
		folder: 'core/workflow/import/files',
		files: ['exif.ts', 'mp4.ts', 'png.ts', 'tag.ts', 'webm.ts'],
		tests: ['core/workflow/import/fileParts'],
	},
	{
		folder: 'core/workflow/import/files',
		files: ['find.ts', 'inflate.ts', 'readFile.ts'],
		tests: ['core/workflow/import/readFile'],
	},
];
