export { CODES, type CodeFacts, type ErrorCode } from './codes';
export { itIsNow } from './itIsNow';
export {
	redact,
	redactDeep,
	RunComfyError,
	toRunComfyError,
	withoutSecret,
	type ErrorFacts,
} from './RunComfyError';
