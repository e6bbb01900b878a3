/** The setting `modelHost` as exact origins, the model host first; none, and why, where anything is wrong. */
export declare function readModelHost(value: unknown): { origins: string[]; refusal: string | null };
/** The text for `document.cookie` by which the browser tells our server what was allowed. */
export declare function modelHostCookie(origins: readonly string[], place: { path: string; secure: boolean }): string;
/** The allowed origins in a Cookie header or `document.cookie`. */
export declare function originsInCookie(header: string | undefined): string[];
