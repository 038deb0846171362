export { CODES, type ErrorCode } from './codes';
export {
	redact,
	redactDeep,
	RunComfyError,
	toRunComfyError,
	withoutSecret,
	type ErrorFacts,
} from './RunComfyError';
