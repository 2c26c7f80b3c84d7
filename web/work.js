// A worker: for each piece i finds a number n such that the SHA-256 of "<seed>:<i>:<n>" begins with so many zero bits.
// One block of SHA-256 each; only the first word of the hash is needed. The browser's own digest is asynchronous and many
// times slower for inputs this short.
const K = new Int32Array(64), H = new Int32Array(8);
{
  const frac = (x, root) => ((x ** (1 / root)) % 1) * 2 ** 32 | 0;
  for (let n = 2, found = 0; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    if (found < 8) H[found] = frac(n, 2);
    K[found] = frac(n, 3);
    found += 1;
  }
}
const W = new Int32Array(64);

/** The first word of the hash of `text`, at most 55 ASCII characters long. */
function first(text) {
  W.fill(0, 0, 16);
  const length = text.length;
  for (let i = 0; i < length; i += 1) W[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  W[length >> 2] |= 0x80 << (24 - 8 * (length & 3));
  W[15] = length * 8;
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    W[i] = W[i - 16] + s0 + W[i - 7] + s1 | 0;
  }
  let [a, b, c, d, e, f, g, h] = H;
  for (let i = 0; i < 64; i += 1) {
    const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const t1 = h + s1 + (e & f ^ ~e & g) + K[i] + W[i] | 0;
    const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
    h = g; g = f; f = e; e = d + t1 | 0; d = c; c = b; b = a; a = t1 + t2 | 0;
  }
  return a + H[0] | 0;
}

onmessage = ({ data: { puzzle, pieces, bits } }) => {
  const seed = puzzle.slice(puzzle.lastIndexOf('.') + 1), shift = 32 - bits, numbers = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    let n = 0;
    while (first(`${seed}:${piece}:${n}`) >>> shift) n += 1;
    numbers.push(n);
  }
  postMessage(numbers.join(','));
};
