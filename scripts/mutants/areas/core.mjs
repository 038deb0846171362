// The areas of the core, but for what it knows of workflows.
import { ALL } from './all.mjs';

/** @type {readonly import('../areas.mjs').Area[]} */
export const CORE = [
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
];
