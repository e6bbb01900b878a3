/** The security headers of every answer, by name. */
export declare const securityHeaders: Readonly<Record<string, string>>;
/** The same headers with a policy that also lets these origins (of `readModelHost`) be reached. */
export declare function allowing(
  headers: Readonly<Record<string, string>>,
  origins: readonly string[],
): Readonly<Record<string, string>>;
