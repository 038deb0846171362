export { AccountCache, getBalance } from './account';
export { bringsSecret, toCallback } from './callback';
export { describeInputs, isTooLarge } from './comfyui/fields';
export { type WorkflowApiJson } from './comfyui/graph';
export { parseOverrides, parseWorkflow } from './comfyui/overrides';
export { partnerNodesOf } from './comfyui/partner';
export { DEFAULTS, OUTPUT_FILE_BYTES } from './defaults';
export {
	type Deployment,
	getDeployment,
	listDeployments,
	type ListedDeployment,
	listedDeployments,
} from './deployments/read';
export { checkDeploymentChanges, HARDWARE } from './deployments/settings';
export { loadWorkflow } from './deployments/workflow';
export { updateDeployment } from './deployments/write';
export {
	CODES,
	conceal,
	currentValueHint,
	invalidInput,
	messageOf,
	RunComfyError,
	type Secrets,
	toRunComfyError,
} from './errors';
export { type Saved } from './files/download';
export { fetchOutputs } from './files/fetchOutputs';
export { type OutputFile, type Outputs } from './files/outputFile';
export { outputsOf, warnOfMissingOutputs } from './files/outputs';
export { type WorkflowField } from './form/fields';
export { type InputRef, type InputSpec, isSeed } from './form/inputSpec';
export { checkValue, fitValue, limitText } from './form/values';
export { type Host, type HttpRequest, type HttpResponse } from './host';
export {
	checkBaseUrl,
	type Client,
	createClient,
	DEFAULT_BASE_URL,
	refuseCleartext,
} from './http/client';
export { readAnswerText } from './http/exchange';
export { checkId } from './http/paths';
export { followRedirects, privateAddressError } from './http/privateAddress';
export { LOOK_UP_RETRIES, submitDelay } from './http/retry';
export { stringifyJson } from './json/numbers';
export { assign, compact, isObject, tried, withoutBigInts } from './json/objects';
export { parseUserJson } from './json/userJson';
export { freeFilename } from './media/filenames';
export { readBytes, refuseLarge } from './media/mediaInput';
export { listModelCategories, type Model, modelTexts, searchModels } from './models/catalog';
export { describeModelInputs } from './models/fields';
export { getModel } from './models/model';
export { Recent } from './recent';
export { cancel, getStatus, type StatusAnswer } from './request/calls';
export { type Look, lookAt, sendLastCancel } from './request/end';
export { type SubmitInput } from './request/input';
export { type Observed } from './request/observed';
export { endStatus, type Fate, FATES, lastStatus, requestOutcome } from './request/outcome';
export { notSubmitted, Pursuit, type PursuitOptions } from './request/pursue';
export {
	attachedReceipt,
	canceledReceipt,
	type CancelVerdict,
	endedReceipt,
	type Notes,
	observedReceipt,
	plannedReceipt,
	type Receipt,
	reopenedReceipt,
} from './request/receipt';
export { expectSuccess, getResult, type ResultAnswer } from './request/result';
export { type CancelStatus, isFinalResult } from './request/state';
export { type TimedResult } from './request/timedResult';
export {
	type Draft,
	type FieldValue,
	FileRef,
	type Files,
	parseInputs,
	parseNamedInputs,
} from './submission/draft';
export { prepare, type Prepared } from './submission/prepare';
export {
	type Ids,
	idsIn,
	idsOf,
	kindOf,
	refOf,
	requestIn,
	type RequestRef,
	type Target,
	targetId,
	type TargetKind,
} from './target';
export { oneLine, shorten, trimEnd, trimmed, withoutFullStop } from './text';
export { mapSettled, type Settled, takingTurns } from './waiting';
