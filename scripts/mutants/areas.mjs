// What is mutated, and by which tests each mutant is tried: those of its folder, and no more than it needs, as every
// one of them is loaded for every mutant.

/**
 * @typedef {object} Area
 * @property {string} folder its name, and where its files are
 * @property {readonly string[]} files patterns of names in the folder
 * @property {readonly string[]} tests patterns below test/
 * @property {true} [built] whether its tests load dist/
 * @property {true} [sources] whether its tests load dist/, and the sources may stand in for that: no build
 * @property {readonly string[]} [only] the files of it that are wanted; all by default
 */

const ALL = ['**/*.ts'];

/** @type {readonly Area[]} */
export const AREAS = [
	{
		folder: 'core/request',
		files: ['submit.ts'],
		tests: [
			'core/request/{submit,submitEdges}',
			'core/{stopping,stoppingCalls}',
			'core/submission/partner',
		],
	},
	{
		folder: 'core/request',
		files: ['look.ts'],
		tests: ['core/request/{watch,wake,looks,outage}'],
	},
	{
		folder: 'core/request',
		files: ['watch.ts'],
		tests: ['core/request/{watch,wake,looks,moments}'],
	},
	{ folder: 'core/request', files: ['patience.ts'], tests: ['core/request/patience'] },
	{ folder: 'core/request', files: ['observation.ts'], tests: ['core/request/observation'] },
	{ folder: 'core/request', files: ['state.ts'], tests: ['core/request/state'] },
	{ folder: 'core/request', files: ['afterError.ts'], tests: ['core/request/afterError'] },
	{ folder: 'core/request', files: ['failures.ts'], tests: ['core/request/failures'] },
	{ folder: 'core/request', files: ['result.ts'], tests: ['core/request/{answers,failures}'] },
	{
		folder: 'core/request',
		files: ['cancel.ts', 'status.ts'],
		tests: ['core/request/answers', 'core/{stopping,stoppingCalls}'],
	},
	{ folder: 'core/request', files: ['runTimes.ts'], tests: ['core/request/runTimes'] },
	// Its other tests follow whole runs, a hundred of them each.
	{ folder: 'core/request', files: ['polling.ts'], tests: ['core/request/schedule'] },
	{
		folder: 'core/submission',
		files: ['prepare.ts'],
		tests: ['core/submission/{prepare,partner,newInputs}'],
	},
	{
		folder: 'core/submission',
		files: ['complete.ts'],
		tests: ['core/submission/{complete,newInputs}'],
	},
	{
		folder: 'core/submission',
		files: ['partner.ts', 'extraData.ts', 'newInputs.ts', 'graphSeeds.ts'],
		tests: ['core/submission/{partner,extraData,newInputs,graphSeeds}'],
	},
	{
		folder: 'core/submission',
		files: ['preflight.ts'],
		tests: ['core/submission/{preflight,rightAnswers,unknownInputs}'],
	},
	{
		folder: 'core/submission',
		files: ['check.ts', 'findings.ts'],
		tests: ['core/submission/{check,findings}'],
	},
	{
		folder: 'core/submission',
		files: ['wholeWorkflow.ts', 'walk.ts'],
		tests: ['core/submission/{wholeWorkflow,wholeGraph,walk}'],
	},
	{
		folder: 'core/submission',
		files: ['fields.ts', 'files.ts', 'media.ts'],
		tests: ['core/submission/{fields,media}'],
	},
	{ folder: 'core/submission', files: ALL, tests: ['core/submission/outputNodes'] },
	{
		folder: 'core/errors',
		files: ['fromAnswer.ts'],
		tests: ['core/errors/{fromAnswer,bodies,codes}'],
	},
	{ folder: 'core/errors', files: ['redact.ts'], tests: ['core/errors/{redact,bodies}'] },
	{ folder: 'core/errors', files: ['network.ts'], tests: ['core/errors/network'] },
	{
		folder: 'core/errors',
		files: ALL,
		tests: ['core/errors/{bodies,codes,documentation,network}', 'core/http/paths'],
	},
	{
		folder: 'core/http',
		files: ['retry.ts', 'delivery.ts'],
		tests: ['core/http/{retry,delivery}'],
	},
	{
		folder: 'core/http',
		files: ['paths.ts', 'client.ts'],
		tests: ['core/http/{paths,client,privateAddress}', 'core/deployments/instances'],
	},
	{
		folder: 'core/http',
		files: ['privateAddress.ts', 'redirect.ts'],
		tests: ['core/http/{privateAddress,redirect}'],
	},
	{
		folder: 'core/http',
		files: ['exchange.ts'],
		tests: ['core/http/exchange', 'core/errors/bodies', 'core/request/{answers,submit}'],
	},
	{ folder: 'core/http', files: ALL, tests: ['core/http/paths'] },
	{ folder: 'core/time', files: ALL, tests: ['core/time/*'] },
	{ folder: 'core/webhook', files: ALL, tests: ['core/webhook/*'] },
	{
		folder: 'core/json',
		files: ['bigIntegers.ts', 'nonFinite.ts'],
		tests: ['core/json/{bigIntegers,nonFinite}'],
	},
	{ folder: 'core/json', files: ['entries.ts'], tests: ['core/json/entries'] },
	{ folder: 'core/json', files: ['userJson.ts'], tests: ['core/json/userJson'] },
	{ folder: 'core/json', files: ['findFault.ts'], tests: ['core/json/findFault'] },
	{ folder: 'core/json', files: ALL, tests: ['core/json/{levels,mapTexts,read}'] },
	{
		folder: 'core/files',
		files: ['download.ts', 'stream.ts'],
		tests: [
			'core/files/{download,downloadLimits,downloadRefused,stream}',
			'core/http/privateAddress',
		],
	},
	{
		folder: 'core/files',
		files: ['media.ts', 'fileTypes.ts', 'byteSizes.ts'],
		tests: ['core/files/media'],
	},
	{
		folder: 'core/files',
		files: ['outputs.ts', 'filenames.ts'],
		tests: ['core/files/{outputs,filenames}'],
	},
	{ folder: 'core/files', files: ALL, tests: ['core/files/{silent,missing}'] },
	{ folder: 'core', files: ['run.ts'], tests: ['core/{run,deadline,stopping,stoppingCalls}'] },
	{ folder: 'core', files: ['text.ts'], tests: ['core/text'] },
	{ folder: 'core', files: ['bytes.ts'], tests: ['core/bytes'] },
	{ folder: 'core/account', files: ['balance.ts'], tests: ['core/account/balance'] },
	{ folder: 'core/deployments', files: ['settings.ts'], tests: ['core/deployments/settings'] },
	{ folder: 'core/deployments', files: ['read.ts'], tests: ['core/deployments/read'] },
	{ folder: 'core/deployments', files: ['write.ts'], tests: ['core/deployments/write'] },
	{ folder: 'core/deployments', files: ['instances.ts'], tests: ['core/deployments/instances'] },
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
	{
		folder: 'node-red/runtime/journal',
		files: ['requestStore.cts'],
		tests: ['node-red/runtime/journal/requestStore'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['keptMessage.cts'],
		tests: ['node-red/runtime/journal/{keptMessage,wholeMessage}'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['journalLines.cts'],
		tests: ['node-red/runtime/journal/journalLines'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['journal.cts'],
		tests: [
			'node-red/runtime/journal/{journal,journalDurable,journalFailing,journalShared,journalEnds}',
		],
		sources: true,
	},
	{
		folder: 'node-red/runtime/journal',
		files: ['journalFile.cts', 'lock.cts', 'processes.cts', 'protection.cts'],
		tests: [
			'node-red/runtime/journal/{journal,journalDurable,journalFailing,journalShared,journalEnds,lock}',
		],
		sources: true,
	},
	// By tests without flows and HTTP, which take seconds for each file.
	{
		folder: 'node-red/runtime/runs',
		files: ['state.cts'],
		tests: ['node-red/runtime/runs/state'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['policies.cts'],
		tests: ['node-red/runtime/runs/policies'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['journalEntry.cts'],
		tests: ['node-red/runtime/runs/journalEntry'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['awaited.cts', 'cancels.cts', 'again.cts', 'lateAnswer.cts'],
		tests: ['node-red/runtime/runs/{awaited,cancels,again,lateAnswer}'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: ['about.cts', 'cancelReport.cts', 'runFacts.cts'],
		tests: ['node-red/runtime/runs/{about,cancelReport,factsRecord}'],
		sources: true,
	},
	{
		folder: 'node-red/runtime/runs',
		files: [
			...['progressFeed.cts', 'runNode.cts', 'runWait.cts'],
			...['runWork.cts', 'runs.cts', 'submitNode.cts'],
		],
		tests: ['node-red/runtime/runs/*', 'node-red/units'],
		built: true,
	},
	{
		folder: 'node-red/runtime/account',
		files: ['limiter.cts', 'pool.cts', 'runTimes.cts'],
		tests: ['node-red/runtime/account/{concurrency,runTimes,scheduling}'],
		built: true,
	},
	// By the tests without n8n's engine, which takes half a minute for each file.
	{
		folder: 'nodes/RunComfy/session',
		files: ['entries.ts', 'ledger.ts', 'takeOver.ts'],
		tests: ['n8n/session/{ledger,tries,nextTries,entries}'],
	},
	{ folder: 'nodes/RunComfy/session', files: ['parking.ts'], tests: ['n8n/session/parking'] },
	{ folder: 'nodes/RunComfy/session', files: ['trace.ts'], tests: ['n8n/session/trace'] },
	{ folder: 'nodes/RunComfy/session', files: ['session.ts'], tests: ['n8n/session/session'] },
	{
		folder: 'nodes/RunComfy/session',
		files: ['notes.ts', 'hints.ts', 'html.ts'],
		tests: ['n8n/session/notes'],
	},
	{
		folder: 'nodes/RunComfy/wait',
		files: ['watcher.ts'],
		tests: ['n8n/wait/{watcher,watcherTimes}'],
	},
	{ folder: 'nodes/RunComfy/wait', files: ['times.ts'], tests: ['n8n/wait/times'] },
	{ folder: 'nodes/RunComfy/wait', files: ['calls.ts'], tests: ['n8n/wait/callable'] },
	{ folder: 'nodes/RunComfy/wait', files: ['address.ts'], tests: ['n8n/wait/{address,watcher}'] },
	{ folder: 'nodes/RunComfy/wait', files: ['resume.ts'], tests: ['n8n/wait/answers'] },
	{
		folder: 'nodes/RunComfy/wait',
		files: ['park.ts'],
		tests: ['n8n/wait/{leaving,leavingCalls}'],
	},
	{ folder: 'nodes/RunComfy/wait', files: ['reentry.ts'], tests: ['n8n/wait/reentry'] },
	{ folder: 'nodes/RunComfy/wait', files: ['policy.ts'], tests: ['n8n/wait/whyItStays'] },
	{ folder: 'nodes/RunComfy/wait', files: ['explain.ts'], tests: ['n8n/wait/explain'] },
	{
		folder: 'nodes/RunComfy/session',
		files: ALL,
		tests: ['n8n/session/*', 'n8n/wait/{retry,reentryEngine,gone}'],
		built: true,
	},
	{ folder: 'nodes/RunComfy/wait', files: ALL, tests: ['n8n/wait/*'], built: true },
	{ folder: 'nodes/RunComfy/execute', files: ALL, tests: ['n8n/execute/*'], built: true },
	{
		folder: 'nodes/RunComfy/resources/request',
		files: ALL,
		tests: ['n8n/resources/request/*'],
		built: true,
	},
];

/**
 * The areas that the words name: a folder with all below it, or a file of one.
 * @param {readonly string[]} words none: all
 * @param {readonly Area[]} areas
 * @returns {Area[]}
 */
export function areasFor(words, areas = AREAS) {
	if (words.length === 0) return [...areas];
	return areas.flatMap((area) => {
		if (words.some((word) => `${area.folder}/`.startsWith(`${word}/`))) return [area];
		const files = words.filter((word) => isFile(word) && areaOf(word, areas) === area);
		return files.length > 0 ? [{ ...area, only: files }] : [];
	});
}

/** @param {string} word */
const isFile = (word) => /\.[cm]?ts$/.test(word);

/**
 * The area that names the file itself, or else the innermost one around it that has more than it names.
 * @param {string} file
 * @param {readonly Area[]} areas
 */
function areaOf(file, areas) {
	const around = areas.filter(({ folder }) => file.startsWith(`${folder}/`));
	const named = around.find(({ folder, files }) => files.includes(file.slice(folder.length + 1)));
	const open = around.filter(({ files }) => files.some((file) => file.includes('*')));
	return named ?? open.sort((one, other) => other.folder.length - one.folder.length)[0];
}

/** A name for a file of its own. @param {Area} area */
export const nameOf = ({ folder, files }) => [folder, ...files].join('-').replace(/[^\w.]+/g, '-');

/**
 * The patterns of the files of an area, without those that another one names.
 * @param {Area} area
 * @param {readonly Area[]} areas
 */
export function mutated({ folder, files, only }, areas = AREAS) {
	if (only) return [...only];
	if (files !== ALL) return files.map((file) => `${folder}/${file}`);
	const others = areas.filter((other) => other.files !== ALL || other.folder !== folder);
	const theirs = others
		.filter((other) => `${other.folder}/`.startsWith(`${folder}/`))
		.flatMap((other) => other.files.map((file) => `!${other.folder}/${file}`));
	return [`${folder}/**/*.ts`, ...theirs];
}

/** @param {Area} area */
export const testedBy = ({ tests }) => tests.map((test) => `<rootDir>/test/${test}.test.mts`);
