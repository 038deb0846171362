export { CODES, type ErrorCode } from './codes';
export {
	redact,
	RunComfyError,
	toRunComfyError,
	withoutSecret,
	type ErrorFacts,
} from './RunComfyError';
