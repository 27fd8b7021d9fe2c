// Format: numbers, shares, times and durations as text; null is an en dash.

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const DASH = "–";

export const count = (n) => (n === null || n === undefined ? DASH : whole.format(n));

export function decimal(n, digits = 1) {
  if (n === null || n === undefined) return DASH;
  const kept = Math.abs(n) >= 100 ? 0 : digits;
  return n.toLocaleString("en-GB", { minimumFractionDigits: kept, maximumFractionDigits: kept });
}

const shareDigits = (share) => (share >= 0.1 || share === 0 ? 1 : 2);

export function percent(share, digits = shareDigits(share ?? 0)) {
  return share === null || share === undefined ? DASH : `${(share * 100).toFixed(digits)}\u202f%`;
}

export function interval(low, high) {
  const digits = shareDigits(high);
  return `${(low * 100).toFixed(digits)}–${(high * 100).toFixed(digits)}`;
}

export function day(ms, zone) {
  return new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: zone || "UTC" });
}

export const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

export const minute = (s) => new Date(s * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

export function age(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  return duration(s);
}

// one unit, as a person would say it
export function duration(s) {
  if (s < 100) return `${Math.round(s)} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  const days = s / 86400;
  return `${days < 10 ? days.toFixed(1) : Math.round(days)} days`;
}

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
