import { describe, expect, it } from 'vitest';
import {
  counted,
  formatBytes,
  formatCount,
  formatDuration,
  formatEstimate,
  formatFixed,
  formatPercent,
  formatSetting,
  formatSigned,
  formatWhen,
} from './format';

describe('format', () => {
  it('writes counts with groups and the right word', () => {
    expect(formatCount(11083)).toBe('11,083');
    expect(formatCount(null)).toBe('–');
    expect(counted(1, 'row')).toBe('1 row');
    expect(counted(8622, 'row')).toBe('8,622 rows');
    expect(counted(2, 'class', 'classes')).toBe('2 classes');
  });
  it('keeps decimals fixed and signs true', () => {
    expect(formatFixed(0.8764)).toBe('0.876');
    expect(formatFixed(NaN)).toBe('–');
    expect(formatFixed(-0.0001)).toBe('0.000');
    expect(formatSigned(0.013)).toBe('+0.013');
    expect(formatSigned(-0.006)).toBe('−0.006');
    expect(formatSigned(0.0001)).toBe('0.000');
    expect(formatPercent(0.72)).toBe('72\u00a0%');
  });
  it('writes settings as people type them', () => {
    expect(formatSetting(2e-5)).toBe('2e-5');
    expect(formatSetting(0.003)).toBe('3e-3');
    expect(formatSetting(0.25)).toBe('0.25');
    expect(formatSetting(20)).toBe('20');
    expect(formatSetting(0)).toBe('0');
  });
  it('writes sizes in decimal units', () => {
    expect(formatBytes(512)).toBe('512\u00a0B');
    expect(formatBytes(3_100_000)).toBe('3.1\u00a0MB');
    expect(formatBytes(999_999)).toBe('1.0\u00a0MB');
    expect(formatBytes(38_000_000_000)).toBe('38.0\u00a0GB');
  });
  it('says durations in two units at most', () => {
    expect(formatDuration(0.42)).toBe('0.4\u00a0s');
    expect(formatDuration(59.7)).toBe('1\u00a0min');
    expect(formatDuration(72)).toBe('1\u00a0min 12\u00a0s');
    expect(formatDuration(7500)).toBe('2\u00a0h 5\u00a0min');
    expect(formatEstimate(8.3)).toBe('about 8\u00a0s');
    expect(formatEstimate(null)).toBe('time not yet known');
  });
  it('names days by their distance', () => {
    const now = new Date(2026, 10, 21, 14, 2).getTime();
    expect(formatWhen(now - 60_000, now)).toBe('14:01');
    expect(formatWhen(now - 86_400_000, now)).toBe('yesterday');
    expect(formatWhen(new Date(2026, 10, 12).getTime(), now)).toBe('12 Nov');
    expect(formatWhen(new Date(2025, 10, 12).getTime(), now)).toBe('12 Nov 2025');
  });
});
