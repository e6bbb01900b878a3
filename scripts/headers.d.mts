/** The security headers of every answer, by name. */
export declare const securityHeaders: Readonly<Record<string, string>>;
