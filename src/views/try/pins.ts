// Pinned example texts of a project: a convenience of this browser, not a record (they are not in a backup).
const key = (projectId: string): string => `trainyard.pins.${projectId}`;

export function readPins(projectId: string): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key(projectId)) ?? '[]');
    return Array.isArray(stored) ? stored.filter((pin): pin is string => typeof pin === 'string') : [];
  } catch {
    return [];
  }
}

/** False where the browser refuses to keep it (private window, full). */
export function writePins(projectId: string, pins: readonly string[]): boolean {
  try {
    localStorage.setItem(key(projectId), JSON.stringify(pins));
    return true;
  } catch {
    return false;
  }
}
