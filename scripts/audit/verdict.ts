export interface Verdict {
  readonly kind: "passed" | "FAILED" | "SKIPPED";
  readonly detail: string;
}

interface Report {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
  readonly metadata?: { readonly dependencies: { readonly total: number } };
}

const grave = ["high", "critical"];

/** What `npm audit --json` has said. Only a whole report passes, whatever the exit code was. */
export function verdictOf(output: string, complaint: string): Verdict {
  const report = reportOf(output);
  if (report.vulnerabilities === undefined || report.metadata === undefined) {
    const reason = report.message ?? complaint.trim().split("\n")[0] ?? "";
    return { kind: "SKIPPED", detail: `the registry has not answered what is known against the packages: ${reason}` };
  }
  const findings = Object.entries(report.vulnerabilities).map(([name, { severity }]) => ({ name, severity }));
  const found = findings.filter(({ severity }) => grave.includes(severity));
  return found.length === 0
    ? {
        kind: "passed",
        detail: `nothing high is known against ${report.metadata.dependencies.total} packages, ${findings.length} lesser findings`,
      }
    : { kind: "FAILED", detail: found.map(({ name, severity }) => `${name} (${severity})`).join(", ") };
}

function reportOf(output: string): Report {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return {};
  }
}
