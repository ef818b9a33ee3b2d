import { readFileSync } from 'node:fs';

/** True when a process of this id exists, whoever owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

/** When a process began, in kernel ticks, where the system tells; ids are reused, this pair is not. */
export const startTicks = (pid: number): string | null => stat(pid)?.[19] ?? null;

const processState = (pid: number): string | null => stat(pid)?.[0] ?? null;

/** The fields of /proc/<pid>/stat after the command name, or null off Linux. */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
